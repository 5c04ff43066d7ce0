// Rules that map a failure to a category: by exception type, error code, RPC code, RPC error name or text.
#pragma once

#include <mend/category.hpp>
#include <mend/classification.hpp>
#include <mend/detail/export.hpp>
#include <mend/failure.hpp>
#include <mend/scope.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <typeinfo>
#include <utility>

namespace mend {

namespace detail {
class compiled_rules;
struct rule;
struct rule_access;
}  // namespace detail

/// A classification and the rule that decided it.
struct explanation {
    classification says;
    std::optional<std::size_t> rule;  ///< the rule's index in the classifier, from 0; empty if none matched
    std::string because;              ///< the rule in words: "the name FLOOD_WAIT_{seconds}"
};

/// A list of rules; the first that matches wins. A new classifier has none. The rules are compiled into an index on first
/// use: ten rules and ten thousand cost the same.
///
/// In a pattern, {seconds}, {minutes} and {number} each match one whole run of digits; the first two set `retry_after`, the
/// third sets `number`.
///
/// Thread safety: const members are thread-safe; a copy shares the rules until one of the two is modified.
class MEND_API classifier {
public:
    classifier();
    classifier(classifier const&) noexcept;
    classifier(classifier&&) noexcept;
    classifier& operator=(classifier const&) noexcept;
    classifier& operator=(classifier&&) noexcept;
    ~classifier();

    /// Returns the rules of the eight basic categories, without Telegram's catalogue.
    [[nodiscard]] static classifier basic();

    /// Matches exceptions of this type and of types derived from it.
    template <class Exception>
    classifier& when(category what)
    {
        return when_type(&is_a<Exception>, typeid(Exception), what);
    }

    /// Registers a reader for an exception type that mend does not know: `describe(Exception const&) -> failure` sets code,
    /// message, retry_after and so on. It runs before every rule; `when<E>` still sees the original exception. The first
    /// reader that fits the exception's type is called; one that throws is skipped. It also reads errors that operations
    /// return as values, such as the error of a std::expected; for types that mend cannot read by itself, see
    /// mend::described.
    template <class Exception, class Describe>
    classifier& describe(Describe reader)
    {
        return add_describer(&is_a<Exception>, [read = std::move(reader)](std::exception_ptr const& thrown) -> failure {
            try {
                std::rethrow_exception(thrown);
            } catch (Exception const& exception) {
                return read(exception);
            }
        });
    }

    /// Matches this error; codes of the system and the generic category with the same value are the same error.
    classifier& when_error(std::error_code, category);
    classifier& when_error(std::error_condition, category);  ///< matches every equivalent error

    /// Matches the code that the failure carries, or that its text states ("[420 FLOOD_WAIT_X] - ...").
    classifier& when_code(int code, category);
    classifier& when_code(int first, int last, category);  ///< inclusive at both ends

    /// Matches a whole RPC error name at every place in the text at which an error's name can occur: "FLOOD_WAIT_{seconds}"
    /// matches neither NOT_FLOOD_WAIT_3 nor FLOOD_WAIT_3_TIMES, and nothing in a quotation, a URL or a Bot API description
    /// that quotes the sender. It also matches the forms that clients write: "FLOOD_WAIT_X ... A wait of 37 seconds",
    /// "FLOOD_WAIT (37)", "('FLOOD_WAIT', 37)", FloodWaitError. Throws std::invalid_argument if the pattern is empty or
    /// longer than 128 bytes, if a placeholder is unknown, or next to a digit or another placeholder, so that it could never
    /// match, or if a pattern with placeholders has more than 16 numbers.
    classifier& when_name(std::string_view pattern, category, std::optional<scope> = {});

    /// Matches anywhere in the text, ignoring case. Throws as when_name does, but accepts patterns of any length.
    classifier& when_message(std::string_view pattern, category, std::optional<scope> = {});

    /// Adds a rule in code. An exception that it throws counts as no match. If the failure states no `code` or no `method`,
    /// the rule gets those that the failure's text names.
    classifier& when(std::function<std::optional<classification>(failure const&)>);

    /// Appends the rules of another classifier.
    classifier& then(classifier later);

    /// Returns the meaning of the failure; `unknown` if nothing matches. Never throws. A failure that holds an exception and
    /// no description of it is described first, as failure_of does.
    [[nodiscard]] classification classify(failure const&) const noexcept;

    /// Returns the meaning of the failure and the rule that decided it, for logs and tools. Thread-safe. Throws
    /// std::bad_alloc.
    [[nodiscard]] explanation explain(failure const&) const;

    /// Returns the RPC error name in the failure's text that none of these rules names, probably a new one of Telegram's.
    /// Empty if there is none. A view into the failure's message. Never throws.
    [[nodiscard]] std::string_view unknown_name(failure const&) const noexcept;

    /// Returns the exception as the rules see it: read by the first `describe` that fits, else by mend itself
    /// (operation_error, std::system_error, what()). If the outer one of nested exceptions carries only text, the inner ones
    /// are read, too. `exception` is always the argument; a `method` that is not stated is taken from the text. Never throws.
    [[nodiscard]] failure failure_of(std::exception_ptr) const noexcept;

private:
    friend struct detail::rule_access;

    using type_test = bool (*)(std::exception_ptr const&);
    using describer = std::function<failure(std::exception_ptr const&)>;

    template <class Exception>
    static bool is_a(std::exception_ptr const& thrown)
    {
        try {
            std::rethrow_exception(thrown);
        } catch (Exception const&) {
            return true;
        } catch (...) {
            return false;
        }
    }

    classifier& when_type(type_test, std::type_info const&, category);
    classifier& add_describer(type_test, describer);
    classifier& add(detail::rule);
    detail::compiled_rules& own_rules();
    detail::compiled_rules const& rules() const;

    std::shared_ptr<detail::compiled_rules> rules_;
};

}  // namespace mend
