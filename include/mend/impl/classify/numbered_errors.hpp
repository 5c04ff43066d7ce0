// The rules for errors of libcurl and Windows, and statuses of HTTP, by their numbers.
#pragma once

namespace mend {
class classifier;
}

namespace mend::detail {

/// Adds rules for errors that a library prints with their number. The words beside the number do not matter: they can be in any
/// language.
void add_numbered_errors(classifier&);

}  // namespace mend::detail
