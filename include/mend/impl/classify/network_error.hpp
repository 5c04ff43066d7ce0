// Tells the errors of the network from all others.
#pragma once

#include <mend/delivery.hpp>

#include <optional>
#include <system_error>

namespace mend::detail {

/// Is its value an errno? So it is in the categories of the system, under whichever library's name.
[[nodiscard]] bool holds_errno(std::error_code const&) noexcept;

/// The errno that the error is, in a category of the system's or in one that maps to it; 0: it is none.
[[nodiscard]] int errno_of(std::error_code const&) noexcept;

/// For an error of the network, whether anything can have been sent when it is met: not_sent for what happens while
/// a name is resolved or a connection made, else unknown. Nothing for any other error.
///
/// Asio's categories are known by their names, so that neither Asio nor OpenSSL is needed here.
[[nodiscard]] std::optional<delivery> network_error(std::error_code const&) noexcept;

}  // namespace mend::detail
