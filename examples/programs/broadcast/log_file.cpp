#include "log_file.hpp"

#include "common/input.hpp"
#include "common/output.hpp"
#include "common/printable.hpp"
#include "durable_file.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/base_sink.h>

#include <cerrno>
#include <mutex>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace broadcast {
namespace {

class file_sink : public spdlog::sinks::base_sink<std::mutex> {
public:
    file_sink(std::filesystem::path file, descriptor opened, redactor hide)
        : name_(std::move(file)), file_(std::move(opened)), hide_(std::move(hide))
    {
    }

private:
    void sink_it_(spdlog::details::log_msg const& message) override
    {
        spdlog::memory_buf_t formatted;
        formatter_->format(message, formatted);
        std::string_view text(formatted.data(), formatted.size());
        if (text.ends_with('\n'))
            text.remove_suffix(1);
        if (common::print_if_ready(file_.get(), common::printable(hide_(text)) + '\n') || std::exchange(complained_, true))
            return;
        common::print_if_ready(STDERR_FILENO,
                               common::printable(common::at_line(name_, 0,
                                                                 fmt::format("the log cannot be written: {}; it is incomplete",
                                                                             std::generic_category().message(errno)))) +
                                   '\n');
    }
    void flush_() override {}

    std::filesystem::path name_;
    descriptor file_;
    redactor hide_;
    bool complained_ = false;
};

}  // namespace

std::shared_ptr<spdlog::logger> open_log(std::filesystem::path const& file, redactor hide)
{
    descriptor opened(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!opened)
        throw common::input_error(
            common::at_line(file, 0, fmt::format("the log cannot be opened: {}", std::generic_category().message(errno))));
    auto log = std::make_shared<spdlog::logger>("mend", std::make_shared<file_sink>(file, std::move(opened), std::move(hide)));
    log->set_pattern("%Y-%m-%d %H:%M:%S.%e %l %v");
    return log;
}

}  // namespace broadcast
