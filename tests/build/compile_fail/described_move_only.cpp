// The rules of describe read a copy: an error that cannot be copied is none that they could read.
// expect: error in 15 lines "mend: the error of this result cannot be read"
#include "guard.hpp"

#include <memory>

struct my_error {
    std::unique_ptr<int> number;
};
template <>
inline constexpr bool mend::described<my_error> = true;

struct sent {
    bool has_value() const;
    my_error const& error() const;
};

awaitable<sent> send();
awaitable<void> run(mend::account& account);
awaitable<void> run(mend::account& account)
{
    auto const outcome = co_await mend::try_with_recovery(account, [] { return send(); });
    (void)outcome;
}
