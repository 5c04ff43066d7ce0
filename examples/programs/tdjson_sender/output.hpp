// What this program prints: without secrets and escape sequences, and nothing is thrown if it cannot be printed.
#pragma once

#include <string>

namespace tdjson_sender {

/// A line on standard output, with the system before the next begins, so that a kill loses none. If the reader is slow, the
/// line waits and the sending goes on.
void print(std::string const& line);

/// Waits until every line is printed, and complains if that is not possible.
void finish_printing();

/// The text on standard error; several lines stay several.
void print_error(std::string const& text);

/// The same behind the program's name, dropped if it would have to wait for a reader.
void complain(std::string const& text);

}  // namespace tdjson_sender
