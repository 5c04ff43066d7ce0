// The requirements on an operation, and how an attempt of it begins.
#pragma once

#include <mend/asio.hpp>
#include <mend/attempt.hpp>

#include <concepts>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace mend {
namespace detail {
inline namespace MEND_BACKEND {

template <class T>
inline constexpr bool is_awaitable = false;
template <class T>
inline constexpr bool is_awaitable<asio::awaitable<T>> = true;

/// An operation that takes its attempt.
template <class Operation>
concept takes_attempt = std::invocable<Operation&, attempt&>;

template <class Operation>
[[nodiscard]] auto invoke_operation(Operation& operation, [[maybe_unused]] attempt* which)
{
    if constexpr (takes_attempt<Operation>)
        return std::invoke(operation, *which);
    else
        return std::invoke(operation);
}

/// T of the awaitable<T> that the operation returns.
template <class Operation>
using operation_result = typename decltype(invoke_operation(std::declval<Operation&>(), nullptr))::value_type;

/// A type-erased reference to an operation, so that the cold part is compiled once for each T, not for each operation.
template <class T>
class operation_view {
public:
    template <class Operation>
        requires(!std::same_as<Operation, operation_view>)
    explicit operation_view(Operation& operation) noexcept
        : operation_{std::addressof(operation)}, invoke_{[](void* which_operation, attempt* which) {
              return invoke_operation(*static_cast<Operation*>(which_operation), which);
          }}
    {
    }

    [[nodiscard]] asio::awaitable<T> operator()(attempt* which) const { return invoke_(operation_, which); }

private:
    void* operation_;
    asio::awaitable<T> (*invoke_)(void*, attempt*);
};

}  // namespace MEND_BACKEND
}  // namespace detail
}  // namespace mend
