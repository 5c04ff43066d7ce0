#include <mend/action.hpp>
#include <mend/category.hpp>
#include <mend/classification.hpp>
#include <mend/delivery.hpp>
#include <mend/scope.hpp>
#include <mend/stop_reason.hpp>

#include "support/catch.hpp"

#include <set>
#include <string_view>

using namespace mend;

TEST_CASE("every category has a name of its own, the one in the source")
{
    std::set<std::string_view> names;
    for (std::size_t index = 0; index < category_count; ++index)
        names.insert(to_string(static_cast<category>(index)));
    CHECK(names.size() == category_count);
    CHECK(!names.contains("?"));
    CHECK(to_string(category::flood_wait) == "flood_wait");
    CHECK(to_string(category::target_unavailable) == "target_unavailable");
    CHECK(to_string(category::duplicate) == "duplicate");
    CHECK(to_string(category::custom_0) == "custom_0");
    CHECK(to_string(category::custom_7) == "custom_7");
    CHECK(static_cast<std::size_t>(category::custom_7) + 1 == category_count);
}

TEST_CASE("every action, scope, delivery and stop reason has its name")
{
    CHECK(to_string(action::wait) == "wait");
    CHECK(to_string(action::fail) == "fail");
    CHECK(static_cast<std::size_t>(action::fail) + 1 == action_count);
    CHECK(to_string(scope::account) == "account");
    CHECK(to_string(scope::operation) == "operation");
    CHECK(to_string(delivery::unknown) == "unknown");
    CHECK(to_string(delivery::sent) == "sent");
    CHECK(to_string(stop_reason::none) == "none");
    CHECK(to_string(stop_reason::delivery_unknown) == "delivery_unknown");
    CHECK(to_string(stop_reason::closed) == "closed");
}

TEST_CASE("a value outside its enumeration is a question mark")
{
    CHECK(to_string(static_cast<category>(200)) == "?");
    CHECK(to_string(static_cast<action>(200)) == "?");
    CHECK(to_string(static_cast<scope>(200)) == "?");
    CHECK(to_string(static_cast<delivery>(200)) == "?");
    CHECK(to_string(static_cast<stop_reason>(200)) == "?");
    CHECK(!stop_category().message(-1).empty());
}

TEST_CASE("a stop reason is an error code of mend's own category")
{
    std::error_code const code = stop_reason::quarantined;
    CHECK(code.category() == stop_category());
    CHECK(std::string_view{code.category().name()} == "mend");
    CHECK(code);
    CHECK(!make_error_code(stop_reason::none));
    CHECK(code.message().find("quarantine") != std::string::npos);
}

TEST_CASE("cancelled and deadline compare equal to the standard's conditions")
{
    CHECK(make_error_code(stop_reason::cancelled) == std::errc::operation_canceled);
    CHECK(make_error_code(stop_reason::deadline) == std::errc::timed_out);
    CHECK(make_error_code(stop_reason::closed) != std::errc::operation_canceled);
}

TEST_CASE("the scope of a category is its own where nobody names one")
{
    CHECK(default_scope(category::flood_wait) == scope::method);
    CHECK(default_scope(category::rate_limit) == scope::method);
    CHECK(default_scope(category::account_limited) == scope::method);
    CHECK(default_scope(category::slow_mode) == scope::peer);
    CHECK(default_scope(category::target_unavailable) == scope::peer);
    CHECK(default_scope(category::duplicate) == scope::operation);
    CHECK(default_scope(category::migrated) == scope::operation);
    CHECK(default_scope(category::stale) == scope::operation);
    CHECK(default_scope(category::proxy) == scope::account);
    CHECK(default_scope(category::custom_3) == scope::account);
}

TEST_CASE("of two deliveries the worse is sent, then unknown, then not_sent")
{
    CHECK(worse(delivery::not_sent, delivery::sent) == delivery::sent);
    CHECK(worse(delivery::unknown, delivery::not_sent) == delivery::unknown);
    CHECK(worse(delivery::not_sent, delivery::not_sent) == delivery::not_sent);
}
