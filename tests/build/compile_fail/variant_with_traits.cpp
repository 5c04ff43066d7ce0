// A variant with traits, one whose traits make it not an error, and errors with the usual names.
// expect: compiles
#include "guard.hpp"

#include <variant>

using answer = std::variant<int, std::string>;
using choice = std::variant<int, bool>;
template <>
struct mend::result_traits<answer> {
    static constexpr bool carries_error = true;
    static bool failed(answer const& value) { return value.index() == 1; }
    static failure describe(answer const& value) { return {.message = std::get<1>(value)}; }
};
template <>
struct mend::result_traits<choice> {
    static constexpr bool carries_error = false;
};

struct bot_error {
    int error_code;
    std::string description;
};
struct sent {
    bool has_value() const;
    bot_error error() const;
};

awaitable<answer> ask();
awaitable<choice> choose();
awaitable<sent> send();
awaitable<void> run(mend::account& account);
awaitable<void> run(mend::account& account)
{
    auto const asked = co_await mend::with_recovery(account, [] { return ask(); });
    auto const chosen = co_await mend::with_recovery(account, [] { return choose(); });
    auto const result = co_await mend::with_recovery(account, [] { return send(); });
    (void)asked, (void)chosen, (void)result;
}
