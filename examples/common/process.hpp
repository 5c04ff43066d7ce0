// The first steps of every program.
#pragma once

#include <vector>

namespace common {

/// Must be the first call in main, before anything opens a file:
/// - opens closed descriptors from 0 to 2 on /dev/null; otherwise the next file, such as a journal, could get the number 2, and
///   error messages would be written to it;
/// - ignores SIGPIPE and SIGXFSZ: a write that fails returns an error instead;
/// - makes new files readable by their owner only, because they contain chats, texts and tokens.
void prepare_process() noexcept;

/// The signals that stop a program in good order: SIGINT, SIGTERM and SIGHUP. Excludes SIGHUP if it was ignored when the
/// program started, as under nohup.
[[nodiscard]] std::vector<int> stop_signals();

}  // namespace common
