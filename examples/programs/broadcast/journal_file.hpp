// The journal on disk: which messages were about to be sent, and what became of each.
#pragma once

#include "durable_file.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace broadcast {

/// What is known of one message. A later value is never taken back by an earlier one: a message that may have arrived
/// stays so, whatever a later attempt meets, until one is known to have arrived.
enum class fate : std::uint8_t {
    untried,    ///< no attempt was ever recorded
    not_sent,   ///< attempts were made, and all are known to have had no effect
    unknown,    ///< an attempt may have had an effect: its result is missing, or said so
    delivered,  ///< Telegram accepted it
};

/// The messages file that a journal belongs to.
struct campaign_identity {
    std::uint64_t digest = 0;
    std::size_t bytes = 0;

    friend bool operator==(campaign_identity const&, campaign_identity const&) = default;
};

enum class journal_event : std::uint8_t { intent, delivered, not_sent, unknown, wait };

/// One line of the journal.
struct journal_record {
    journal_event what = journal_event::intent;
    std::size_t line = 0;     ///< the message; wait: the one whose chat is held, 0 for the whole account
    std::string detail;       ///< intent, wait: the account; else what the server said
    std::int64_t number = 0;  ///< delivered: the message id that Telegram gave; wait: until when, in unix milliseconds;
                              ///< not_sent, unknown: the new id of the message's chat, 0 if the server named none
    std::int64_t told = 0;    ///< wait: how long, in milliseconds; 0: not recorded (by versions before this field)
    bool groups = false;      ///< wait: holds every group, not only the line's chat
};

/// A wait that the server told and that must outlive a restart.
struct told_wait {
    std::string account;
    std::size_t line = 0;
    bool groups = false;
    std::chrono::system_clock::time_point until;
    std::chrono::milliseconds told{0};

    /// The remaining time, at most the told wait even if the clock was set back. Zero or negative if the wait is over.
    [[nodiscard]] std::chrono::milliseconds rest(std::chrono::system_clock::time_point now) const noexcept;
};

/// What a journal says, message by message.
class journal_history {
public:
    void apply(journal_record const&);

    [[nodiscard]] fate of(std::size_t line) const;
    /// What was recorded with the fate: a reason, or nothing.
    [[nodiscard]] std::string const& detail_of(std::size_t line) const;
    [[nodiscard]] std::vector<told_wait> const& waits() const noexcept { return waits_; }
    /// The new ids of chats, by the line of a message that was sent to the old one.
    [[nodiscard]] std::map<std::size_t, std::int64_t> const& moves() const noexcept { return moves_; }

private:
    struct message_state {
        fate known = fate::untried;
        bool open = false;  ///< an intent without a result
        std::string detail;
    };
    std::unordered_map<std::size_t, message_state> states_;
    std::vector<told_wait> waits_;
    std::map<std::size_t, std::int64_t> moves_;
};

/// An append-only file of lines, each with its own checksum. The first binds the file to one messages file. One
/// process at a time holds it. Every member blocks; the destructor lets go of the lock.
class journal_file {
public:
    /// Creates the file, or reads what is there and cuts off a last line that a crash tore. Throws input_error when
    /// it belongs to other messages, is damaged before its end, or is held by another process.
    journal_file(std::filesystem::path, campaign_identity);

    /// Reads without lock, without creating or changing anything; an absent file is an empty history.
    [[nodiscard]] static journal_history inspect(std::filesystem::path const&, campaign_identity);

    [[nodiscard]] journal_history const& history() const noexcept { return history_; }

    /// The line as it stands in the file.
    [[nodiscard]] static std::string encode(journal_record const&);

    /// Appends encoded lines; they survive the end of this process, but not yet that of the machine.
    void append(std::string_view lines);
    /// Everything appended survives from here on. Both throw std::system_error.
    void sync();

private:
    std::filesystem::path path_;
    descriptor file_;
    journal_history history_;
};

}  // namespace broadcast
