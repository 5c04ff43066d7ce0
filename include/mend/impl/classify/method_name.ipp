// Compares names of methods, and tells which methods send a message.
#pragma once

#include <mend/impl/classify/method_name.hpp>

#include <mend/detail/pattern.hpp>
#include <mend/impl/classify/token.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <new>

namespace mend::detail {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t longest_method = 128;  // bytes; longer words are not names

constexpr bool ends_in_request(std::string_view name) noexcept
{
    constexpr auto suffix = "request"sv;
    return name.size() >= suffix.size() && std::ranges::equal(name.substr(name.size() - suffix.size()), suffix, {}, to_lower);
}

/// Returns the name without namespace and suffix. Empty only for an empty name.
constexpr std::string_view bare(std::string_view name) noexcept
{
    if (auto const end = name.find_last_of(".:/"); end != std::string_view::npos && end + 1 < name.size())
        name.remove_prefix(end + 1);
    // More than once: "SendCustomRequestRequest" is the class of a method whose name ends in "Request".
    while (name.size() > "request"sv.size() && ends_in_request(name))
        name.remove_suffix("request"sv.size());
    return name;
}

constexpr int compare_bare(std::string_view a, std::string_view b) noexcept
{
    auto const common = std::min(a.size(), b.size());
    for (std::size_t at = 0; at < common; ++at) {
        auto const left = static_cast<unsigned char>(to_lower(a[at]));
        auto const right = static_cast<unsigned char>(to_lower(b[at]));
        if (left != right)
            return left < right ? -1 : 1;
    }
    return a.size() == b.size() ? 0 : a.size() < b.size() ? -1 : 1;
}

struct known_method {
    std::string_view name;
    bool puts_message;
};

constexpr known_method listed_methods[] = {
#include <mend/impl/classify/sending_methods.inc>
};

constexpr auto known_methods = [] {
    auto methods = std::to_array(listed_methods);
    for (auto& method : methods)
        method.name = bare(method.name);
    return methods;
}();

static_assert(std::ranges::is_sorted(known_methods,
                                     [](auto const& a, auto const& b) { return compare_bare(a.name, b.name) < 0; }));

constexpr bool is_capital(char c) noexcept
{
    return c >= 'A' && c <= 'Z';
}

/// Returns the letters, digits, underscores and dots from a position on, without the dot that ends a sentence.
std::string_view identifier_at(std::string_view text, std::size_t begin) noexcept
{
    auto end = begin;
    while (end < text.size() && (is_word_character(text[end]) || text[end] == '.'))
        ++end;
    while (end > begin && text[end - 1] == '.')
        --end;
    return text.substr(begin, end - begin);
}

/// Returns true for "messages.sendMessage", "contacts.search", "GetUsersRequest" and "sendMessage"; false for an English word, an
/// exception ("NewConnectionError") or a host.
bool looks_like_method(std::string_view name) noexcept
{
    if (name.empty() || name.size() > longest_method || !is_word_character(name.front()) || is_digit(name.front()))
        return false;
    auto const last_dot = name.rfind('.');
    auto const own = last_dot == std::string_view::npos ? name : name.substr(last_dot + 1);
    if (own.empty() || own.ends_with("Error") || own.ends_with("Exception"))
        return false;
    auto const has_hump =
        std::ranges::adjacent_find(own, [](char a, char b) { return a >= 'a' && a <= 'z' && is_capital(b); }) != own.end();
    bool const has_one_namespace = last_dot != std::string_view::npos && name.find('.') == last_dot;
    return has_hump || has_one_namespace;
}

}  // namespace

int compare_methods(std::string_view a, std::string_view b) noexcept
{
    return compare_bare(bare(a), bare(b));
}

bool puts_message(std::string_view method) noexcept
{
    auto const name = bare(method);
    auto const found =
        std::ranges::lower_bound(known_methods, name, [](auto a, auto b) { return compare_bare(a, b) < 0; }, &known_method::name);
    if (found != known_methods.end() && compare_bare(found->name, name) == 0)
        return found->puts_message;
    return std::ranges::any_of(std::array{"send"sv, "forward"sv, "copy"sv}, [name](std::string_view verb) {
        return name.size() >= verb.size() && compare_bare(name.substr(0, verb.size()), verb) == 0;
    });
}

bool is_wrapper(std::string_view name) noexcept
{
    auto const own = bare(name);
    for (auto const prefix : {"invoke"sv, "initconnection"sv}) {
        if (own.size() >= prefix.size() && compare_bare(own.substr(0, prefix.size()), prefix) == 0)
            return true;
    }
    return false;
}

std::string_view method_at(std::string_view text, std::size_t position) noexcept
{
    auto const name = identifier_at(text, position);
    return looks_like_method(name) ? name : std::string_view{};
}

}  // namespace mend::detail
