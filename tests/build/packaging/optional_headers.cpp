// The headers that need fmt and spdlog: linking mend::mend brings their include paths and libraries, too.
#include <mend/format.hpp>
#include <mend/log_observer.hpp>
#include <mend/mend.hpp>

#include <string>

std::string formatted(mend::recovery_manager const&, mend::account const&, mend::event const&, mend::outcome<int> const&);
std::string formatted(mend::recovery_manager const& manager, mend::account const& account, mend::event const& happened,
                      mend::outcome<int> const& ended)
{
    return fmt::format("{} {} {} {} {} {} {} {}", mend::category::flood_wait, mend::failure{}, mend::classification{}, happened,
                       account.state(), mend::history_entry{}, manager.stats(), ended);
}
