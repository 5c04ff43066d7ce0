// Sends messages through TDLib's JSON interface, with mend handling the failures.
//
//   tdjson_sender --tdjson ./libtdjson.so --parameters parameters.json --messages messages.jsonl
//
// TDLib connects to Telegram as soon as it has its parameters; with --proxies it uses the first proxy from the start.
// parameters.json has the fields of setTdlibParameters, including your own api_id and api_hash:
//
//   {"api_id": 12345, "api_hash": "0123456789abcdef", "database_directory": "/home/me/.tdlib"}
//
// This program does not log in: log in with another one first, such as TDLib's tg_cli, and name its database. Each chat_id must
// be a chat in that database. messages.jsonl has one {"chat_id": 42, "text": "hello"} per line.
//
// A message whose delivery is unknown is not sent again, because TDLib itself resends what it has accepted.
#include "arguments.hpp"
#include "campaign.hpp"
#include "common/files.hpp"
#include "common/input.hpp"
#include "common/process.hpp"
#include "common/signal_watch.hpp"
#include "messages.hpp"
#include "output.hpp"
#include "parameters.hpp"
#include "proxies.hpp"
#include "session.hpp"
#include "td_client.hpp"
#include "td_receiver.hpp"
#include "tdjson_library.hpp"

#include <fmt/format.h>

#include <exception>
#include <string>
#include <utility>

namespace tdjson_sender {
namespace {

namespace exit_status {
constexpr int all_sent = 0;
constexpr int some_not = 1;
constexpr int bad_input = 2;
}  // namespace exit_status

constexpr std::chrono::seconds grace_after_stop{2};
constexpr std::chrono::seconds time_to_close{5};

/// Ends the campaign early: on a signal, or at its deadline.
class stopper {
public:
    stopper(asio::any_io_executor executor, campaign& running, td_client& client)
        : running_(running), client_(client),
          signals_(executor,
                   [this](std::string const& why) {
                       stop(why, grace_after_stop);
                       complain("stopping: requests given to TDLib have 2 s to finish; interrupt again to quit immediately");
                   }),
          deadline_(executor), grace_(executor)
    {
    }

    void watch(session::time_point deadline)
    {
        deadline_.expires_at(deadline);
        deadline_.async_wait([this](common::io_error_code error) {
            if (!error)
                stop("the deadline has passed", std::chrono::seconds(0));
        });
    }

    void rest()
    {
        signals_.end();  // from here on a signal ends the program, even if the output blocks
        deadline_.cancel();
        grace_.cancel();
    }

private:
    void stop(std::string const& why, std::chrono::seconds grace)
    {
        running_.stop(why);
        grace_.expires_after(grace);
        grace_.async_wait([this, why](common::io_error_code error) {
            if (!error)
                client_.abandon(why);
        });
    }

    campaign& running_;
    td_client& client_;
    common::signal_watch signals_;
    asio::steady_timer deadline_;
    asio::steady_timer grace_;
};

asio::awaitable<void> send_all(session& through, campaign& running, session::time_point deadline)
{
    std::string refused;
    try {
        co_await through.log_in(deadline);
    } catch (std::exception const& error) {
        refused = error.what();
    }
    if (!refused.empty()) {
        complain(refused);
        running.stop(refused);
    }
    co_await running.run();
}

/// TDLib may not write everything to its database without this.
asio::awaitable<void> close(session& through)
{
    bool closed = false;
    try {
        closed = co_await through.close(std::chrono::steady_clock::now() + time_to_close);
    } catch (std::exception const& error) {
        complain(error.what());
    }
    if (!closed)
        complain("TDLib did not close");
}

void rethrow(std::exception_ptr thrown)
{
    if (thrown)
        std::rethrow_exception(thrown);
}

asio::awaitable<void> run_to_end(session& through, campaign& running, td_client& client, stopper& stops,
                                 session::time_point deadline)
{
    co_await send_all(through, running, deadline);
    stops.rest();
    client.resume();
    co_await close(through);
    client.abandon("the program is exiting");
}

int send(arguments const& asked, std::vector<message> messages, session_settings settings)
{
    tdjson_library const library(asked.tdjson);
    library.execute(R"({"@type": "setLogVerbosityLevel", "new_verbosity_level": 1})");
    auto const deadline = std::chrono::steady_clock::now() + asked.deadline;
    auto const proxies = settings.proxies.size();
    asio::io_context io(1);
    td_receiver receiver(library);
    td_client client(io.get_executor(), library, receiver);
    session through(client, std::move(settings));
    campaign running(io.get_executor(), through, std::move(messages),
                     {asked.parallel, deadline, asked.settle, asked.backoff, asked.request_timeout, proxies});
    stopper stops(io.get_executor(), running, client);
    stops.watch(deadline);
    asio::co_spawn(io, run_to_end(through, running, client, stops, deadline), rethrow);
    io.run();

    auto const& count = running.count();
    print(fmt::format("{} messages: {} sent, {} failed, {} of unknown delivery", running.total(), count.sent, count.failed,
                      count.unknown));
    finish_printing();
    return count.sent == running.total() ? exit_status::all_sent : exit_status::some_not;
}

/// Throws input_error if two options name one file: one of them is a mistake.
void check_files(arguments const& asked)
{
    auto const clash = common::same_file_twice({{"--tdjson", asked.tdjson},
                                                {"--messages", asked.messages},
                                                {"--parameters", asked.parameters},
                                                {"--proxies", asked.proxies}});
    if (!clash.empty())
        throw common::input_error("tdjson_sender: " + clash);
    for (auto const& [file, content] :
         {std::pair{asked.parameters, "the api_hash"}, std::pair{asked.proxies, "the proxies' credentials"}})
        if (auto const warning = common::readable_by_others(file, content); !warning.empty())
            complain(warning);
}

}  // namespace
}  // namespace tdjson_sender

int main(int count, char** values)
{
    using namespace tdjson_sender;
    common::prepare_process();
    auto const parsed = parse_arguments(count, values);
    if (parsed.exit_status)
        return *parsed.exit_status;
    auto const& asked = parsed.values;
    try {
        check_files(asked);
        auto messages = read_messages(asked.messages);
        session_settings settings;
        if (!asked.parameters.empty())
            settings.parameters = read_parameters(asked.parameters);
        if (!asked.proxies.empty())
            settings.proxies = read_proxies(asked.proxies);
        settings.request_timeout = asked.request_timeout;
        settings.complain = complain;
        return send(asked, std::move(messages), std::move(settings));
    } catch (common::input_error const& error) {
        print_error(error.what());
        return exit_status::bad_input;
    } catch (library_error const& error) {
        print_error(error.what());
        return exit_status::bad_input;
    } catch (std::exception const& error) {
        complain(error.what());
        return exit_status::some_not;
    }
}
