#include <mend/telegram/rules.hpp>
#include <mend/telegram/td_api.hpp>

#include "support/catch.hpp"

#include <cstdint>
#include <memory>
#include <string>

using namespace mend;

namespace {

/// As td::td_api::error is declared.
struct error {
    std::int32_t code_;
    std::string message_;
};

}  // namespace

TEST_CASE("an error of td_api is read as TDLib's, by value and by pointer")
{
    error const unauthorized{401, "Unauthorized"};
    CHECK(telegram::td_api_failure(unauthorized).known == category::session_lost);
    CHECK(telegram::td_api_failure(std::make_unique<error>(unauthorized)).known == category::session_lost);
    CHECK(telegram::td_api_failure(&unauthorized).code == 401);
    CHECK(telegram::td_api_failure(std::unique_ptr<error>{}).message.empty());
}

TEST_CASE("an error of td_api carries its wait")
{
    auto const says = telegram::rules().classify(telegram::td_api_failure(error{429, "Too Many Requests: retry after 5"}));
    CHECK(says.retry_after == std::chrono::seconds{5});
}
