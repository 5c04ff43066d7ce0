#include "support/catch.hpp"

#include <mend/stop_reason.hpp>

TEST_CASE("a stop reason is an error code of mend's own category, with a sentence for people")
{
    std::error_code const error = mend::stop_reason::already_sent;
    CHECK(error);
    CHECK(error == mend::stop_reason::already_sent);
    CHECK(error != mend::stop_reason::closed);
    CHECK(std::string{error.category().name()} == "mend");
    CHECK_FALSE(error.message().empty());
    CHECK_FALSE(make_error_code(mend::stop_reason::none));
}

TEST_CASE("every stop reason has the name that the source gives it, and nothing else has one")
{
    CHECK(to_string(mend::stop_reason::none) == "none");
    CHECK(to_string(mend::stop_reason::closed) == "closed");
    CHECK(to_string(static_cast<mend::stop_reason>(200)) == "?");
}

TEST_CASE("cancelled and deadline compare equal to the standard's conditions")
{
    CHECK(make_error_code(mend::stop_reason::cancelled) == std::errc::operation_canceled);
    CHECK(make_error_code(mend::stop_reason::deadline) == std::errc::timed_out);
    CHECK(make_error_code(mend::stop_reason::closed) != std::errc::operation_canceled);
}

TEST_CASE("a number outside the stop reasons has a message all the same")
{
    CHECK_FALSE(mend::stop_category().message(-1).empty());
}

TEST_CASE("a number outside the stop reasons is equal to nothing but itself")
{
    for (int const value : {-1, 200}) {
        std::error_code const error{value, mend::stop_category()};
        CHECK(error.message() == "unknown stop reason");
        CHECK(error.default_error_condition() == std::error_condition(value, mend::stop_category()));
        CHECK(error != std::errc::operation_canceled);
    }
}

TEST_CASE("an error code outside the stop reasons does not equal the condition of one of them")
{
    std::error_code const strange{256 + static_cast<int>(stop_reason::cancelled), mend::stop_category()};
    CHECK(strange != std::errc::operation_canceled);
}
