#include "support/catch.hpp"

#include <mend/scope.hpp>

TEST_CASE("every scope has the name that the source gives it, and nothing else has one")
{
    CHECK(to_string(mend::scope::account) == "account");
    CHECK(to_string(mend::scope::method) == "method");
    CHECK(to_string(mend::scope::peer) == "peer");
    CHECK(to_string(mend::scope::operation) == "operation");
    CHECK(to_string(mend::scope::sending) == "sending");
    CHECK(to_string(mend::scope::groups) == "groups");
    CHECK(to_string(static_cast<mend::scope>(6)) == "?");
}
