// What a second review found, each as the sentence that holds now. On virtual time.
#include "support/scenario.hpp"

#include <array>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace {

using namespace support;

}  // namespace

TEST_CASE("a chat's limit that is met again counts from then: a second chat within the hour holds all groups")
{
    scenario here;
    mend::call const first{.method = "send", .peer = 1};
    mend::call const second{.method = "send", .peer = 2};
    mend::call const third{.method = "send", .peer = 3};
    auto const banned = rpc(400, "USER_BANNED_IN_CHANNEL");
    here.spawn(0ms, first, {banned});
    here.spawn(24h + 30min, first, {banned});
    here.spawn(24h + 40min, second, {banned});
    auto& other = here.spawn(24h + 41min, third, {});
    here.run();
    CHECK(other.why() == mend::stop_reason::quarantined);
}
