// Twelve messages to six chats over the Bot API, through a client whose calls block.
//
// The client below takes the place of any synchronous HTTP client: it sleeps for a few milliseconds and answers from a script, so that
// the program needs no network. Its calls run on a thread pool. Everything else runs in one io_context on the main thread; therefore the
// queue, the address book and the ledger need no lock.
//
// The script contains a 429 with retry_after, a gateway's 502 page, a user who blocked the bot, and a group that was upgraded to a
// supergroup. The program returns 0 if every message ended as expected.

#include <mend/mend.hpp>

#if defined(MEND_USE_BOOST_ASIO) && MEND_USE_BOOST_ASIO
#include <boost/asio/thread_pool.hpp>
#else
#include <asio/thread_pool.hpp>
#endif

#include <deque>
#include <iostream>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace net = mend::asio;
using namespace std::chrono_literals;

// A reply from api.telegram.org, or from something on the way to it.
struct reply {
    int status = 200;  // of HTTP
    bool ok = true;  // this and the members below come from the body; error_code stays 0 if the body is not JSON
    int error_code = 0;
    std::string description{};
    std::string retry_after{};  // as it came: the text of the number, or empty
    std::optional<std::int64_t> migrate_to_chat_id{};
};

// The blocking client. `post` is called from the pool's threads.
class blocking_client {
public:
    reply post(std::string const& method, std::string const& json)
    {
        std::this_thread::sleep_for(5ms);  // the network; a real client has a timeout of its own, too
        std::lock_guard lock{mutex_};
        ++requests_;
        auto const chat = json.substr(11, json.find(',') - 11);  // {"chat_id":102,"text":"offer 1"}
        auto const nth = ++seen_[chat];
        if (method != "sendMessage")
            return {.status = 404, .ok = false, .error_code = 404, .description = "Not Found"};
        if (chat == "102" && nth == 1)
            return {.status = 429,
                    .ok = false,
                    .error_code = 429,
                    .description = "Too Many Requests: retry after 1",
                    .retry_after = "1"};
        if (chat == "103" && nth == 1)
            return {.status = 502, .ok = false, .description = "<html><h1>502 Bad Gateway</h1></html>"};
        if (chat == "104")
            return {.status = 403, .ok = false, .error_code = 403, .description = "Forbidden: bot was blocked by the user"};
        if (chat == "-105")
            return {.status = 400,
                    .ok = false,
                    .error_code = 400,
                    .description = "Bad Request: group chat was upgraded to a supergroup chat",
                    .migrate_to_chat_id = -100105};
        return {};
    }
    int requests() const { return requests_; }  // after the pool was joined

private:
    std::mutex mutex_;
    std::map<std::string, int> seen_;
    int requests_ = 0;
};

struct message {
    std::int64_t chat;
    std::string text;
};

class sender {
public:
    sender(net::io_context& context, net::thread_pool& pool, blocking_client& client)
        : pool_{pool}, client_{client}, manager_{context.get_executor()}, account_{manager_, "shop_bot"}
    {
        for (int round = 1; round <= 2; ++round)
            for (std::int64_t chat : {101, 102, 103, 104, -105, 106})
                queue_.push_back({chat, "offer " + std::to_string(round)});
    }

    // One of the coroutines that empty the queue.
    net::awaitable<void> work()
    {
        while (!queue_.empty()) {
            message const next = queue_.front();
            queue_.pop_front();
            co_await deliver(next);
        }
    }

    // Nothing is left behind: no attempt, no callback, no timer.
    net::awaitable<void> stop()
    {
        manager_.close();
        co_await manager_.drained();
        std::cout << "stopped\n";
    }

    bool as_expected() const
    {
        auto const total = manager_.stats();
        std::cout << sent_ << " sent, " << in_doubt_ << " in doubt, " << refused_ << " refused; " << total.recovered
                  << " needed a second attempt\n";
        return sent_ == 9 && in_doubt_ == 1 && refused_ == 2 && total.recovered >= 2 && upgraded_.at(-105) == -100105;
    }

private:
    net::awaitable<void> deliver(message const& one)
    {
        // The operation: one attempt. It does not ask for attempt.operation_id(), because the Bot API has no field for it;
        // therefore mend does not repeat it when its delivery is unknown.
        auto operation = [this, &one](mend::attempt& attempt) -> net::awaitable<void> {
            if (auto const* before = attempt.previous();
                before != nullptr && before->known == mend::category::migrated && before->number)
                upgraded_[one.chat] = *before->number;  // a group became a supergroup: the refusal carried its new id
            co_await post(address_of(one.chat), one.text);
        };
        mend::call const about{
            .method = "sendMessage", .peer = address_of(one.chat), .context = "spring offers", .attempt_timeout = 10s};
        auto const outcome = co_await mend::try_with_recovery(account_, about, operation);

        std::cout << "chat " << one.chat << ", " << one.text << ": ";
        if (outcome.has_value()) {
            ++sent_;
            std::cout << "sent after " << outcome.attempts() << " attempt(s)";
            if (address_of(one.chat) != one.chat)
                std::cout << ", to its new address " << address_of(one.chat);
        } else if (outcome.delivered() == mend::delivery::unknown) {
            ++in_doubt_;  // a person looks into the chat before anything is sent again
            std::cout << "IN DOUBT, " << to_string(outcome.why());
        } else {
            ++refused_;
            std::cout << to_string(outcome.why()) << ", " << to_string(outcome.delivered());
        }
        if (outcome.failure() != nullptr)
            std::cout << " (" << outcome.failure()->message << ')';
        std::cout << '\n';
    }

    // Runs the blocking call on the pool and turns a refusal into what mend understands.
    net::awaitable<void> post(std::int64_t chat, std::string const& text)
    {
        std::string const body = R"({"chat_id":)" + std::to_string(chat) + R"(,"text":")" + text + R"("})";
        auto job = [this, &body]() -> net::awaitable<reply> { co_return client_.post("sendMessage", body); };
        // A blocked call cannot be interrupted, and a cancellation must not be signalled across threads: the empty slot keeps it here.
        auto token = net::bind_cancellation_slot(net::cancellation_slot{}, net::use_awaitable);
        reply const answer = co_await net::co_spawn(pool_, job, token);  // back on our own thread
        if (!answer.ok)
            throw mend::operation_error{mend::telegram::bot_api_failure(answer.status, answer.error_code, answer.description,
                                                                        answer.retry_after, answer.migrate_to_chat_id)};
    }

    std::int64_t address_of(std::int64_t chat) const
    {
        auto const found = upgraded_.find(chat);
        return found == upgraded_.end() ? chat : found->second;
    }

    net::thread_pool& pool_;
    blocking_client& client_;
    mend::recovery_manager manager_;
    mend::account account_;
    std::deque<message> queue_;
    std::map<std::int64_t, std::int64_t> upgraded_;  // group -> supergroup
    int sent_ = 0, in_doubt_ = 0, refused_ = 0;
};

int main()
{
    net::io_context context;
    net::thread_pool pool{4};  // as many calls as may block at once
    blocking_client client;
    sender offers{context, pool, client};

    int working = 4;
    for (int i = 0; i < 4; ++i)
        net::co_spawn(context, offers.work(), [&](std::exception_ptr failed) {
            if (failed)
                std::rethrow_exception(failed);
            if (--working == 0)
                net::co_spawn(context, offers.stop(), net::detached);
        });
    context.run();
    pool.join();
    std::cout << client.requests() << " requests\n";
    return offers.as_expected() && client.requests() >= 14 ? 0 : 1;
}
