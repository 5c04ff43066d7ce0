// An imitation of libtdjson: the same functions, no network, and a script (script.hpp) that says what it answers.
//
// A test in its own process gives the script by td_execute({"@type": "stubPlay", "script": {...}}), which also forgets all
// that was, and asks for the requests so far by {"@type": "stubRequests"}. A program under test finds script and log of
// requests by the environment: MEND_TDJSON_SCRIPT and MEND_TDJSON_LOG name the files.
#include "script.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>

namespace tdjson_stub {
namespace {

using clock = std::chrono::steady_clock;

json error(int code, char const* message)
{
    return {{"@type", "error"}, {"code", code}, {"message", message}};
}

class stub {
public:
    stub()
    {
        if (auto const* file = std::getenv("MEND_TDJSON_SCRIPT"))
            play_script(json::parse(std::ifstream(file)));
        if (auto const* file = std::getenv("MEND_TDJSON_LOG"))
            log_.open(file, std::ios::app);
    }

    void play_script(json const& text)
    {
        std::lock_guard const lock(mutex_);
        script_ = script(text);
        started_.clear();
        due_.clear();
        requests_ = json::array();
    }

    json requests()
    {
        std::lock_guard const lock(mutex_);
        return requests_;
    }

    int create_client()
    {
        std::lock_guard const lock(mutex_);
        return ++last_client_;
    }

    void send(int client, char const* text)
    {
        auto const request = json::parse(text);
        std::lock_guard const lock(mutex_);
        if (client < 1 || client > last_client_)
            return put(clock::now(), client, reply_to(request, error(400, "Invalid TDLib instance specified")));
        requests_.push_back(request);
        if (log_.is_open())
            log_ << request.dump() << std::endl;
        if (started_.insert(client).second)
            perform(client, script_.next("start"), request);
        perform(client, script_.next(request.at("@type").get<std::string>()), request);
    }

    char const* receive(double seconds)
    {
        auto const until = clock::now() + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(seconds));
        std::unique_lock lock(mutex_);
        while (due_.empty() || std::get<0>(due_.begin()->first) > clock::now()) {
            if (clock::now() >= until)
                return nullptr;
            auto const next = due_.empty() ? until : std::min(until, std::get<0>(due_.begin()->first));
            came_.wait_until(lock, next);
        }
        received_ = due_.begin()->second.dump();
        due_.erase(due_.begin());
        return received_.c_str();
    }

private:
    static json reply_to(json const& request, json reply)
    {
        if (request.contains("@extra"))
            reply["@extra"] = request["@extra"];
        return reply;
    }

    void put(clock::time_point when, int client, json object)
    {
        object["@client_id"] = client;
        due_.emplace(std::tuple(when, ++last_event_), std::move(object));
        came_.notify_all();
    }

    /// Ids are decided when the request comes, so that all steps of one play speak of the same message.
    void perform(int client, play const& steps, json const& request)
    {
        auto const now = clock::now();
        auto const provisional = ++last_message_;
        json const chat = request.contains("chat_id") ? request["chat_id"] : json(0);
        auto const message = [&](std::int64_t id) { return json{{"@type", "message"}, {"id", id}, {"chat_id", chat}}; };
        for (auto const& each : steps) {
            json made;
            if (each.what == "reply")
                made = reply_to(request, each.value);
            else if (each.what == "update")
                made = each.value;
            else if (each.what == "connection")
                made = {{"@type", "updateConnectionState"},
                        {"state", {{"@type", "connectionState" + each.value.get<std::string>()}}}};
            else if (each.what == "authorization")
                made = {{"@type", "updateAuthorizationState"},
                        {"authorization_state", {{"@type", "authorizationState" + each.value.get<std::string>()}}}};
            else if (each.what == "accepted") {
                made = reply_to(request, message(provisional));
                made["sending_state"] = {{"@type", "messageSendingStatePending"}};
            } else if (each.what == "sent")
                made = {{"@type", "updateMessageSendSucceeded"},
                        {"message", message(provisional + 1'000'000)},
                        {"old_message_id", provisional}};
            else
                made = {{"@type", "updateMessageSendFailed"},
                        {"message", message(provisional + 1'000'000)},
                        {"old_message_id", provisional},
                        {"error", error(each.value.at("code").get<int>(),
                                        each.value.at("message").get_ref<std::string const&>().c_str())}};
            put(now + each.after, client, std::move(made));
        }
    }

    std::mutex mutex_;
    std::condition_variable came_;
    script script_;
    std::ofstream log_;
    json requests_ = json::array();
    std::set<int> started_;
    std::map<std::tuple<clock::time_point, std::uint64_t>, json> due_;
    std::uint64_t last_event_ = 0;
    std::int64_t last_message_ = 0;
    int last_client_ = 0;
    std::string received_;
};

[[noreturn]] void die(std::string const& why)
{
    std::fprintf(stderr, "the imitated libtdjson: %s\n", why.c_str());
    std::abort();
}

/// What a test got wrong ends the process: no exception leaves a function of C.
template <class Function>
auto guarded(Function function)
{
    try {
        return function();
    } catch (std::exception const& error) {
        die(error.what());
    }
}

stub& the_stub()
{
    static auto* const one = new stub;  // never destroyed: the program's threads may outlive main
    return *one;
}

std::string execute(char const* text)
{
    auto const request = json::parse(text);
    auto const type = request.value("@type", "");
    if (type == "stubPlay") {
        the_stub().play_script(request.at("script"));
        return R"({"@type":"ok"})";
    }
    if (type == "stubRequests")
        return the_stub().requests().dump();
    if (type == "testReturnError")
        return request.at("error").dump();
    if (type == "setLogVerbosityLevel")
        return R"({"@type":"ok"})";
    return error(400, "The method can't be executed synchronously").dump();
}

}  // namespace
}  // namespace tdjson_stub

extern "C" {
__attribute__((visibility("default"))) int td_create_client_id()
{
    return tdjson_stub::guarded([] { return tdjson_stub::the_stub().create_client(); });
}

__attribute__((visibility("default"))) void td_send(int client, char const* request)
{
    tdjson_stub::guarded([&] { tdjson_stub::the_stub().send(client, request); });
}

__attribute__((visibility("default"))) char const* td_receive(double timeout)
{
    static std::atomic<bool> within = false;
    if (within.exchange(true))
        tdjson_stub::die("td_receive must not be called from two threads at once");
    auto const* const received = tdjson_stub::guarded([&] { return tdjson_stub::the_stub().receive(timeout); });
    within = false;
    return received;
}

__attribute__((visibility("default"))) char const* td_execute(char const* request)
{
    static thread_local std::string result;
    result = tdjson_stub::guarded([&] { return tdjson_stub::execute(request); });
    return result.c_str();
}

__attribute__((visibility("default"))) char const* td_json_client_execute(void*, char const* request)
{
    return td_execute(request);
}
}
