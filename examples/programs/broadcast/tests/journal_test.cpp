// The journal: what survives a crash at any point, and what it refuses.
#include "journal.hpp"

#include "common/input.hpp"

#include "mentions.hpp"

#include "support/catch.hpp"
#include "support/scratch_directory.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace broadcast;
using support::scratch_directory;

namespace {

constexpr campaign_identity mine{0x1234, 99};

struct scratch_file {
    [[nodiscard]] std::filesystem::path path() const { return directory / "journal"; }

    scratch_directory directory;
};

void write(std::filesystem::path const& path, std::initializer_list<journal_record> records)
{
    journal_file file(path, mine);
    for (auto const& record : records)
        file.append(journal_file::encode(record));
    file.sync();
}

std::string complaint(std::filesystem::path const& path, campaign_identity identity = mine)
{
    try {
        journal_file const opened(path, identity);
    } catch (common::input_error const& error) {
        return error.what();
    }
    return "none";
}

}  // namespace

TEST_CASE("what was recorded is known again", "[journal]")
{
    scratch_file const scratch;
    using enum journal_event;
    write(scratch.path(), {{intent, 1, "a"},
                           {delivered, 1, "", 77},
                           {intent, 2, "a"},
                           {not_sent, 2, "refused", 0},
                           {intent, 3, "b"},
                           {unknown, 3, "reset"},
                           {intent, 4, "b"}});
    journal_file const again(scratch.path(), mine);
    CHECK(again.history().of(1) == fate::delivered);
    CHECK(again.history().of(2) == fate::not_sent);
    CHECK(again.history().of(3) == fate::unknown);
    CHECK(again.history().of(4) == fate::unknown);
    CHECK(mentions(again.history().detail_of(4), "started by b"));
    CHECK(again.history().of(5) == fate::untried);
}

TEST_CASE("a message that may have arrived stays in doubt until one attempt has arrived", "[journal]")
{
    using enum journal_event;
    journal_history history;
    for (auto const& record : {journal_record{intent, 1, "a"}, {unknown, 1, "reset"}, {intent, 1, "a"}, {not_sent, 1, "refused"}})
        history.apply(record);
    CHECK(history.of(1) == fate::unknown);
    history.apply({delivered, 1, ""});
    history.apply({intent, 1, "a"});
    CHECK(history.of(1) == fate::delivered);
}

TEST_CASE("a journal cut anywhere by a crash opens, and knows every whole line", "[journal]")
{
    scratch_file const scratch;
    using enum journal_event;
    write(scratch.path(), {{intent, 1, "a"}, {delivered, 1, "", 70}, {intent, 2, "a"}, {delivered, 2, "", 71}});
    auto const whole = common::read_file(scratch.path());
    for (std::size_t length = 0; length < whole.size(); ++length) {
        std::ofstream(scratch.path(), std::ios::binary | std::ios::trunc) << whole.substr(0, length);
        {
            journal_file file(scratch.path(), mine);
            // Never less than what whole lines say; an intent alone is unknown, never untried.
            auto const lines = std::count(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length), '\n');
            CHECK(file.history().of(1) == (lines >= 3 ? fate::delivered : lines == 2 ? fate::unknown : fate::untried));
            CHECK(file.history().of(2) == (lines >= 4 ? fate::unknown : fate::untried));
            file.append(journal_file::encode({intent, 9, "a"}));
        }
        journal_file const again(scratch.path(), mine);
        CHECK(again.history().of(9) == fate::unknown);
    }
}

TEST_CASE("a journal that is damaged before its end is refused", "[journal]")
{
    scratch_file const scratch;
    using enum journal_event;
    write(scratch.path(), {{intent, 1, "a"}, {delivered, 1, "", 70}, {intent, 2, "a"}});
    auto text = common::read_file(scratch.path());
    text[text.find("delivered")] = 'X';
    std::ofstream(scratch.path(), std::ios::binary | std::ios::trunc) << text;
    CHECK(mentions(complaint(scratch.path()), "journal:3: the journal is corrupt at this line"));
}

TEST_CASE("a journal of other messages and a file that is not a journal are refused and left unchanged", "[journal]")
{
    scratch_file const scratch;
    write(scratch.path(), {{journal_event::intent, 1, "a"}});
    CHECK(mentions(complaint(scratch.path(), {0x1235, 99}), "belongs to another messages file"));
    for (auto const* text : {"my diary\n", "my diary\nmore\n"}) {
        std::ofstream(scratch.path(), std::ios::trunc) << text;
        CHECK(mentions(complaint(scratch.path()), "not a journal of this program"));
        CHECK(common::read_file(scratch.path()) == text);
    }
}

TEST_CASE("only one process holds a journal", "[journal]")
{
    scratch_file const scratch;
    {
        journal_file const held(scratch.path(), mine);
        CHECK(mentions(complaint(scratch.path()), "in use by another broadcast"));
    }
    CHECK(complaint(scratch.path()) == "none");
}

TEST_CASE("inspecting a journal neither creates nor changes it", "[journal]")
{
    scratch_file const scratch;
    CHECK(journal_file::inspect(scratch.path(), mine).of(1) == fate::untried);
    CHECK_FALSE(std::filesystem::exists(scratch.path()));
    write(scratch.path(), {{journal_event::intent, 1, "a"}});
    std::ofstream(scratch.path(), std::ios::app) << "torn";
    auto const before = common::read_file(scratch.path());
    CHECK(journal_file::inspect(scratch.path(), mine).of(1) == fate::unknown);
    CHECK(common::read_file(scratch.path()) == before);
}

