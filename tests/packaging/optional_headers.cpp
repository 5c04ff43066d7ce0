// The headers that need fmt and spdlog: linking mend::mend brings their include paths and libraries, too.
#include <mend/format.hpp>
#include <mend/log_observer.hpp>

#include <string>

std::string formatted();
std::string formatted()
{
    return fmt::format("{}", mend::category::flood_wait);
}
