// How every program of the examples begins.
#pragma once

#include <vector>

namespace common {

/// Must be the first call of main, before anything opens a file:
/// - descriptors 0 to 2 that are closed are opened on /dev/null; otherwise the next file to be opened, a journal, say, gets
///   the number 2, and complaints are written into it;
/// - SIGPIPE and SIGXFSZ are ignored: a write that fails returns an error, and the program goes on;
/// - new files are readable by their owner only, since they hold chats, texts and tokens.
void prepare_process() noexcept;

/// The signals that stop a program in good order: SIGINT, SIGTERM and SIGHUP. SIGHUP is left out if the program was started
/// with it ignored, as nohup does.
[[nodiscard]] std::vector<int> stop_signals();

}  // namespace common
