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

/// A classification, and where it comes from.
struct explanation {
    classification says;
    std::optional<std::size_t> rule;  ///< the rule's number in the classifier, from 0; nothing where none matched
    std::string because;              ///< the rule in words: "the name FLOOD_WAIT_{seconds}"
};

/// Rules in order; the first that matches wins; a new one has none. The rules are compiled into an index on first use:
/// ten rules or ten thousand cost the same.
///
/// In a pattern {seconds}, {minutes} and {number} each stand for one whole run of digits; the first two become
/// `retry_after`, the third becomes `number`.
///
/// Thread safety: const members from any number of threads; a copy shares the rules until one of the two is changed.
class MEND_API classifier {
public:
    classifier();
    classifier(classifier const&) noexcept;
    classifier(classifier&&) noexcept;
    classifier& operator=(classifier const&) noexcept;
    classifier& operator=(classifier&&) noexcept;
    ~classifier();

    /// The eight basic categories alone, without Telegram's catalogue.
    [[nodiscard]] static classifier basic();

    /// Exceptions of this type, and of what derives from it.
    template <class Exception>
    classifier& when(category what)
    {
        return when_type(&is_a<Exception>, typeid(Exception), what);
    }

    /// Tells how to read an exception type that mend does not know: `describe(Exception const&) -> failure` fills in
    /// code, message, retry_after and so on. Runs before every rule; `when<E>` still sees the original exception. The
    /// first that fits the exception's type is asked; one that throws is passed over. Errors that operations return as values, as the
    /// error of a std::expected, are read by it, too (of types that mend cannot read by itself: see mend::described).
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

    /// This very error; codes of the system's and the generic category with one value are one error.
    classifier& when_error(std::error_code, category);
    classifier& when_error(std::error_condition, category);  ///< every error that is equivalent to it

    /// The code that the failure carries, or that its text states ("[420 FLOOD_WAIT_X] - ...").
    classifier& when_code(int code, category);
    classifier& when_code(int first, int last, category);  ///< inclusive at both ends

    /// A whole RPC error name, wherever an error's name may stand in the text: "FLOOD_WAIT_{seconds}" matches neither
    /// NOT_FLOOD_WAIT_3 nor FLOOD_WAIT_3_TIMES, and nothing in a quotation, a URL or a Bot API description that quotes the
    /// sender. Also as clients write it: "FLOOD_WAIT_X ... A wait of 37 seconds", "FLOOD_WAIT (37)", "('FLOOD_WAIT', 37)",
    /// FloodWaitError. Throws std::invalid_argument when the pattern is empty or longer than 128 bytes, when a
    /// placeholder is unknown, or stands beside a digit or another placeholder, so that it could never match, and when
    /// there are more than 16 numbers in a pattern with placeholders.
    classifier& when_name(std::string_view pattern, category, std::optional<scope> = {});

    /// Anywhere in the text, upper and lower case alike. Throws as when_name does, but takes patterns of any length.
    classifier& when_message(std::string_view pattern, category, std::optional<scope> = {});

    /// A rule in code. An exception that it throws counts as no match. If the failure states no `code` or no `method`, it sees
    /// those that the failure's text names.
    classifier& when(std::function<std::optional<classification>(failure const&)>);

    /// Appends the other's rules behind the own ones.
    classifier& then(classifier later);

    /// What the failure means; `unknown` where nothing matches. Never throws. A failure that holds an exception and
    /// nothing that describes it is described first, as failure_of does.
    [[nodiscard]] classification classify(failure const&) const noexcept;

    /// What the failure means and which rule said so; for people, in logs and tools. Thread-safe. Throws
    /// std::bad_alloc.
    [[nodiscard]] explanation explain(failure const&) const;

    /// The RPC error name in the failure's text that none of these rules names: something new of Telegram's, worth a look.
    /// Empty where there is none. A view into the failure's message. Never throws.
    [[nodiscard]] std::string_view unknown_name(failure const&) const noexcept;

    /// The exception as the rules see it: read by the first `describe` that fits, else by mend itself (operation_error,
    /// std::system_error, what()). Of a nested exception whose outer one says nothing but text, the inner ones are read
    /// too. `exception` is always the one passed in; a `method` that nobody stated is the one that the text names. Never
    /// throws.
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
