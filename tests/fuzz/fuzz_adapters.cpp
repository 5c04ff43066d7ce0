// Any answer of the Bot API, of TDLib, and any exception: what the adapters state must be what the rules then say.
#include "fuzz.hpp"

#include <mend/classifier.hpp>
#include <mend/errors.hpp>
#include <mend/impl/classify/error_text.hpp>
#include <mend/telegram/bot_api.hpp>
#include <mend/telegram/names.hpp>
#include <mend/telegram/rules.hpp>
#include <mend/telegram/tdlib.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <limits>
#include <stdexcept>
#include <system_error>

using namespace std::chrono_literals;
using mend::category;

namespace {

bool same(mend::classification const& a, mend::classification const& b)
{
    return a.what == b.what && a.retry_after == b.retry_after && a.retry_at == b.retry_at && a.number == b.number &&
           a.where == b.where && a.delivered == b.delivered && a.instead == b.instead;
}

/// What holds of every failure that an adapter makes.
mend::classification check(mend::failure const& made)
{
    auto const rules = mend::telegram::rules();
    auto const says = rules.classify(made);
    CLAIM(same(says, rules.explain(made).says));
    CLAIM(!says.retry_after || *says.retry_after >= 1s);
    if (made.known) {
        CLAIM(says.what == *made.known);
        CLAIM(mend::classifier::basic().classify(made).what == *made.known);
    }
    if (made.delivered)
        CLAIM(says.delivered == *made.delivered);
    if (made.retry_after)
        CLAIM(says.retry_after && *says.retry_after >= std::max<std::chrono::milliseconds>(1s, *made.retry_after));
    static auto const own = mend::classifier{}
                                .when_code(std::numeric_limits<int>::min(), std::numeric_limits<int>::max(), category::custom_0)
                                .then(rules);
    if (made.code != 0)
        CLAIM(own.classify(made).what == category::custom_0);

    // Thrown and caught again it is the same.
    auto const thrown = std::make_exception_ptr(mend::operation_error{made});
    auto const caught = rules.failure_of(thrown);
    CLAIM(caught.exception == thrown);
    CLAIM(caught.code == made.code && caught.retry_after == made.retry_after && caught.number == made.number);
    CLAIM(caught.known == made.known && caught.where == made.where && caught.delivered == made.delivered);
    CLAIM(!caught.message.empty());
    if (!made.message.empty()) {
        CLAIM(caught.message == made.message);
        CLAIM(same(rules.classify(caught), says));
    }
    mend::failure undescribed;
    undescribed.exception = thrown;
    CLAIM(same(rules.classify(undescribed), rules.classify(caught)));
    return says;
}

void check_bot_api(fuzz::input& in)
{
    auto const status = in.code();
    auto const code = in.code();
    std::optional<int> wait;
    std::optional<std::int64_t> moved;
    auto const flags = in.byte();
    if ((flags & 1U) != 0)
        wait = (flags & 4U) != 0 ? in.number<int>() : static_cast<int>(in.byte());
    if ((flags & 2U) != 0)
        moved = in.number<std::int64_t>();
    std::string const text{in.rest()};
    auto const made = mend::telegram::bot_api_failure(status, code, text, wait, moved);
    CLAIM(made.message == text);
    CLAIM(made.code == (code != 0 ? code : status >= 200 && status < 300 ? 0 : status));
    if (wait)
        CLAIM(made.retry_after == std::chrono::seconds{*wait});
    auto const read = mend::telegram::read_retry_after(text);
    CLAIM(!read || *read >= std::chrono::seconds{1});
    auto const as_it_came = mend::telegram::bot_api_failure(status, code, text, text, moved);
    CLAIM(!read || as_it_came.retry_after == read);
    check(as_it_came);
    auto const says = check(made);
    if (moved)
        CLAIM(says.what == category::migrated && says.number == moved);
    else if (code == 0 && (status == 401 || status == 407))
        CLAIM(says.what == category::proxy);
    else if (mend::telegram::is_known_name(mend::detail::error_text::parse(text).name))
        CLAIM(says.what != category::unknown);  // a name decides with any code
    else if (code == 401)
        CLAIM(says.what == category::account_dead || says.what == category::migrated ||
              (says.what == category::permanent && says.where == mend::scope::account));  // the server's api_id is invalid
    else if (code == 404 || code == 409)
        CLAIM(says.what == category::permanent || says.what == category::migrated || says.what == category::session_lost ||
              says.what == category::target_unavailable);
    else if (code == 429 && text.empty() && wait)
        CLAIM(says.what == category::flood_wait && says.where == mend::scope::peer);
}

void check_tdlib(fuzz::input& in)
{
    auto const code = in.code();
    std::string const text{in.rest()};
    auto const made = mend::telegram::tdlib_failure(code, text);
    CLAIM(made.message == text && made.code == code);
    auto const says = check(made);
    if (code == 401 && text == "Unauthorized")
        CLAIM(says.what == category::session_lost);
    if (code == 500 && text == "Request aborted")
        CLAIM(says.what == category::permanent);
}

/// `text` thrown in one of many ways, one inside of the other.
std::exception_ptr thrown(fuzz::input& in, int depth)
{
    auto const kind = in.below(7);
    auto const code = in.code();
    auto const value = static_cast<int>(in.byte());
    std::string const text{in.line()};
    try {
        try {
            if (depth > 0 && !in.empty())
                std::rethrow_exception(thrown(in, depth - 1));
        } catch (...) {
            std::throw_with_nested(std::runtime_error{text});
        }
        switch (kind) {
        case 0:
            throw mend::rpc_error{code, text};
        case 1:
            throw mend::proxy_error{text};
        case 2:
            throw std::system_error{value, std::generic_category(), text};
        case 3:
            throw std::system_error{value, std::system_category()};
        case 4:
            throw std::runtime_error{text};
        case 5:
            throw value;
        default:
            throw mend::operation_error{mend::failure{}};
        }
    } catch (...) {
        return std::current_exception();
    }
}

void check_exceptions(fuzz::input& in)
{
    auto const rules = mend::telegram::rules();
    auto const error = thrown(in, 12);
    auto const made = rules.failure_of(error);
    CLAIM(made.exception == error);
    CLAIM(!made.message.empty());
    mend::failure undescribed;
    undescribed.exception = error;
    CLAIM(same(rules.classify(made), rules.classify(undescribed)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    fuzz::input in{data, size};
    switch (in.below(3)) {
    case 0:
        check_bot_api(in);
        break;
    case 1:
        check_tdlib(in);
        break;
    default:
        check_exceptions(in);
        break;
    }
    return 0;
}
