// An error type of which mend could only see that it is one.
// expect: error in 15 lines "mend: the error of this result cannot be read" "mend::described" "result_traits"
#include "guard.hpp"

struct my_error {
    int number;
    std::string words;
};
struct sent {
    bool has_value() const;
    my_error error() const;
};

awaitable<sent> send();
awaitable<void> run(mend::account& account);
awaitable<void> run(mend::account& account)
{
    auto const outcome = co_await mend::try_with_recovery(account, [] { return send(); });
    (void)outcome;
}
