// What mend makes of one error, and what it would do about it.
#pragma once

#include <mend/action.hpp>
#include <mend/category.hpp>
#include <mend/classifier.hpp>
#include <mend/failure.hpp>
#include <mend/policy.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace explain {

/// Who brought the error. `detect`: a JSON object of the Bot API or of TDLib says so itself, all else is RPC.
enum class source : std::uint8_t { detect, rpc, bot_api, tdlib };

struct origin {
    source from = source::detect;
    std::optional<int> code;  ///< the RPC code, or the Bot API's error_code
    int http_status = 0;      ///< of the Bot API's answer
};

struct explained {
    std::string text;  ///< as it was given
    source from{};     ///< who brought it; never `detect`
    mend::failure what;
    mend::explanation why;
    mend::policy policy;         ///< the default one of the category
    mend::action act{};          ///< the policy's, or what this error wants instead
    std::string method{};        ///< that the error names; empty: none
    std::string unknown_name{};  ///< an RPC error name that the catalogue does not know; empty where there is none
    bool success = false;        ///< a reply of the Bot API that says "ok":true

    [[nodiscard]] bool recognised() const noexcept { return success || why.rule.has_value(); }
};

[[nodiscard]] explained explain_text(std::string_view text, origin const&);

/// "wait: 37s as told, then retry; at most 5 retries".
[[nodiscard]] std::string action_in_words(explained const&);

/// The default policy of a category in words, where nothing more is known.
[[nodiscard]] std::string action_in_words(mend::category);

/// What the account does now: "its operations of messages.sendMessage wait 37s, all others go on".
[[nodiscard]] std::string account_in_words(explained const&);
[[nodiscard]] std::string account_in_words(mend::category);

/// A paragraph of aligned lines.
[[nodiscard]] std::string to_text(explained const&);
[[nodiscard]] nlohmann::ordered_json to_json(explained const&);

}  // namespace explain
