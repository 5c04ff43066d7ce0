// Decides whether a line of a log reports an error of Telegram or of the network on the way to it.
#pragma once

#include "records.hpp"

#include <mend/classification.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace explain {

enum class line_kind : std::uint8_t {
    ordinary,      ///< not recognisably an error
    unrecognised,  ///< it has an error word, but no rule matches
    error,
};

struct finding {
    line_kind kind = line_kind::ordinary;
    mend::classification says{};
    std::string text{};          ///< the error as shown: digits as #, printable
    std::string key{};           ///< errors with the same key share a row: without_details()
    std::string unknown_name{};  ///< an RPC error name that is not in the catalogue
    std::string_view rule{};     ///< the kind of the rule that matched: see kind_of_rule()
    std::string method{};        ///< the method in the error
};

/// A line is an error if it has, in this order:
///
/// 1. a JSON object of the Bot API ("ok":false) or of TDLib ("@type":"error"), or the status that a client logs with the URL of a
///    bot's method; except (after 2.) a server's line about a request that it has answered itself;
/// 2. a name of the catalogue as a whole word;
/// 3. a sentence of the Bot API or of a client: "Too Many Requests: retry after 37";
/// 4. an unknown name in the form of an RPC error: "[400 NEW_NAME]", "420: NEW_NAME";
/// 5. a Bot API description ("Bad Request: ..."), a page with the status of an error, words that no setting has ("dial tcp",
///    "curl: (28)", "getaddrinfo EAI_AGAIN"), a status in a reply of "Telegram API", a phrase of urllib3 or httpcore for a failed
///    request, or "no internet" before everything else;
/// 6. anything that another rule matches (words about the network and proxies, a code), if the line also has an error word
///    (error, warning, exception, failed, ECONNRESET, ...) that is not negated ("no error", "error=0"), and no lower level (INFO,
///    DEBUG) before it, except INFO of a Telegram client's own logger. "connected to proxy" is not an error;
/// 7. the same in the message that the log's format quotes (msg="...").
///
/// `traced`: the line is the last one of a traceback, and therefore an error.
[[nodiscard]] finding look_at(std::string_view line, bool traced = false);

/// The same for an entry: for the first of its parts that is an error, otherwise the first with an error word. Sets `line` to
/// the number of that part's line.
[[nodiscard]] finding look_at(record const&, std::uint64_t& line);

/// That part; the first one if none is an error.
[[nodiscard]] record::part deciding_part(record const&);

/// The part of a text of several lines that describes the error: the deciding part of its last traceback, printed object or
/// exception with a stack; the whole text if it has none, such as a page.
[[nodiscard]] std::string deciding_text(std::string_view text);

/// The kind of the rule in this explanation: "name", "text", "code", "error" (an error_code), "exception",
/// "adapter" (the code that described the failure) or "other".
[[nodiscard]] std::string_view kind_of_rule(std::string_view because) noexcept;

}  // namespace explain
