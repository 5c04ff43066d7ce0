// One rule of a classifier: what it matches, and what it then says.
#pragma once

#include <mend/classification.hpp>
#include <mend/detail/pattern.hpp>
#include <mend/failure.hpp>
#include <mend/impl/classify/error_text.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <system_error>
#include <typeinfo>
#include <variant>

namespace mend::detail {

/// What a rule says when it matches. What it leaves open comes from the failure, or from the category.
struct rule_result {
    category what = category::unknown;
    std::optional<scope> where{};
    std::optional<delivery> delivered{};
    std::optional<action> instead{};
    std::optional<std::chrono::milliseconds> wait{};  ///< a wait that belongs to the rule, or that it read
    std::optional<std::int64_t> number{};
};

struct name_match {
    pattern text;
    bool alone = false;  ///< an ordinary word: a name only where nothing else is said, "Timeout" or "500: TIMEOUT"
};

/// Where in a text a message is looked for.
enum class reach : std::uint8_t {
    anywhere,   ///< a user's rule sees the whole text
    words,      ///< whole words in what text_reader lets read
    sentence,   ///< likewise, and only where a sentence begins
    beginning,  ///< likewise, and only where the text begins, or a Bot API description in it
};

struct message_match {
    pattern text;                     ///< in small letters
    evidence up_to = evidence::name;  ///< it does not read failures that tell more than this
    reach where = reach::anywhere;
};

struct code_match {
    int first = 0;
    int last = 0;
};

struct error_match {
    std::error_code error;
};

struct condition_match {
    std::error_condition condition;
};

struct type_match {
    bool (*is_a)(std::exception_ptr const&);
    std::type_info const* type;
};

/// A user's rule in code.
struct predicate_match {
    std::function<std::optional<classification>(failure const&)> ask;
};

/// mend's own rule in code. Sees the text as it was parsed; `stated.code` is the failure's code wherever it has one.
struct native_match {
    std::optional<rule_result> (*ask)(failure const&, error_text const& stated);
    char const* description;
};

struct rule {
    using matcher = std::variant<name_match, message_match, code_match, error_match, condition_match, type_match, predicate_match,
                                 native_match>;
    matcher match;
    rule_result says{};
};

/// How an exception type is read that mend does not know: a rule of classifier::describe.
struct describer {
    bool (*is_a)(std::exception_ptr const&);
    std::function<failure(std::exception_ptr const&)> describe;
};

/// The rule in words, "the name FLOOD_WAIT_{seconds}": what explain() shows.
[[nodiscard]] std::string to_text(rule const&);

}  // namespace mend::detail
