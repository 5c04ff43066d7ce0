// The imitated Bot API itself: decides what each request does and logs it, without any network.
#pragma once

#include "answers.hpp"
#include "clock.hpp"
#include "faults.hpp"
#include "limits.hpp"
#include "parameters.hpp"
#include "request_log.hpp"
#include "waits.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace bot_api_server {

/// Has one bot per token. Thread-safe: requests are decided one at a time, in the order of the log.
///
/// If the log exists, the server continues where it ended: it takes sequence, message ids, blocked chats, waits in force
/// and the position in the fault plan from it.
class bot_api {
public:
    struct settings {
        std::vector<std::string> tokens;
        std::filesystem::path log;
        fault_plan faults;
        bool enforce_limits = false;
    };

    /// Throws std::runtime_error if the log cannot be read or written, or a token is given twice.
    explicit bot_api(settings);

    /// `arguments` is null if they could not be read.
    [[nodiscard]] answer handle(std::string_view token, std::string_view method, parameters const* arguments);
    /// A request whose path is not that of a bot.
    [[nodiscard]] answer handle_unknown_path();

    /// Takes a token or its label; returns false if no bot has it.
    bool set_revoked(std::string_view token_or_label, bool revoked);
    [[nodiscard]] std::string stats() const;
    void log_start();
    void log_stop();

    [[nodiscard]] std::chrono::milliseconds longest_silence() const noexcept { return faults_.longest_silence(); }

private:
    struct registered_bot {
        std::string token;
        std::string label;
        bool revoked = false;
    };
    struct message {
        std::size_t bot;
        std::int64_t chat;
        std::string text;
    };

    void add_bot(std::string token);
    void resume(std::vector<log_record> const& earlier);
    [[nodiscard]] std::optional<std::size_t> find_by_token(std::string_view token) const;
    [[nodiscard]] std::optional<std::size_t> find_by_label(std::string_view label) const;

    answer decide(std::string_view token, std::string_view method, parameters const* arguments, log_record&);
    [[nodiscard]] answer get_me(std::size_t bot) const;
    answer send_message(std::size_t bot, parameters const& arguments, log_record&);
    std::optional<answer> refuse(message const&, log_record&);
    answer commit(dealt_fault const&, message const&, log_record&);
    answer deliver(message const&, log_record&);
    answer tell(wait const&, std::string_view fault, log_record&);
    bool is_blocked(std::int64_t chat);
    [[nodiscard]] log_record begin_record();
    answer finish(log_record&, answer);
    void count(log_record const&);

    mutable std::mutex mutex_;
    steady_wall_clock clock_;
    std::vector<registered_bot> bots_;
    fault_plan faults_;
    bool enforce_limits_;
    waits waits_;
    published_limits limits_;
    std::set<std::int64_t> blocked_chats_;
    std::map<std::int64_t, std::int64_t> last_message_ids_;
    std::uint64_t sequence_ = 0;
    std::uint64_t draws_ = 0;
    std::optional<moment> first_draw_;
    std::uint64_t delivered_ = 0;
    std::uint64_t during_wait_ = 0;
    std::map<std::string, std::uint64_t> fault_counts_;
    request_log log_;
};

} // namespace bot_api_server
