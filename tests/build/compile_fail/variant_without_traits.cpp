// A variant, whose error mend would not see.
// expect: error in 15 lines "mend: this result may hold an error" "mend::result_traits" "mend::described"
#include "guard.hpp"

#include <variant>

awaitable<std::variant<int, std::string>> send();
awaitable<void> run(mend::account& account);
awaitable<void> run(mend::account& account)
{
    auto const sent = co_await mend::with_recovery(account, [] { return send(); });
    (void)sent;
}
