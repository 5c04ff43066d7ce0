// The journal on disk: which messages were about to be sent, and the result of each.
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

/// What is known about one message. A value never decreases: a message that may have arrived stays so after any later
/// attempt, until an attempt is known to have delivered it.
enum class fate : std::uint8_t {
    untried,    ///< no attempt is recorded
    not_sent,   ///< all attempts are known to have had no effect
    unknown,    ///< an attempt may have had an effect: its result is missing or unknown
    delivered,  ///< Telegram accepted it
};

/// Identifies the messages file that a journal belongs to.
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
    std::string detail;       ///< intent, wait: the account; otherwise the server's text
    std::int64_t number = 0;  ///< delivered: the message id that Telegram gave; wait: until when, in unix milliseconds;
                              ///< not_sent, unknown: the new id of the message's chat, 0 if the server named none
    std::int64_t told = 0;    ///< wait: how long, in milliseconds; 0: not recorded (by versions before this field)
    bool groups = false;      ///< wait: holds every group, not only the line's chat
};

/// A wait that the server asked for and that must survive a restart.
struct told_wait {
    std::string account;
    std::size_t line = 0;
    bool groups = false;
    std::chrono::system_clock::time_point until;
    std::chrono::milliseconds told{0};

    /// The remaining time, at most the told wait even if the clock was set back. Zero or negative if the wait is over.
    [[nodiscard]] std::chrono::milliseconds rest(std::chrono::system_clock::time_point now) const noexcept;
};

/// The content of a journal, by message.
class journal_history {
public:
    void apply(journal_record const&);

    [[nodiscard]] fate of(std::size_t line) const;
    /// The reason that was recorded with the fate; may be empty.
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

/// An append-only file of lines, each with its own checksum. The first binds the file to one messages file. One process at a
/// time holds the lock, until the destructor. Every member blocks.
class journal_file {
public:
    /// Creates the file, or reads it and removes a last line that a crash tore. Throws input_error if it belongs to other
    /// messages, is corrupt before its end, or is locked by another process.
    journal_file(std::filesystem::path, campaign_identity);

    /// Reads without locking, creating or changing anything; a missing file is an empty history.
    [[nodiscard]] static journal_history inspect(std::filesystem::path const&, campaign_identity);

    [[nodiscard]] journal_history const& history() const noexcept { return history_; }

    /// The record as a line of the file.
    [[nodiscard]] static std::string encode(journal_record const&);

    /// Appends encoded lines; they survive the end of this process, but not yet a power cut.
    void append(std::string_view lines);
    /// Makes all appended lines durable. Both functions throw std::system_error.
    void sync();

private:
    std::filesystem::path path_;
    descriptor file_;
    journal_history history_;
};

}  // namespace broadcast
