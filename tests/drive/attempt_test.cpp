#include <mend/attempt.hpp>

#include "support/scenario.hpp"

#include <type_traits>

namespace {

using namespace support;

}  // namespace

TEST_CASE("an attempt cannot be copied: it is lent to the operation")
{
    CHECK(!std::is_copy_constructible_v<mend::attempt>);
    CHECK(!std::is_copy_assignable_v<mend::attempt>);
}

TEST_CASE("an attempt's number counts from 1, and the one before is described from the second on")
{
    scenario in;
    auto& op = in.spawn({flood(3), rpc(500, "INTERNAL"), ok()});
    in.run();
    REQUIRE(op.attempts.size() == 3);  // the scenario itself checks number()
    CHECK(op.attempts[0]->previous.empty());
    CHECK(op.attempts[1]->previous == "FLOOD_WAIT_3");
    CHECK(op.attempts[2]->previous == "INTERNAL");
}

TEST_CASE("the attempt before is described in full: code, wait, exception")
{
    scenario in;
    bool checked = false;
    auto const operation = [&](mend::attempt& which) -> asio::awaitable<void> {
        if (which.number() == 1) {
            CHECK(which.previous() == nullptr);
            mend::failure what{.code = 429, .message = "Too Many Requests"};
            what.retry_after = 5s;
            what.number = 77;
            throw mend::operation_error{what};
        }
        auto const* before = which.previous();
        REQUIRE(before != nullptr);
        CHECK(before->code == 429);
        CHECK(before->retry_after == 5s);
        CHECK(before->number == 77);
        CHECK(before->exception != nullptr);
        checked = true;
        co_return;
    };
    asio::co_spawn(in.context, mend::with_recovery(in.sender, operation),
                   [](std::exception_ptr error) { CHECK(error == nullptr); });
    in.run();
    CHECK(checked);
}
