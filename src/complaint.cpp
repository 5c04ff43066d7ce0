#include <mend/detail/complaint.hpp>

namespace mend::detail {

namespace {

thread_local complaint_listener* listening = nullptr;

}  // namespace

complaint_listener::complaint_listener() noexcept : outer_{listening}
{
    listening = this;
}

complaint_listener::~complaint_listener()
{
    listening = outer_;
}

void complaint_listener::complain(char const* who, std::exception_ptr const& thrown) noexcept
{
    if (listening == nullptr || listening->heard_)
        return;
    try {
        try {
            std::rethrow_exception(thrown);
        } catch (std::exception const& error) {
            listening->heard_ = std::string{who} + " threw: " + error.what();
        } catch (...) {
            listening->heard_ = std::string{who} + " threw an unknown exception";
        }
    } catch (...) {  // no memory for the complaint
    }
}

}  // namespace mend::detail
