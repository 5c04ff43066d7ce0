#include "support/catch.hpp"

#include <mend/result_traits.hpp>

#include <string>
#include <variant>

namespace {

struct rpc_failure {
    int code = 0;
    std::string message;
};

template <class E>
class result {
public:
    result(int value) : state_{value} {}
    result(E error) : state_{std::move(error)} {}
    bool has_value() const { return state_.index() == 0; }
    E const& error() const { return std::get<1>(state_); }

private:
    std::variant<int, E> state_;
};

auto const refused = std::make_error_code(std::errc::connection_refused);

}  // namespace

TEST_CASE("a plain value carries no error")
{
    STATIC_REQUIRE_FALSE(mend::result_traits<int>::carries_error);
    STATIC_REQUIRE_FALSE(mend::result_traits<std::string>::carries_error);
}

TEST_CASE("an error code is a result that has failed when it is set")
{
    using traits = mend::result_traits<std::error_code>;
    CHECK_FALSE(traits::failed(std::error_code{}));
    CHECK(traits::failed(refused));
    CHECK(traits::describe(refused).error == refused);
    CHECK(traits::from(refused) == refused);
}

TEST_CASE("a tuple that starts with an error code fails as the code does, and can be made from one")
{
    using traits = mend::result_traits<std::tuple<std::error_code, int>>;
    CHECK(traits::failed({refused, 7}));
    CHECK_FALSE(traits::failed({std::error_code{}, 7}));
    CHECK(traits::from(refused) == std::tuple{refused, 0});
}

TEST_CASE("an expected-like result is read through has_value() and error()")
{
    using traits = mend::result_traits<result<rpc_failure>>;
    CHECK_FALSE(traits::failed(7));
    result<rpc_failure> const flood{rpc_failure{420, "FLOOD_WAIT_37"}};
    REQUIRE(traits::failed(flood));
    CHECK(traits::describe(flood).code == 420);
    CHECK(traits::describe(flood).message == "FLOOD_WAIT_37");
}

TEST_CASE("errors of a failure, an exception, a text and an unknown type are each described as far as they go")
{
    mend::failure known;
    known.code = 500;
    CHECK(mend::detail::failure_from(known).code == 500);
    CHECK(mend::detail::failure_from(std::make_exception_ptr(1)).exception != nullptr);
    CHECK(mend::detail::failure_from(std::string{"PEER_FLOOD"}).message == "PEER_FLOOD");
    CHECK(mend::detail::failure_from(std::runtime_error{"broken"}).message == "broken");
    struct opaque {};
    CHECK_FALSE(mend::detail::failure_from(opaque{}).message.empty());
}
