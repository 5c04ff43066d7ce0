// A Telegram of its own: accounts with sessions and connections, data centres, proxies, limits, and a memory of every id.
// It knows nothing of mend.
#pragma once

#include "clock.hpp"
#include "plan.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace simulation {

struct request {
    unsigned operation = 0;
    unsigned attempt = 1;
    unsigned account = 0;
    std::string_view method;
    std::int64_t peer = 0;
    std::int64_t id = 0;  ///< 0: it carries none
    bool reply = false;
    bool stubborn = false;
    bool nested = false;  ///< a question inside a callback
};

struct reply {
    said what = said::ok;
    int number = 0;
    std::string_view method{};  ///< the one that the error names
};

class telegram {
public:
    telegram(plan const&, clock&);

    /// Sends, and waits for the reply. Throws operation_aborted when it is cancelled, unless the request is stubborn.
    [[nodiscard]] asio::awaitable<reply> send(request);

    // What a client's callbacks do. What comes back is what they meet: said::nothing, if no answer comes at all.
    void disconnect(unsigned account);
    reply connect(unsigned account);
    reply rotate(unsigned account);
    reply log_in(unsigned account);
    void ask(unsigned account, unsigned data_centre);
    [[nodiscard]] reply ping(unsigned account);

    /// A client that has just connected finds its connection as dead as before.
    void connect_in_vain(unsigned account);

    /// The proxy that it uses now.
    [[nodiscard]] unsigned proxy_of(unsigned account) const { return subscribers_[account].proxy; }

    /// What the world does; the user's own acts are none of its business.
    void befall(planned_act const&);

    /// How often the message of an operation has been delivered.
    [[nodiscard]] unsigned delivered(unsigned operation) const;

    /// Accounts that were banned because they kept sending in spite of told waits.
    [[nodiscard]] unsigned banned_for_ignoring() const noexcept { return banned_for_ignoring_; }

    /// So many requests into told waits are forgiven.
    static constexpr unsigned patience = 12;

private:
    /// A request on its way. Its client sleeps on the timer.
    struct wire {
        explicit wire(asio::any_io_executor const& executor) : timer{executor, asio::steady_timer::time_point::max()} {}
        asio::steady_timer timer;
        bool answered = false;
        bool broken = false;
        bool lost = false;  // no answer comes
    };

    struct window {
        double tokens = 0;
        ms filled{0};
        ms told{0};   // when the client has learned of the wait
        ms until{0};
    };

    /// How something is out of order, and until when.
    enum class fault : std::uint8_t {
        refuses,  ///< at once: 5xx of a server, a proxy's own refusal, a connection that is reset
        resets,   ///< accepts, and closes
        hangs,    ///< accepts, and says nothing
    };
    enum class place : std::uint8_t { client, proxy, server };
    struct trouble_spot {
        place where{};
        fault how{};
        ms until{0};
    };

    enum class wiring : std::uint8_t { alive, resets, hangs };

    struct subscriber {
        bool banned = false;
        bool session_lost = false;
        bool session_duplicated = false;
        bool connected = true;
        ms closed_at{-1'000'000};
        wiring line = wiring::alive;  // a dead one stays dead until it is made anew
        ms heals_at{0};               // where the client does that by itself
        trouble_spot broken{};
        ms limited_until{0};
        unsigned proxy = 0;
        unsigned server = 0;
        unsigned data_centre = 0;  // where it lives
        unsigned asked = 0;        // where its client asks
        unsigned ignored = 0;
        std::map<std::string, window, std::less<>> windows;
        std::map<std::int64_t, ms> chats;  // when the next message may go to a slow chat
        std::vector<std::weak_ptr<wire>> wires;
    };

    struct message {
        ms done{0};  // until then the first request is being worked on
    };

    struct verdict {
        reply answer;
        ms after{0};
    };

    verdict judge(request const&);
    [[nodiscard]] verdict judge_session(subscriber const&, ms takes) const;
    verdict judge_limits(request const&, randomness&);
    verdict judge_chance(request const&, randomness&);
    verdict accept(request const&, ms takes);
    void store(request const&, ms done);
    void cut_wires(subscriber&);
    void count_ignored(subscriber&);
    [[nodiscard]] std::optional<trouble_spot> fault_of(subscriber const&) const;
    [[nodiscard]] static reply answer_to(trouble_spot, randomness&);
    void kill_proxy(unsigned proxy, trouble_spot);
    void kill_line(subscriber&, trouble_spot);

    plan const& night_;
    clock& clock_;
    randomness dice_;
    std::vector<subscriber> subscribers_;
    std::vector<trouble_spot> dead_proxies_;
    std::vector<trouble_spot> outages_;  // of servers
    std::uint64_t connects_ = 0;
    std::map<std::pair<std::pair<unsigned, std::int64_t>, std::int64_t>, message> messages_;  // by account, chat and id
    std::map<unsigned, unsigned> delivered_;
    unsigned banned_for_ignoring_ = 0;
};

}  // namespace simulation
