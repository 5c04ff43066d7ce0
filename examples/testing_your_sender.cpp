// Tests a sender on virtual time: a night of flood waits in a millisecond, with the same result on every run.
#include <mend/mend.hpp>
#include <mend/testing/virtual_time.hpp>

#include <iostream>
#include <vector>

using namespace std::chrono_literals;

// The code under test; it does not depend on virtual time.
template <class Send>
mend::asio::awaitable<int> send_all(mend::account& account, int count, Send send)
{
    int sent = 0;
    for (int index = 0; index != count; ++index) {
        auto operation = [&] { return send(index); };
        auto const outcome =
            co_await mend::try_with_recovery(account, {.method = "messages.sendMessage", .peer = index + 1}, operation);
        sent += outcome.has_value() ? 1 : 0;
    }
    co_return sent;
}

int main()
{
    mend::asio::io_context context;
    mend::testing::virtual_time time;
    mend::recovery_manager manager{context.get_executor(), {.seed = 1, .time = &time}};
    mend::account account{manager, "main"};

    std::vector<std::string> script{"", "FLOOD_WAIT_3600", "", "SLOWMODE_WAIT_60", "", "CHAT_WRITE_FORBIDDEN"};
    std::size_t request = 0;
    auto scripted = [&](int) -> mend::asio::awaitable<void> {
        co_await time.sleep_for(100ms);  // what the network would take
        std::string const& answer = request < script.size() ? script[request] : script.front();
        ++request;
        if (!answer.empty())
            throw mend::rpc_error{answer.starts_with("CHAT") ? 403 : 420, answer};
    };

    int sent = -1;
    auto test = [&]() -> mend::asio::awaitable<void> { sent = co_await send_all(account, 5, scripted); };
    mend::asio::co_spawn(context, test, mend::asio::detached);
    time.run(context);

    auto const hours = std::chrono::duration<double, std::ratio<3600>>(time.elapsed()).count();
    std::cout << sent << " of 5 sent in " << hours << " virtual hours, " << request << " requests\n";
    return sent == 4 && hours > 1.0 && hours < 1.1 ? 0 : 1;
}
