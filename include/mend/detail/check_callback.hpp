// Accepts any callable as a callback, and explains in one sentence why one does not fit.
#pragma once

#include <mend/asio.hpp>
#include <mend/recovery_request.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

template <class F>
inline constexpr bool takes_request = std::invocable<F&, recovery_request const&>;

template <class F>
inline constexpr bool returns_awaitable = std::is_invocable_r_v<asio::awaitable<void>, F&, recovery_request const&>;

/// The parameter of on_reconnect and similar functions: a callback, made from any suitable callable.
class callback_argument {
public:
    using callback = std::function<asio::awaitable<void>(recovery_request const&)>;

    callback_argument() noexcept = default;
    callback_argument(std::nullptr_t) noexcept {}
    callback_argument(callback run) noexcept : run_{std::move(run)} {}

    template <class F>
        requires(!std::same_as<std::remove_cvref_t<F>, callback_argument> && !std::same_as<std::remove_cvref_t<F>, callback> &&
                 !std::same_as<std::remove_cvref_t<F>, std::nullptr_t>)
    callback_argument(F&& run)
    {
        using callable = std::decay_t<F>;
        static_assert(takes_request<callable>,
                      "mend: a callback takes a mend::recovery_request const&; this one cannot be called so");
        static_assert(
            !takes_request<callable> || returns_awaitable<callable>,
            "mend: a callback returns an asio::awaitable<void>; this one returns something else. A lambda is a coroutine if "
            "co_await or co_return stands in it and -> asio::awaitable<void> before its body");
        static_assert(!returns_awaitable<callable> || std::copy_constructible<callable>,
                      "mend: a callback is kept in a std::function, which copies it, and this one can only be moved: let it hold "
                      "a std::shared_ptr in place of a std::unique_ptr, say");
        if constexpr (returns_awaitable<callable> && std::copy_constructible<callable>)
            run_ = std::forward<F>(run);
    }

    [[nodiscard]] callback take() && noexcept { return std::move(run_); }

private:
    callback run_;
};

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
