// The most frequent texts of a stream, in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace explain {

/// Counts texts, at most `capacity` of them at a time: where a new one finds no room it takes the place of the rarest,
/// and inherits its count as a possible error (the Space-Saving algorithm). A text that makes up more than one in
/// `capacity` of all is never lost.
class frequent {
public:
    struct entry {
        std::string text;              ///< as it was first met
        std::uint64_t at_most = 0;     ///< times
        std::uint64_t inherited = 0;   ///< as many of them may have been another text
        std::uint64_t first_line = 0;  ///< where it was first met since it has a place
        std::string_view note{};       ///< what was given with it

        [[nodiscard]] std::uint64_t at_least() const noexcept { return at_most - inherited; }
    };

    explicit frequent(std::size_t capacity);

    /// `key`: texts with the same one are counted as one; without it, equal ones are.
    /// `note` is kept as it is, and must live as long.
    void count(std::string_view text, std::uint64_t line) { count(text, text, line, {}); }
    void count(std::string_view key, std::string_view text, std::uint64_t line, std::string_view note);

    /// The most frequent first, by the count that is certain; at most so many.
    [[nodiscard]] std::vector<entry> top(std::size_t most) const;
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] bool overflowed() const noexcept { return overflowed_; }

private:
    std::size_t capacity_;
    struct hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view key) const noexcept { return std::hash<std::string_view>{}(key); }
    };

    std::vector<entry> entries_;
    std::unordered_map<std::string, std::size_t, hash, std::equal_to<>> places_;
    std::vector<std::string> keys_;  ///< of the entries
    bool overflowed_ = false;
};

}  // namespace explain
