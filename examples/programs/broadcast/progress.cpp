#include "progress.hpp"

#include "common/output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include <sys/ioctl.h>
#include <unistd.h>

namespace broadcast {
namespace {

using seconds = std::chrono::duration<double>;

double rate_of(tally const& counts, std::chrono::steady_clock::duration elapsed)
{
    auto const passed = seconds(elapsed).count();
    return passed < 0.5 ? 0 : static_cast<double>(counts.delivered_now) / passed;
}

std::string time_left(tally const& counts, double rate)
{
    auto const open = counts.total - std::min(counts.total, counts.delivered + counts.failed + counts.not_sent);
    if (open == 0)
        return counts.not_sent == 0 ? "done" : fmt::format("{} not sent", counts.not_sent);
    if (rate <= 0)
        return "time left unknown";
    auto const left = std::lround(static_cast<double>(open) / rate);
    if (left < 60)
        return fmt::format("{} s left", left);
    if (left < 3600)
        return fmt::format("{}:{:02} min left", left / 60, left % 60);
    return fmt::format("{}:{:02} h left", left / 3600, left / 60 % 60);
}

std::size_t columns_of(int terminal)
{
    winsize size{};
    return ::ioctl(terminal, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

std::string progress_line(tally const& counts, std::chrono::steady_clock::duration elapsed)
{
    auto const rate = rate_of(counts, elapsed);
    return fmt::format("{}/{} sent, {} waiting, {} failed, {:.1f}/s, {}", counts.delivered, counts.total,
                       counts.in_flight - std::min(counts.in_flight, counts.attempting), counts.failed, rate,
                       time_left(counts, rate));
}

std::string progress_bar(tally const& counts, std::chrono::steady_clock::duration elapsed, std::size_t columns)
{
    auto text = progress_line(counts, elapsed);
    constexpr std::size_t narrowest = 10;
    if (columns < text.size() + narrowest + 4)
        return text.substr(0, columns > 0 ? columns - 1 : 0);
    auto const width = std::min<std::size_t>(columns - text.size() - 4, 40);
    auto const part = [&](std::size_t count) { return counts.total == 0 ? width : width * count / counts.total; };
    auto const done = part(counts.delivered);
    auto const failed = part(counts.delivered + counts.failed) - done;
    return fmt::format("[{}{}{}] {}", std::string(done, '#'), std::string(failed, 'x'), std::string(width - done - failed, '.'),
                       text);
}

progress::progress(asio::any_io_executor executor, campaign const& shown, int out)
    : timer_(executor), campaign_(shown), out_(out), is_terminal_(::isatty(out) == 1)
{
}

asio::awaitable<void> progress::run()
{
    auto const pause = is_terminal_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(3000);
    for (;;) {
        show();
        timer_.expires_after(pause);
        co_await timer_.async_wait(asio::use_awaitable);
    }
}

void progress::show()
{
    auto const elapsed = std::chrono::steady_clock::now() - start_;
    if (is_terminal_)
        common::print_if_ready(out_, fmt::format("\r{}\x1b[K", progress_bar(campaign_.counts(), elapsed, columns_of(out_))));
    else
        common::print_if_ready(out_, progress_line(campaign_.counts(), elapsed) + '\n');
}

void progress::finish()
{
    show();
    if (is_terminal_)
        common::print_if_ready(out_, "\n");
}

void progress::say(std::string const& line)
{
    common::print_if_ready(out_, (is_terminal_ ? "\r\x1b[K" : "") + line + '\n');
}

}  // namespace broadcast
