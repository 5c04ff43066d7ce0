#include "support/catch.hpp"

#include <mend/classification.hpp>

using mend::category;
using mend::default_scope;
using mend::scope;

TEST_CASE("a category reaches as far as its kind of failure does")
{
    for (category const what : {category::flood_wait, category::rate_limit})
        CHECK(default_scope(what) == scope::method);
    CHECK(default_scope(category::account_limited) == scope::sending);
    for (category const what : {category::slow_mode, category::target_unavailable})
        CHECK(default_scope(what) == scope::peer);
    for (category const what : {category::duplicate, category::migrated, category::stale, category::permanent})
        CHECK(default_scope(what) == scope::operation);
    for (category const what : {category::proxy, category::connection, category::auth, category::temporary, category::unknown,
                                category::account_dead, category::session_lost, category::custom_7})
        CHECK(default_scope(what) == scope::account);
}

TEST_CASE("an answer of Telegram's proves that server and network are well, and refuses the operation unless it is done already")
{
    using mend::detail::facts_of;
    for (category const what : {category::proxy, category::connection, category::temporary, category::unknown, category::custom_0,
                                category::custom_7, static_cast<category>(200)}) {
        CHECK_FALSE(facts_of(what).answered);
        CHECK_FALSE(facts_of(what).refused);
    }
    for (category const what : {category::flood_wait, category::rate_limit, category::auth, category::permanent,
                                category::slow_mode, category::account_limited, category::account_dead, category::session_lost,
                                category::target_unavailable, category::migrated, category::stale}) {
        CHECK(facts_of(what).answered);
        CHECK(facts_of(what).refused);
    }
    CHECK(facts_of(category::duplicate).answered);
    CHECK_FALSE(facts_of(category::duplicate).refused);
}

TEST_CASE("an empty classification is unknown, of the account, and may have been sent")
{
    mend::classification const nothing;
    CHECK(nothing.what == category::unknown);
    CHECK(nothing.where == scope::account);
    CHECK(nothing.delivered == mend::delivery::unknown);
    CHECK_FALSE(nothing.retry_after);
    CHECK_FALSE(nothing.instead);
}
