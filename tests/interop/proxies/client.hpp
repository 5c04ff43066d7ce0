// One libcurl handle, as a sender uses it, and what mend makes of how its transfers end.
#pragma once

#include <mend/telegram/bot_api.hpp>
#include <mend/telegram/curl.hpp>
#include <mend/telegram/rules.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace proxies {

using namespace std::chrono_literals;

/// "connection, not_sent"
inline std::string meaning_of(mend::failure const& what)
{
    auto const says = mend::telegram::rules().classify(what);
    return std::string(to_string(says.what)) + ", " + std::string(to_string(says.delivered));
}

/// How a transfer ended.
struct ending {
    CURLcode result = CURLE_OK;
    long proxy_error = CURLPX_OK;
    long connect_status = 0;
    long status = 0;
    std::string body;
    std::string text;         ///< libcurl's own
    std::string by_handle;    ///< what it means: category and delivery, as the handle alone tells it
    std::string by_guard;     ///< the same by the guard, where there was one
    std::string by_response;  ///< the same of an answer that came and was no JSON of Telegram's

    /// Both agree, as they nearly always do, or both are shown.
    [[nodiscard]] std::string meaning() const
    {
        return by_guard.empty() || by_guard == by_handle ? by_handle : by_handle + "; by the guard: " + by_guard;
    }
};

/// Does something in a thread of its own as soon as a condition holds, while this object lives.
class meanwhile {
public:
    meanwhile(std::function<bool()> condition, std::function<void()> action)
        : thread_([this, condition = std::move(condition), action = std::move(action)] {
              while (!over_) {
                  if (condition())
                      return action();
                  std::this_thread::sleep_for(1ms);
              }
          })
    {
    }
    ~meanwhile()
    {
        over_ = true;
        thread_.join();
    }
    meanwhile(meanwhile const&) = delete;
    meanwhile& operator=(meanwhile const&) = delete;

private:
    std::atomic<bool> over_ = false;
    std::thread thread_;
};

class client {
public:
    /// Through a proxy; "" is none. `tunnel`: CONNECT also for plain http.
    explicit client(std::string proxy = {}, bool tunnel = true) : through_proxy_(!proxy.empty())
    {
        set(CURLOPT_PROXY, proxy.c_str());
        set(CURLOPT_NOPROXY, "");
        set(CURLOPT_HTTPPROXYTUNNEL, tunnel ? 1L : 0L);
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
        set(CURLOPT_POSTFIELDS, R"({"text":"hello"})");
        set(CURLOPT_ERRORBUFFER, text_.data());
        set(CURLOPT_WRITEFUNCTION, &on_body);
        set(CURLOPT_WRITEDATA, &body_);
    }
    client(client const&) = delete;
    client& operator=(client const&) = delete;

    /// With a guard, and for https one that watches the tunnel.
    ending post(std::string const& url, std::chrono::milliseconds timeout = 60s)
    {
        mend::telegram::curl_send_guard guard{easy_.get()};
        if (url.starts_with("https:") && !guard.watch_tunnel())
            throw std::runtime_error("libcurl's TLS does not tell when it begins");
        auto ended = perform(url, timeout);
        ended.by_guard = meaning_of(mend::telegram::curl_failure(ended.result, guard, through_proxy_, ended.text));
        refused_ = guard.refused();
        return ended;
    }

    ending post_unguarded(std::string const& url, std::chrono::milliseconds timeout = 60s) { return perform(url, timeout); }

    /// Lets the transfer time out, with ever more time until the condition holds: so that it ends in the phase that is
    /// meant also on a busy machine.
    template <class Condition>
    ending post_until_timeout(std::string const& url, Condition const& got_there)
    {
        for (auto timeout = 200ms;; timeout *= 2) {
            auto ended = post(url, timeout);
            if (got_there() || timeout > 60s)
                return ended;
        }
    }

    [[nodiscard]] bool refused() const noexcept { return refused_; }  ///< did the last guard refuse a second request?
    [[nodiscard]] CURL* handle() const noexcept { return easy_.get(); }

private:
    template <class Value>
    void set(CURLoption option, Value value)
    {
        if (auto const code = curl_easy_setopt(easy_.get(), option, value); code != CURLE_OK)
            throw std::runtime_error(curl_easy_strerror(code));
    }

    ending perform(std::string const& url, std::chrono::milliseconds timeout)
    {
        using namespace mend::telegram;
        set(CURLOPT_URL, url.c_str());
        set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
        body_.clear();
        text_[0] = '\0';
        ending ended;
        ended.result = curl_easy_perform(easy_.get());
        ended.text = text_.data();
        ended.body = body_;
        curl_easy_getinfo(easy_.get(), CURLINFO_PROXY_ERROR, &ended.proxy_error);
        curl_easy_getinfo(easy_.get(), CURLINFO_HTTP_CONNECTCODE, &ended.connect_status);
        curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &ended.status);
        ended.by_handle = meaning_of(curl_failure(ended.result, easy_.get(), through_proxy_, ended.text));
        if (ended.status != 0)
            ended.by_response = meaning_of(bot_api_failure(static_cast<int>(ended.status), 0, ended.body));
        return ended;
    }

    static std::size_t on_body(char const* bytes, std::size_t size, std::size_t count, void* body)
    {
        static_cast<std::string*>(body)->append(bytes, size * count);
        return size * count;
    }

    std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy_{curl_easy_init(), curl_easy_cleanup};
    std::array<char, CURL_ERROR_SIZE> text_{};
    std::string body_;
    bool through_proxy_ = false;
    bool refused_ = false;
};

}  // namespace proxies
