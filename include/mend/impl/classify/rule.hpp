// One rule of a classifier: what it matches, and its result.
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

/// The result of a rule that matches. Members without a value are taken from the failure or the category.
struct rule_result {
    category what = category::unknown;
    std::optional<scope> where{};
    std::optional<delivery> delivered{};
    std::optional<action> instead{};
    std::optional<std::chrono::milliseconds> wait{};  ///< a wait that belongs to the rule, or that it has read
    std::optional<std::int64_t> number{};
};

struct name_match {
    pattern text;
    bool alone = false;  ///< an ordinary word, a name only if it is the whole text: "Timeout", "500: TIMEOUT"
};

/// Where a message is searched in a text.
enum class reach : std::uint8_t {
    anywhere,   ///< in the whole text: a user's rule
    words,      ///< whole words in what text_reader reads
    sentence,   ///< likewise, but only at the beginning of a sentence
    beginning,  ///< likewise, but only at the beginning of the text, or of a Bot API description in it
};

struct message_match {
    pattern text;                     ///< in small letters
    evidence up_to = evidence::name;  ///< it does not match failures that state more than this
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

/// mend's own rule in code. It receives the parsed text; `stated.code` is the failure's code if that has one.
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

/// A rule of classifier::describe: how exceptions of a type are read that mend does not know.
struct describer {
    bool (*is_a)(std::exception_ptr const&);
    std::function<failure(std::exception_ptr const&)> describe;
};

/// Returns the rule in words, "the name FLOOD_WAIT_{seconds}", for explain().
[[nodiscard]] std::string to_text(rule const&);

}  // namespace mend::detail
