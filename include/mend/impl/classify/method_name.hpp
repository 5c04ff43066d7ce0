// Compares names of methods, and tells which methods send a message.
#pragma once

#include <cstddef>
#include <string_view>

namespace mend::detail {

/// Returns a value below 0, 0 or above 0: a strict weak order in which names are equal that differ only in namespace
/// ("contacts.ResolveUsername"), case or a suffix "Request" ("ResolveUsernameRequest"). The empty name comes first. No
/// allocation.
[[nodiscard]] int compare_methods(std::string_view a, std::string_view b) noexcept;

[[nodiscard]] inline bool same_method(std::string_view a, std::string_view b) noexcept
{
    return compare_methods(a, b) == 0;
}

/// Returns whether the method makes a new message appear in a chat: sendMessage, forwardMessages, copyMessage and similar methods
/// of the API, the Bot API and TDLib. Reactions, votes, typing, edits, deletions, login codes and payment forms do not. An
/// unknown method that begins with send, forward or copy counts as one; the empty name does not. No allocation.
[[nodiscard]] bool puts_message(std::string_view method) noexcept;

/// Returns whether the method carries another request, so that no error is about it: Invoke..., InitConnection...
[[nodiscard]] bool is_wrapper(std::string_view method) noexcept;

/// Returns the method that begins at a position: "messages.sendMessage", "GetUsersRequest", "sendMessage". Empty if an ordinary
/// word, an exception ("NewConnectionError") or a host begins there.
[[nodiscard]] std::string_view method_at(std::string_view text, std::size_t position) noexcept;

}  // namespace mend::detail
