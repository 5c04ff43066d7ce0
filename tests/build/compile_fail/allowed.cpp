// What the guard lets through: lvalues, std::ref, and temporaries that are trivially destructible.
// expect: compiles
#include "guard.hpp"

awaitable<void> send(mend::account& account, std::string text);
awaitable<void> send(mend::account& account, std::string text)
{
    auto operation = [text]() -> awaitable<void> { co_return; };
    auto const constant = [text](mend::attempt&) -> awaitable<void> { co_return; };

    co_await mend::with_recovery(account, operation);
    co_await mend::with_recovery(account, constant);
    co_await mend::with_recovery(account, std::ref(operation));
    co_await mend::with_recovery(account, []() -> awaitable<void> { co_return; });
    co_await mend::with_recovery(account, [&text]() -> awaitable<void> {
        text.clear();
        co_return;
    });

    co_await mend::with_recovery(account, mend::call{.method = "messages.sendMessage"}, operation);
    co_await mend::with_recovery(account, mend::call{}, std::ref(constant));
    co_await mend::with_recovery(account, mend::call{}, [&text](mend::attempt&) -> awaitable<void> {
        text.clear();
        co_return;
    });

    auto outcome = co_await mend::try_with_recovery(account, mend::call{}, std::ref(operation));
    (void)outcome.has_value();
}
