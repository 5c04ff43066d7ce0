// Recognizes error codes of the network.
#pragma once

#include <mend/delivery.hpp>

#include <optional>
#include <system_error>

namespace mend::detail {

/// Returns whether the category is the system's, of any library.
[[nodiscard]] bool is_systems(std::error_category const&) noexcept;

/// Returns the errno of an error of the system's categories, or of one that maps to them; else 0.
[[nodiscard]] int errno_of(std::error_code const&) noexcept;

/// Returns the errno that means the same as an error of Windows; 0 if there is none.
/// Source: "Windows Sockets Error Codes" and "System Error Codes" of Microsoft's documentation.
[[nodiscard]] int errno_of_windows(int error) noexcept;

/// Returns, for an error of the network, whether the request can have been sent: not_sent for errors while a name is resolved or
/// a connection is made, else unknown. Returns nothing for any other error.
///
/// Compares the names of Asio's categories, so that neither Asio nor OpenSSL is needed here.
[[nodiscard]] std::optional<delivery> network_error(std::error_code const&) noexcept;

}  // namespace mend::detail
