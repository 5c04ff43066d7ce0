// The journal for the sender: no attempt starts before its intent is on disk, and the sending thread never blocks on the
// disk.
#pragma once

#include "common/io.hpp"
#include "journal_file.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace broadcast {

/// The journal cannot be written: nothing more may be sent.
class journal_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Appends records in its own thread; records that arrive while the disk is busy share the next sync.
/// Thread-safe, except for close() and the destructor.
class journal {
public:
    explicit journal(journal_file file);
    journal(journal const&) = delete;
    journal& operator=(journal const&) = delete;
    ~journal();

    /// Writes the remaining records and waits for that; `failure()` is final then. Later records are lost.
    void close();

    /// The content when the journal was opened.
    [[nodiscard]] journal_history const& history() const noexcept { return file_.history(); }

    /// Queues a record; returns at once.
    void write(journal_record const&);

    /// Returns when everything queued before it is on disk. Throws journal_error, and system_error(operation_aborted) on
    /// cancellation; the records are written nevertheless. One thread at a time must run the caller's executor.
    asio::awaitable<void> durable();

    /// Why the journal cannot be written; empty while it can.
    [[nodiscard]] std::string failure() const;

private:
    /// One wait: on a timer that never expires, until the writer cancels it.
    struct waiter {
        explicit waiter(asio::any_io_executor executor);
        asio::steady_timer wake;
        bool done = false;
    };

    void run();

    journal_file file_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::string queued_;
    std::vector<std::shared_ptr<waiter>> waiting_;
    std::string failure_;
    bool stopping_ = false;
    std::thread writer_;
};

/// One attempt in the journal: queues the intent, and ensures that exactly one result follows. If the owner records none,
/// the result is `not_sent` before `may_leave()`, and `unknown` after it.
class journaled_attempt {
public:
    journaled_attempt(journal&, std::size_t line, std::string_view account);
    journaled_attempt(journaled_attempt const&) = delete;
    journaled_attempt& operator=(journaled_attempt const&) = delete;
    ~journaled_attempt();

    /// From here on the request may have been sent.
    void may_leave() noexcept { silent_ = journal_event::unknown; }
    [[nodiscard]] bool may_have_left() const noexcept { return silent_ == journal_event::unknown; }

    void delivered(std::int64_t message_id);
    /// `new_chat`: the id that the message's chat has now, if the server named one.
    void not_sent(std::string why, std::int64_t new_chat = 0);
    void unknown(std::string why, std::int64_t new_chat = 0);

private:
    void end(journal_record const&);

    journal& journal_;
    std::size_t line_;
    journal_event silent_ = journal_event::not_sent;
    bool ended_ = false;
};

}  // namespace broadcast
