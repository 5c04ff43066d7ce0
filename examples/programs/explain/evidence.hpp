// Does this line of a log hold an error of Telegram or of the way to it?
#pragma once

#include "records.hpp"

#include <mend/classification.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace explain {

enum class line_kind : std::uint8_t {
    ordinary,      ///< no error, as far as can be seen
    unrecognised,  ///< it has an error word, but no rule knows what is wrong
    error,
};

struct finding {
    line_kind kind = line_kind::ordinary;
    mend::classification says{};
    std::string text{};          ///< of the error, digits as #, printable: what is shown of it
    std::string key{};           ///< errors with the same one are one row: without_details()
    std::string unknown_name{};  ///< an RPC error name that the catalogue does not know
    std::string_view rule{};     ///< of what kind the rule is that decided: see kind_of_rule()
    std::string method{};        ///< that the error names
};

/// Counts as an error, in this order:
///
/// 1. a JSON object of the Bot API ("ok":false) or of TDLib ("@type":"error"), and the status that a client writes beside the
///    address of a bot's method; but what a server writes of a request that it has answered itself is none (after 2.);
/// 2. a name of the catalogue as a whole word;
/// 3. a sentence of the Bot API or of a client: "Too Many Requests: retry after 37";
/// 4. an unknown name where a client writes an RPC error: "[400 NEW_NAME]", "420: NEW_NAME";
/// 5. a Bot API description ("Bad Request: ..."), a page with the status of an error, words that no setting has ("dial tcp",
///    "curl: (28)", "getaddrinfo EAI_AGAIN"), a status that "Telegram API" has answered, what urllib3 and httpcore write of a failed
///    request, and "no internet" in front of all else;
/// 6. what any other rule reads in the line (the network's and proxies' words, a code), if the line also has an error
///    word (error, warning, exception, failed, ECONNRESET, ...), not taken back ("no error", "error=0"), and no level below it (INFO,
///    DEBUG) in front of it, unless it is INFO of a Telegram client's own logger. "connected to proxy" is no error;
/// 7. the same in the message that the log's own format quotes (msg="...").
///
/// `traced`: the line is the last one of a traceback, and so an error.
[[nodiscard]] finding look_at(std::string_view line, bool traced = false);

/// The same of lines that belong together: of the first of its parts that is an error, else of the first with an error
/// word. `line` becomes the number of that part's line.
[[nodiscard]] finding look_at(record const&, std::uint64_t& line);

/// That part; the first one where none is an error.
[[nodiscard]] record::part deciding_part(record const&);

/// Of a text of several lines what says what the error is: the deciding part of its last traceback, printed object or
/// exception with a stack. All of it where there is none: a page, say.
[[nodiscard]] std::string deciding_text(std::string_view text);

/// The kind of the rule that this explanation names: "name", "text", "code", "error" (an error_code), "exception",
/// "adapter" (who described the failure knew it) or "other".
[[nodiscard]] std::string_view kind_of_rule(std::string_view because) noexcept;

}  // namespace explain
