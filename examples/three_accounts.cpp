// Runs three accounts in one io_context, each with a different failure:
//
//   anna   the connection breaks during three sends: one reconnect serves all of them
//   boris  the proxy fails and is replaced; then our own gateway asks for a wait of a second, in a format of its own
//   clara  the session was revoked: a login; then Telegram names a wait of a minute, which exceeds one send's deadline, and during which
//          another send is cancelled
//
// The client does not throw: it returns `result<T>`, a value or an `api_error`. It is simulated and uses no network; its answers depend
// on the state of its connection, so that only the right callback makes it work again.

#include <mend/mend.hpp>
#include <mend/report.hpp>

#include <iostream>
#include <map>
#include <string>
#include <variant>

namespace net = mend::asio;
using namespace std::chrono_literals;

struct api_error {
    int code = 0;
    std::string message;
};

// Like std::expected<T, api_error>, which g++ 12 does not have in C++20.
template <class T>
class result {
public:
    result(T value) : held_{std::move(value)} {}
    result(api_error error) : held_{std::move(error)} {}
    bool has_value() const { return held_.index() == 0; }
    explicit operator bool() const { return has_value(); }
    T& value() { return std::get<0>(held_); }
    T const& value() const { return std::get<0>(held_); }
    T& operator*() { return value(); }
    T const& operator*() const { return value(); }
    api_error& error() { return std::get<1>(held_); }
    api_error const& error() const { return std::get<1>(held_); }

private:
    std::variant<T, api_error> held_;
};

// One account's connection to Telegram.
struct client {
    bool line = true, session = true, busy = false, flooded = false;
    std::string proxy = "socks5://10.0.0.1:1080";
    int sent = 0;

    net::awaitable<result<int>> send(std::int64_t random_id)
    {
        net::steady_timer network{co_await net::this_coro::executor, 20ms};
        co_await network.async_wait(net::use_awaitable);
        if (!line)
            co_return api_error{-1, "LINE_DROPPED"};
        if (proxy == "socks5://10.0.0.9:1080")
            co_return api_error{1201, "no answer from our exit node"};
        if (!session)
            co_return api_error{401, "SESSION_REVOKED"};
        if (std::exchange(busy, false))
            co_return api_error{1300, "GATEWAY_BUSY_FOR_1"};
        if (flooded)
            co_return api_error{420, "FLOOD_WAIT_60"};
        co_return random_id != 0 ? ++sent : 0;
    }
};

struct sender {
    explicit sender(net::io_context& context) : manager{context.get_executor()}
    {
        // Our rules come first, Telegram's follow. `describe` reads an api_error, whether returned or thrown.
        manager.set_classifier(mend::classifier{}
                                   .describe<api_error>([](api_error const& error) {
                                       return mend::failure{.code = error.code, .message = error.message};
                                   })
                                   .when_name("LINE_DROPPED", mend::category::connection)
                                   .when_name("GATEWAY_BUSY_FOR_{seconds}", mend::category::flood_wait, mend::scope::account)
                                   .when_code(1200, 1299, mend::category::proxy)
                                   .then(mend::telegram::rules()));

        // Faster than the defaults: nothing here takes seconds. Everything not named keeps its default.
        mend::policy_table policies;
        for (auto what : {mend::category::connection, mend::category::proxy, mend::category::session_lost})
            policies.update(what, [](mend::policy& policy) {
                policy.settle = 50ms;
                policy.delay.base = 100ms;
            });
        manager.set_policies(policies);

        manager.on_disconnect([this](mend::recovery_request const& request) { return did("disconnect", request); });
        manager.on_reconnect([this](mend::recovery_request const& request) {
            client_of(request).line = true;
            return did("reconnect", request);
        });
        manager.on_rotate_proxy([this](mend::recovery_request const& request) {
            client_of(request).proxy = "socks5://10.0.0.2:1080";
            boris.via("socks5://10.0.0.2:1080");  // only boris has proxies to choose from
            return did("rotate_proxy", request);
        });
        manager.on_relogin([this](mend::recovery_request const& request) {
            client_of(request).session = true;
            return did("relogin", request);
        });
        manager.on_probe([this](mend::recovery_request const& request) { return did("probe", request); });

        anna.server("dc2");
        boris.server("dc4");
        clara.server("dc4");
        boris.via(clients["boris"].proxy = "socks5://10.0.0.9:1080");
        clients["anna"].line = false;
        clients["boris"].busy = true;
        clients["clara"].session = false;
    }

