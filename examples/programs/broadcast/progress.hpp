// Shows the progress: a bar on a terminal, otherwise a line every few seconds.
#pragma once

#include "campaign.hpp"
#include "common/io.hpp"

#include <chrono>
#include <string>

namespace broadcast {

/// The text of the display: "[#####.....] 150/300 sent, 12 waiting, 3 failed, 31.2/s, 5 s left".
[[nodiscard]] std::string progress_bar(tally const&, std::chrono::steady_clock::duration elapsed, std::size_t columns);
[[nodiscard]] std::string progress_line(tally const&, std::chrono::steady_clock::duration elapsed);

class progress {
public:
    /// Writes to the descriptor, which may be a terminal. The campaign must outlive the object. Output never throws or blocks:
    /// text that cannot be written immediately is dropped.
    progress(asio::any_io_executor, campaign const&, int out);
    progress(progress const&) = delete;
    progress& operator=(progress const&) = delete;

    /// Updates the display until cancelled.
    asio::awaitable<void> run();

    /// Updates the display a last time, and ends its line.
    void finish();

    /// Prints a separate line without breaking the bar.
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