TEST_CASE("a told wait is known again, with its account and moment", "[journal]")
{
    scratch_file const scratch;
    write(scratch.path(), {{journal_event::wait, 0, "a", 5000}, {journal_event::wait, 7, "b", 6000}});
    journal_file const again(scratch.path(), mine);
    REQUIRE(again.history().waits().size() == 2);
    CHECK(again.history().waits()[0].account == "a");
    CHECK(again.history().waits()[1].line == 7);
    CHECK(again.history().waits()[1].until.time_since_epoch() == std::chrono::seconds(6));
}

TEST_CASE("the rest of a wait is never longer than the told wait, even if the clock was changed", "[journal]")
{
    using namespace std::chrono_literals;
    scratch_file const scratch;
    write(scratch.path(), {{.what = journal_event::wait, .detail = "a", .number = 100'000, .told = 60'000},
                           {.what = journal_event::wait, .detail = "a", .number = 100'000}});
    journal_file const again(scratch.path(), mine);
    REQUIRE(again.history().waits().size() == 2);
    auto const& with_length = again.history().waits()[0];
    auto const& of_older_version = again.history().waits()[1];
    std::chrono::system_clock::time_point const start{40s};
    CHECK(with_length.rest(start) == 60s);
    CHECK(with_length.rest(start + 20s) == 40s);
    CHECK(with_length.rest(start + 61s) <= 0s);
    CHECK(with_length.rest(start - 30s) == 60s);  // the clock was set back: not 90 s
    CHECK(of_older_version.rest(start - 30s) == 90s);
}

TEST_CASE("whose a wait is, is known again", "[journal]")
{
    scratch_file const scratch;
    write(scratch.path(), {{.what = journal_event::wait, .line = 4, .detail = "a", .number = 5000, .groups = true},
                           {.what = journal_event::wait, .line = 5, .detail = "a", .number = 5000}});
    journal_file const again(scratch.path(), mine);
    REQUIRE(again.history().waits().size() == 2);
    CHECK(again.history().waits()[0].groups);
    CHECK_FALSE(again.history().waits()[1].groups);
}

TEST_CASE("the new id of a group is known again, by the message that met it", "[journal]")
{
    scratch_file const scratch;
    using enum journal_event;
    write(scratch.path(), {{intent, 1, "a"},
                           {not_sent, 1, "migrated", -1001},
                           {intent, 1, "a"},
                           {delivered, 1, "", 77},
                           {intent, 2, "a"},
                           {not_sent, 2, "refused"}});
    journal_file const again(scratch.path(), mine);
    CHECK(again.history().of(1) == fate::delivered);
    CHECK(again.history().moves() == std::map<std::size_t, std::int64_t>{{1, -1001}});
}

TEST_CASE("a process killed between intent and result leaves the message unknown", "[journal]")
{
    scratch_file const scratch;
    auto const child = ::fork();
    if (child == 0) {
        asio::io_context io;
        journal books(journal_file(scratch.path(), mine));
        journaled_attempt first(books, 1, "a");
        first.delivered(5);
        journaled_attempt second(books, 2, "a");
        second.may_leave();
        auto wait_then_die = [](journal& waited_for) -> asio::awaitable<void> {
            co_await waited_for.durable();
            ::kill(::getpid(), SIGKILL);
        };
        asio::co_spawn(io, wait_then_die(books), asio::detached);
        io.run();
        ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    journal_file const again(scratch.path(), mine);
    CHECK(again.history().of(1) == fate::delivered);
    CHECK(again.history().of(2) == fate::unknown);
}

TEST_CASE("an attempt that says nothing was not sent before it could leave, and is unknown after", "[journal]")
{
    scratch_file const scratch;
    {
        journal books(journal_file(scratch.path(), mine));
        journaled_attempt const stayed(books, 1, "a");
        journaled_attempt left(books, 2, "a");
        left.may_leave();
    }
    journal_file const again(scratch.path(), mine);
    CHECK(again.history().of(1) == fate::not_sent);
    CHECK(again.history().of(2) == fate::unknown);
}

TEST_CASE("a full disk is reported to the caller, and nothing is written after the torn line", "[journal]")
{
    // /dev/full takes nothing, but cannot be locked and truncated; so the file size is limited instead.
    scratch_file const scratch;
    auto const child = ::fork();
    if (child == 0) {
        ::signal(SIGXFSZ, SIG_IGN);
        rlimit const small{300, 300};
        ::setrlimit(RLIMIT_FSIZE, &small);
        asio::io_context io;
        int failures = 0;
        {
            journal books(journal_file(scratch.path(), mine));
            auto fill = [&](journal& filled) -> asio::awaitable<void> {
                for (std::size_t line = 1; line <= 20; ++line) {
                    filled.write({journal_event::intent, line, "a"});
                    try {
                        co_await filled.durable();
                    } catch (journal_error const&) {
                        ++failures;
                    }
                }
            };
            asio::co_spawn(io, fill(books), asio::detached);
            io.run();
        }
        ::_exit(failures > 10 ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(complaint(scratch.path()) == "none");
}
