// Reports errors by value: neither the operations nor mend throw.
#include <mend/mend.hpp>
#include <mend/testing/virtual_time.hpp>

#include <cstdint>
#include <iostream>
#include <optional>
#include <variant>

// Has the members of td::td_api::error.
struct telegram_error {
    int code = 0;
    std::string message;
};

// Any type with has_value() and error() works, such as std::expected.
class send_result {
public:
    send_result(int id) : state_{id} {}
    send_result(telegram_error error) : state_{std::move(error)} {}
    bool has_value() const { return state_.index() == 0; }
    int value() const { return std::get<0>(state_); }
    telegram_error const& error() const { return std::get<1>(state_); }

private:
    std::variant<int, telegram_error> state_;
};

int main()
{
    mend::asio::io_context context;
    mend::testing::virtual_time time;
    mend::recovery_manager manager{context.get_executor(), {.time = &time}};
    mend::account account{manager, "main"};
    bool right = false;

    auto campaign = [&]() -> mend::asio::awaitable<void> {
        int calls = 0;
        auto send = [&](mend::attempt& attempt) -> mend::asio::awaitable<send_result> {
            // Sent as random_id, so that an attempt whose answer is lost is repeated without sending twice.
            [[maybe_unused]] std::int64_t const random_id = attempt.operation_id();
            if (++calls == 1)
                co_return telegram_error{500, "INTERDC_2_CALL_ERROR"};
            co_return 7;
        };
        send_result const sent = co_await mend::with_recovery(account, {.method = "messages.sendMessage"}, send);
        std::cout << "message " << sent.value() << " after " << calls << " attempts\n";

        auto forbidden = []() -> mend::asio::awaitable<send_result> { co_return telegram_error{403, "CHAT_WRITE_FORBIDDEN"}; };
        auto const outcome = co_await mend::try_with_recovery(account, {.method = "messages.sendMessage"}, forbidden);
        std::cout << to_string(outcome.why()) << ": " << (*outcome).error().message << '\n';
        right = sent.has_value() && outcome.category() == mend::category::target_unavailable;
    };
    mend::asio::co_spawn(context, campaign, mend::asio::detached);
    time.run(context);
    return right ? 0 : 1;
}
