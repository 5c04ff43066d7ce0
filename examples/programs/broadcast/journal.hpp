// The journal as the sender uses it: no attempt starts before its intent is on the disk, and no send waits for a disk
// in the thread that sends.
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

/// The journal cannot be written: nothing may be sent any more.
class journal_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Appends records from a thread of its own; all that come while the disk is busy share the next sync.
/// Thread safety: any thread, but for close(), which the destructor calls too.
class journal {
public:
    explicit journal(journal_file file);
    journal(journal const&) = delete;
    journal& operator=(journal const&) = delete;
    ~journal();

    /// Writes what is left and waits for it; `failure()` is final then. What is written later is lost.
    void close();

    /// What was known when the journal was opened.
    [[nodiscard]] journal_history const& history() const noexcept { return file_.history(); }

    /// Queues a record; returns at once.
    void write(journal_record const&);

    /// Ends when everything queued before it is on the disk. Throws journal_error, and system_error(operation_aborted)
    /// on cancellation; the records are written all the same. One thread at a time runs the caller's executor.
    asio::awaitable<void> durable();

    /// Why nothing can be written any more; empty while all is well.
    [[nodiscard]] std::string failure() const;

private:
    /// Somebody waits on that timer, which never expires, until the writer cancels it.
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

/// One attempt's place in the journal: queues the intent, and sees to it that exactly one result follows. Without a
/// word from the owner the result is `not_sent` until `may_leave()`, and `unknown` after it.
class journaled_attempt {
public:
    journaled_attempt(journal&, std::size_t line, std::string_view account);
    journaled_attempt(journaled_attempt const&) = delete;
    journaled_attempt& operator=(journaled_attempt const&) = delete;
    ~journaled_attempt();

    /// From here on the request may be on its way.
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
