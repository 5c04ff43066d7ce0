#include "support/catch.hpp"

#include <mend/classification.hpp>

using mend::category;
using mend::default_scope;
using mend::scope;

TEST_CASE("a category reaches as far as its kind of failure does")
{
    for (category const what : {category::flood_wait, category::rate_limit, category::account_limited})
        CHECK(default_scope(what) == scope::method);
    for (category const what : {category::slow_mode, category::target_unavailable})
        CHECK(default_scope(what) == scope::peer);
    for (category const what : {category::duplicate, category::migrated, category::stale})
        CHECK(default_scope(what) == scope::operation);
    for (category const what : {category::proxy, category::connection, category::auth, category::temporary, category::permanent,
                                category::unknown, category::account_dead, category::session_lost, category::custom_7})
        CHECK(default_scope(what) == scope::account);
}

TEST_CASE("a classification that says nothing is unknown, of the account, and may have been sent")
{
    mend::classification const nothing;
    CHECK(nothing.what == category::unknown);
    CHECK(nothing.where == scope::account);
    CHECK(nothing.delivered == mend::delivery::unknown);
    CHECK_FALSE(nothing.retry_after);
    CHECK_FALSE(nothing.instead);
}
