#include "support/catch.hpp"

#include <mend/recovery_request.hpp>

TEST_CASE("an empty request asks for a retry of an unknown failure")
{
    mend::recovery_request const nothing;
    CHECK(nothing.account_id.empty());
    CHECK(nothing.act == mend::action::retry);
    CHECK(nothing.what == mend::category::unknown);
    CHECK(nothing.attempt == 0);
    CHECK_FALSE(nothing.number);
}
