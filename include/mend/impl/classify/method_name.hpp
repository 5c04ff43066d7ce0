// What a method's name says: whether two names mean one method, and whether it puts a message before somebody.
#pragma once

#include <cstddef>
#include <string_view>

namespace mend::detail {

/// Below 0, 0 or above 0: a strict weak order in which names are equal that differ only in namespace
/// ("contacts.ResolveUsername"), case or a suffix "Request" ("ResolveUsernameRequest"). The empty name comes first. Compares
/// in place: no allocation.
[[nodiscard]] int compare_methods(std::string_view a, std::string_view b) noexcept;

[[nodiscard]] inline bool same_method(std::string_view a, std::string_view b) noexcept
{
    return compare_methods(a, b) == 0;
}

/// Whether the method puts a message before somebody: sendMessage, forwardMessages, copyMessage and their kin, of the API,
/// the Bot API and TDLib. Reactions, votes, typing, edits, deletions, login codes and payment forms do not. An unknown
/// method that begins with send, forward or copy counts as one; the empty name does not. No allocation.
[[nodiscard]] bool puts_message(std::string_view method) noexcept;

/// It carries another request, and is not what an error is about: Invoke..., InitConnection...
[[nodiscard]] bool is_wrapper(std::string_view method) noexcept;

/// The method that begins at a position: "messages.sendMessage", "GetUsersRequest" and "sendMessage". Empty if it is an
/// ordinary word, an exception ("NewConnectionError") or a host.
[[nodiscard]] std::string_view method_at(std::string_view text, std::size_t position) noexcept;

}  // namespace mend::detail
