// How mend classifies one error, and how it handles it.
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

/// Where the error comes from. `detect`: a JSON object of the Bot API or TDLib shows it; any other text is RPC.
enum class source : std::uint8_t { detect, rpc, bot_api, tdlib };

struct origin {
    source from = source::detect;
    std::optional<int> code;  ///< the RPC code, or the Bot API's error_code
    int http_status = 0;      ///< of the Bot API's answer
};

struct explained {
    std::string text;  ///< as it was given
    source from{};     ///< never `detect`
    mend::failure what;
    mend::explanation why;
    mend::policy policy;         ///< the default one of the category
    mend::action act{};          ///< the policy's, or the one that the rule sets instead
    std::string method{};        ///< the method in the error; empty: none
    std::string unknown_name{};  ///< an RPC error name that is not in the catalogue; empty: none
    bool success = false;        ///< a Bot API reply with "ok":true

    [[nodiscard]] bool recognised() const noexcept { return success || why.rule.has_value(); }
};

[[nodiscard]] explained explain_text(std::string_view text, origin const&);

/// "wait: 37s as requested, then retry; at most 5 retries".
[[nodiscard]] std::string action_in_words(explained const&);

/// The default policy of a category in words.
[[nodiscard]] std::string action_in_words(mend::category);

/// What the account does now: "waits: calls of messages.sendMessage resume after 37s; all others continue".
[[nodiscard]] std::string account_in_words(explained const&);
[[nodiscard]] std::string account_in_words(mend::category);

/// One paragraph with aligned lines.
[[nodiscard]] std::string to_text(explained const&);
[[nodiscard]] nlohmann::ordered_json to_json(explained const&);

}  // namespace explain
