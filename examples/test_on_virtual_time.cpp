// Tests a small sender on virtual time: a flood wait of an hour, an outage of five minutes and a lost session, in milliseconds.
//
// The sender is a few workers that empty a queue. It uses no clock: its client is passed in, and mend waits. The test passes a scripted
// server that logs every request with its time, and then checks the log.

#undef NDEBUG  // the asserts are the test
#include <cassert>

#include <mend/mend.hpp>
#include <mend/testing/virtual_time.hpp>

#include <algorithm>
#include <deque>
#include <functional>
#include <iostream>
#include <set>
#include <string>
#include <vector>

namespace net = mend::asio;
using namespace std::chrono_literals;
using moment = std::chrono::milliseconds;  // since the start of the test

// ---- the sender under test ----

using send_function = std::function<net::awaitable<void>(std::string const& text, std::int64_t random_id)>;

// One worker: sends what is in the queue until it is empty. Puts what could not be sent into `failed`.
net::awaitable<void> send_queue(mend::account& account, std::deque<std::string>& queue, send_function send,
                                std::vector<std::string>& failed)
{
    while (!queue.empty()) {
        std::string const text = std::move(queue.front());
        queue.pop_front();
        auto operation = [&](mend::attempt& attempt) { return send(text, attempt.operation_id()); };
        auto outcome =
            co_await mend::try_with_recovery(account, {.method = "messages.sendMessage", .attempt_timeout = 30s}, operation);
        if (!outcome.has_value())
            failed.push_back(text + ": " + std::string{to_string(outcome.why())});
    }
}

// ---- the world around it ----

struct request {
    moment at;
    std::string what;  // the message, or getMe, or login
    std::string answer;  // "ok" or the error
};

// A server, an account on it, and a queue; `run` has the workers send everything.
struct world {
    net::io_context context;
    mend::testing::virtual_time time;
    mend::recovery_manager manager{context.get_executor(), {.seed = 1, .time = &time}};
    mend::account account{manager, "main"};
    std::deque<std::string> queue;
    std::vector<std::string> failed;
    std::vector<request> log;
    std::multiset<std::string> arrived;
    std::set<std::int64_t> ids;  // the server drops a second message of the same id

    // The script.
    int flood_at = 0;  // the request that is answered with a wait of an hour
    moment down_from{0}, down_until{0};  // every request fails
    moment revoked_at = moment::max();  // from then on only a login helps

    moment now() const { return std::chrono::duration_cast<moment>(time.elapsed()); }

    void answer(std::string const& what, std::string const& error = "ok", int code = 0)
    {
        log.push_back({now(), what, error});
        if (code != 0)
            throw mend::rpc_error{code, error};
    }

    net::awaitable<void> ask(std::string what)
    {
        co_await time.sleep_for(100ms);  // what the network takes
        if (now() >= down_from && now() < down_until)
            answer(what, "INTERNAL", 500);
        if (what == "login")
            revoked_at = moment::max();
        if (now() >= revoked_at)
            answer(what, "SESSION_REVOKED", 401);
        if (static_cast<int>(log.size()) + 1 == flood_at)
            answer(what, "FLOOD_WAIT_3600", 420);
        answer(what);
    }

    net::awaitable<void> send(std::string text, std::int64_t random_id)
    {
        co_await ask(text);
        if (ids.insert(random_id).second)
            arrived.insert(text);
    }

    void run(int messages, int workers)
    {
        for (int i = 1; i <= messages; ++i)
            queue.push_back("message " + std::to_string(i));
        manager.on_probe([this](mend::recovery_request const&) { return ask("getMe"); });
        manager.on_relogin([this](mend::recovery_request const&) -> net::awaitable<void> {
            co_await time.sleep_for(3s);
            co_await ask("login");
        });
        auto send_one = [this](std::string const& text, std::int64_t id) { return send(text, id); };
        for (int i = 0; i < workers; ++i)
            net::co_spawn(context, send_queue(account, queue, send_one, failed), net::detached);
        auto const end = time.run(context);
        if (!end.finished)
            std::cout << end.message() << '\n';
        assert(end.finished);  // no worker hangs, no timer is left
        assert(queue.empty() && failed.empty());
        assert(static_cast<int>(arrived.size()) == messages);
        assert(std::set<std::string>(arrived.begin(), arrived.end()).size() == arrived.size());  // each once
    }

    // Requests from..until, of one answer or of any.
    auto count(moment from, moment until, std::string_view answer_is = {}) const
    {
        return std::count_if(log.begin(), log.end(), [&](request const& one) {
            return one.at >= from && one.at < until && (answer_is.empty() || one.answer == answer_is);
        });
    }
};

void a_flood_wait_of_an_hour()
{
    world world;
    world.flood_at = 3;
    world.run(5, 1);

    assert(world.log[2].answer == "FLOOD_WAIT_3600");
    auto const told = world.log[2].at;
    assert(world.log[3].what == world.log[2].what);  // the same message goes first, later
    assert(world.log[3].at >= told + 1h && world.log[3].at <= told + 1h + 10s);  // jitter adds 5 s at most
    assert(world.log.size() == 6);
    std::cout << "flood wait: told at " << told.count() << " ms, sent at " << world.log[3].at.count() << " ms\n";
}

void an_outage_of_five_minutes()
{
    world world;
    world.down_from = 1s;
    world.down_until = 301s;
    world.run(200, 8);

    auto const during = world.count(world.down_from, world.down_until);
    auto const sends = std::count_if(world.log.begin(), world.log.end(),
                                     [](request const& one) { return one.answer == "INTERNAL" && one.what != "getMe"; });
    std::cout << "outage: " << during << " requests in five minutes, " << sends << " of them messages; all sent at "
              << world.now().count() << " ms\n";
    assert(during < 70);  // a gap is a tenth of the outage's age, at least half a second
    assert(sends <= 8);  // what was in flight; then getMe asked instead
    assert(world.now() < 301s + 60s);  // a probe soon finds the server up, the rest follows
    assert(world.manager.stats().outages >= 1 && world.manager.stats().outage_time >= 299s);
}

void a_lost_session()
{
    world world;
    world.revoked_at = 1s;
    world.run(60, 4);

    auto const revoked = [](request const& one) { return one.answer == "SESSION_REVOKED"; };
    auto const logs_in = [](request const& one) { return one.what == "login"; };
    auto const first = std::find_if(world.log.begin(), world.log.end(), revoked);
    auto const login = std::find_if(world.log.begin(), world.log.end(), logs_in);
    assert(first != world.log.end() && login != world.log.end());
    assert(std::count_if(login, world.log.end(), logs_in) == 1);
    assert(world.count(0s, 1h, "SESSION_REVOKED") <= 4);  // those in flight, not the whole queue
    assert(std::all_of(first, login, revoked));  // nothing in between
    std::cout << "session: lost at " << first->at.count() << " ms, login at " << login->at.count() << " ms, all sent at "
              << world.now().count() << " ms\n";
}

int main()
{
    a_flood_wait_of_an_hour();
    an_outage_of_five_minutes();
    a_lost_session();
    std::cout << "all tests passed\n";
}
