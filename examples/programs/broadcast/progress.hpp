// Shows how the campaign is doing: a bar on a terminal, a line every few seconds elsewhere.
#pragma once

#include "campaign.hpp"
#include "common/io.hpp"

#include <chrono>
#include <string>

namespace broadcast {

/// The text of the display, without its end: "[#####.....] 150/300 sent, 12 waiting, 3 failed, 31.2/s, 5 s left".
[[nodiscard]] std::string progress_bar(tally const&, std::chrono::steady_clock::duration elapsed, std::size_t columns);
[[nodiscard]] std::string progress_line(tally const&, std::chrono::steady_clock::duration elapsed);

class progress {
public:
    /// Writes to the descriptor, which may be a terminal. The campaign outlives the object. Nothing is ever thrown or waited
    /// for because of the output: what cannot be written at once is dropped.
    progress(asio::any_io_executor, campaign const&, int out);
    progress(progress const&) = delete;
    progress& operator=(progress const&) = delete;

    /// Shows the state again and again, until cancelled.
    asio::awaitable<void> run();

    /// Shows the state a last time, and leaves the terminal's line.
    void finish();

    /// Prints a line of its own without tearing the bar.
    void say(std::string const& line);

private:
    void show();

    asio::steady_timer timer_;
    campaign const& campaign_;
    int out_;
    bool is_terminal_;
    std::chrono::steady_clock::time_point const start_ = std::chrono::steady_clock::now();
};

}  // namespace broadcast
