#include "support/catch.hpp"

#include <mend/action.hpp>

TEST_CASE("every action has the name that the source gives it, and nothing else has one")
{
    CHECK(to_string(mend::action::wait) == "wait");
    CHECK(to_string(mend::action::rotate_proxy) == "rotate_proxy");
    CHECK(to_string(mend::action::fail) == "fail");
    CHECK(to_string(static_cast<mend::action>(mend::action_count)) == "?");
}
