// An error type that the classifier reads at run time, and a program that says so.
// expect: compiles
#include "guard.hpp"

#include <variant>

struct my_error {
    int number;
    std::string words;
};
template <>
inline constexpr bool mend::described<my_error> = true;

struct sent {
    bool has_value() const;
    my_error error() const;
};

awaitable<sent> send();
awaitable<std::variant<int, my_error>> ask();
awaitable<void> run(mend::account& account);
awaitable<void> run(mend::account& account)
{
    auto const outcome = co_await mend::try_with_recovery(account, [] { return send(); });
    auto const answer = co_await mend::with_recovery(account, [] { return ask(); });
    (void)outcome, (void)answer;
}
