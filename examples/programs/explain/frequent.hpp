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

/// Counts at most `capacity` texts at a time: a new text without room replaces the rarest and inherits its count as a
/// possible error (the Space-Saving algorithm). A text that makes up more than one in `capacity` of all is never lost.
class frequent {
public:
    struct entry {
        std::string text;              ///< as first seen
        std::uint64_t at_most = 0;     ///< times
        std::uint64_t inherited = 0;   ///< of these, how many may belong to another text
        std::uint64_t first_line = 0;  ///< where it was first seen since it is counted
        std::string_view note{};       ///< the note of its first count

        [[nodiscard]] std::uint64_t at_least() const noexcept { return at_most - inherited; }
    };

    explicit frequent(std::size_t capacity);

    /// Texts with the same `key` are counted as one; the key is the text unless it is given.
    /// `note` is not copied and must outlive this object.
    void count(std::string_view text, std::uint64_t line) { count(text, text, line, {}); }
    void count(std::string_view key, std::string_view text, std::uint64_t line, std::string_view note);

    /// At most that many texts, the most frequent first, by their certain counts.
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
