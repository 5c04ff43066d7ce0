// A scripted Bot API, and one run of a campaign against it.
#pragma once

#include "campaign.hpp"
#include "scripted_server.hpp"

#include "support/scratch_directory.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace broadcast {

/// What a server saw, and how it answers: by the text of the message, on which attempt, from which bot.
struct script {
    using answer = std::variant<scripted_server::reply, std::string>;

    static answer delivered() { return scripted_server::reply{200, R"({"ok":true,"result":{"message_id":1}})"}; }
    static answer error(int code, std::string const& text, int retry_after = 0)
    {
        nlohmann::json body{{"ok", false}, {"error_code", code}, {"description", text}};
        if (retry_after > 0)
            body["parameters"]["retry_after"] = retry_after;
        return scripted_server::reply{code, body.dump()};
    }

    answer operator()(std::string const& path, std::string const& body)
    {
        auto const bot = path.substr(4, path.find('/', 4) - 4);
        if (path.ends_with("/getMe")) {
            ++asked;
            return on_get_me(bot);
        }
        auto const sent = nlohmann::json::parse(body);
        on_chat(sent.at("chat_id").dump());
        auto const text = sent.at("text").get<std::string>();
        return on_send(text, ++seen[text], bot);
    }

    std::function<answer(std::string const& text, int time, std::string const& bot)> on_send = [](auto const&, int, auto const&) {
        return delivered();
    };
    std::function<answer(std::string const& bot)> on_get_me = [](auto const&) { return delivered(); };
    std::function<void(std::string const& chat)> on_chat = [](auto const&) {};
    std::map<std::string, int> seen;
    int asked = 0;  ///< getMe
};

/// What one run differs in.
struct run_plan {
    std::size_t messages = 1;
    std::size_t bots = 1;
    std::int64_t chat = 0;  ///< of all messages; 0: each has its own
    std::vector<proxy> proxies{};
    std::function<void(campaign_settings&)> change = [](campaign_settings&) {};
};

/// Messages "1", "2", ... to chats 1001, 1002, ... over bots "1:a", "2:a", ...
class one_run {
public:
    one_run(support::scratch_directory const& files, script& server, run_plan plan)
        : server_(io_, [&server](auto const& path, auto const& body) { return server(path, body); }),
          pool_(std::move(plan.proxies)), state_(files / "state"), books_(journal_file(files / "journal", {1, 1}))
    {
        std::vector<message> list;
        for (std::size_t i = 1; i <= plan.messages; ++i)
            list.push_back({i,
                            "m" + std::to_string(i),
                            {plan.chat != 0 ? plan.chat : static_cast<std::int64_t>(1000 + i), {}},
                            std::to_string(i)});
        std::vector<bot> who;
        for (std::size_t i = 1; i <= plan.bots; ++i)
            who.push_back({"bot" + std::to_string(i), secret(std::to_string(i) + ":a")});
        campaign_settings settings;
        settings.api_root = server_.url("");
        settings.times.attempt_timeout = std::chrono::seconds(1);
        settings.times.settle = std::chrono::milliseconds(0);
        settings.times.backoff = std::chrono::milliseconds(50);
        settings.times.proxy_delay = std::chrono::milliseconds(50);
        settings.times.relogin_poll = std::chrono::milliseconds(50);
        settings.times.relogin_timeout = std::chrono::seconds(1);
        settings.times.messages_per_second = 1000;
        plan.change(settings);
        running_ = std::make_unique<campaign>(io_.get_executor(), settings, std::move(list), who, pool_, state_, books_);
    }
    one_run(support::scratch_directory const& files, script& server, std::size_t messages, std::size_t bots = 1)
        : one_run(files, server, run_plan{messages, bots})
    {
    }

    one_run& run()
    {
        auto work = running_->run();
        bool ended = false;
        asio::co_spawn(io_, std::move(work), [&](std::exception_ptr thrown) {
            error_ = thrown;
            ended = true;
            io_.stop();
        });
        io_.run_for(std::chrono::seconds(60));
        if (!ended) {
            running_->stop(std::chrono::milliseconds(0), "it hangs");
            io_.restart();
            io_.run_for(std::chrono::seconds(10));
        }
        if (error_)
            std::rethrow_exception(error_);
        return *this;
    }

    [[nodiscard]] std::size_t count(status wanted) const
    {
        std::size_t found = 0;
        for (auto const& job : running_->jobs())
            found += job.stands == wanted ? 1u : 0u;
        return found;
    }
    [[nodiscard]] std::string const& reason_of(std::size_t line) const { return running_->jobs().at(line - 1).reason; }
    [[nodiscard]] campaign& inside() { return *running_; }
    [[nodiscard]] asio::io_context& io() { return io_; }

private:
    asio::io_context io_;
    scripted_server server_;
    proxies pool_;
    proxy_state state_;
    journal books_;
    std::unique_ptr<campaign> running_;
    std::exception_ptr error_;
};

}  // namespace broadcast
