// The smallest program that sends through mend: one account, and one send that meets a flood wait first.
#include <mend/mend.hpp>

#include <cstdint>
#include <iostream>
#include <string_view>

namespace asio_ = mend::asio;  // "namespace asio" at global scope would clash with Asio's own

// Replace this with your client's send. It fails once, then succeeds. Telegram drops a repeat with the same random_id.
asio_::awaitable<int> send_message(std::string_view text, std::int64_t random_id)
{
    static int calls = 0;
    if (++calls == 1)
        throw mend::rpc_error{420, "FLOOD_WAIT_1"};
    std::cout << "sent: " << text << (random_id != 0 ? " with" : " without") << " an id\n";
    co_return 1001;  // the message's id
}

asio_::awaitable<void> campaign(mend::account& account)
{
    auto operation = [](mend::attempt& attempt) { return send_message("hello", attempt.operation_id()); };
    int const id = co_await mend::with_recovery(account, {.method = "messages.sendMessage"}, operation);
    std::cout << "message " << id << " went out\n";
}

int main()
{
    asio_::io_context context;
    mend::recovery_manager manager{context.get_executor()};
    mend::account account{manager, "main", "+15550100"};
    asio_::co_spawn(context, campaign(account), asio_::detached);
    context.run();
    for (auto const& entry : manager.history())
        std::cout << to_string(entry.what) << ", waited " << entry.delay.count() << " ms, " << to_string(entry.ended) << '\n';
    return manager.stats().recovered == 1 ? 0 : 1;
}
