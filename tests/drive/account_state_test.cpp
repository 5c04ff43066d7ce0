#include "support/catch.hpp"

#include <mend/account_state.hpp>
#include <mend/format.hpp>

TEST_CASE("an account's state prints as what it is and why")
{
    mend::account_state state;
    CHECK(fmt::format("{}", state) == "healthy");
    state.what = mend::account_state::kind::quarantined;
    state.why = mend::category::account_limited;
    CHECK(fmt::format("{}", state) == "quarantined because of account_limited");
    CHECK(to_string(static_cast<mend::account_state::kind>(9)) == "?");
}