    client& client_of(mend::recovery_request const& request) { return clients.at(std::string{request.account_id}); }

    net::awaitable<void> did(std::string what, mend::recovery_request const& request)
    {
        std::string const name{request.account_id};
        std::cout << "  [" << what << " of " << name << "]\n";
        ++callbacks[what];
        co_return;
    }

    // Sends one message and keeps how it ended.
    net::awaitable<void> send(mend::account& account, std::string name, std::string label, mend::call about)
    {
        about.method = "messages.sendMessage";
        auto operation = [&from = clients.at(name)](mend::attempt& attempt) { return from.send(attempt.operation_id()); };
        auto outcome = co_await mend::try_with_recovery(account, about, operation);
        std::cout << name << ", " << label << ": ";
        if (outcome.has_value())
            std::cout << "message " << **outcome;
        else
            std::cout << to_string(outcome.why()) << ", " << to_string(outcome.delivered());
        std::cout << " after " << outcome.attempts() << " attempt(s)";
        if (outcome.failure() != nullptr)
            std::cout << "; last error: " << outcome.failure()->message;
        std::cout << '\n';
        ended[label] = outcome.has_value() ? "sent" : std::string{to_string(outcome.why())};
    }

    net::awaitable<void> boris_sends()
    {
        co_await send(boris, "boris", "B1", {});
        co_await send(boris, "boris", "B2", {});
    }

    net::awaitable<void> clara_sends()
    {
        co_await send(clara, "clara", "C1", {});
        clients["clara"].flooded = true;
        co_await send(clara, "clara", "C2, deadline in 2 s", {.deadline = std::chrono::steady_clock::now() + 2s});
        co_await send(clara, "clara", "C3, to be cancelled", {});
    }

    mend::recovery_manager manager;
    mend::account anna{manager, "anna"}, boris{manager, "boris"}, clara{manager, "clara"};
    std::map<std::string, client> clients{{"anna", {}}, {"boris", {}}, {"clara", {}}};
    std::map<std::string, int> callbacks;
    std::map<std::string, std::string> ended;
};

int main()
{
    net::io_context context;
    sender all{context};
    net::cancellation_signal stop_clara;
    auto report = std::make_shared<mend::report>();
    all.manager.subscribe(report);
    for (char const* label : {"A1", "A2", "A3"})
        net::co_spawn(context, all.send(all.anna, "anna", label, {}), net::detached);
    net::co_spawn(context, all.boris_sends(), net::detached);
    net::co_spawn(context, all.clara_sends(), net::bind_cancellation_slot(stop_clara.slot(), net::detached));
    auto patience = [&]() -> net::awaitable<void> {
        net::steady_timer timer{context};
        while (!all.ended.contains("C2, deadline in 2 s")) {
            timer.expires_after(100ms);
            co_await timer.async_wait(net::use_awaitable);
        }
        timer.expires_after(1s);
        co_await timer.async_wait(net::use_awaitable);
        stop_clara.emit(net::cancellation_type::terminal);  // C3 waits for the end of the minute
    };
    net::co_spawn(context, patience, net::detached);
    context.run();

    std::cout << "\nhistory:\n";
    for (auto const& entry : all.manager.history())
        std::cout << "  " << entry.account_id << ": " << entry.message << " is " << to_string(entry.what) << ", waited "
                  << entry.delay.count() << " ms, " << to_string(entry.ended) << '\n';
    auto const total = all.manager.stats();
    std::cout << total.operations << " operations: " << total.failures << " failures, " << total.recovered << " recovered, "
              << total.cancelled << " cancelled; " << total.outages << " outages, " << total.probes << " probes\n";
    std::cout << report->text() << '\n';
    bool const right = all.ended["C2, deadline in 2 s"] == "deadline" && all.ended["C3, to be cancelled"] == "cancelled" &&
                       total.recovered == 5 && all.callbacks["reconnect"] == 1 && all.callbacks["rotate_proxy"] == 1 &&
                       all.callbacks["relogin"] == 1;
    return right ? 0 : 1;
}
