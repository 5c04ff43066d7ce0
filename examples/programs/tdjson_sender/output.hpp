// The output of this program: without secrets and escape sequences; no function throws if it cannot be printed.
#pragma once

#include <string>

namespace tdjson_sender {

/// Prints a line on standard output. It reaches the system before the next line, so that a kill loses none. If the reader is
/// slow, the line is kept and the sending continues.
void print(std::string const& line);

/// Waits until every line is printed; prints an error if that fails.
void finish_printing();

/// Prints the text on standard error; it may have several lines.
void print_error(std::string const& text);

/// Prints the text after the program's name on standard error, or drops it if the reader is slow.
void complain(std::string const& text);

}  // namespace tdjson_sender
