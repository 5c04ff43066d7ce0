// A hash table from names to rules that is built once and then only read.
#pragma once

#include <mend/detail/pattern.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace mend::detail {

/// One array with open addressing, at most half full: a lookup reads one or two cache lines; std::unordered_map divides and
/// follows pointers. The programmer chooses the stored names, so the hash needs no protection against collisions. Keeps views of
/// its keys.
class name_table {
public:
    struct entry {
        std::uint32_t rule = 0;
        std::vector<slot> const* slots = nullptr;
    };

    /// Does nothing if the name is present: the first rule wins.
    void add(std::string_view name, entry made)
    {
        if (cells_.size() < 2 * (size_ + 1))
            grow();
        auto const hashed = hash(name);
        auto& place = cells_[position(name, hashed)];
        if (place.value.slots != nullptr)
            return;
        place = {hashed, name, made};
        ++size_;
        sizes_ |= size_bit(name);
        has_holes_ |= name.find(pattern::hole) != std::string_view::npos;
    }

    /// Returns null if the name is absent.
    [[nodiscard]] entry const* find(std::string_view name) const noexcept
    {
        if ((sizes_ & size_bit(name)) == 0)
            return nullptr;
        auto const& found = cells_[position(name, hash(name))];
        return found.value.slots != nullptr ? &found.value : nullptr;
    }

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

    /// Returns false if neither the name nor one with placeholders for its digits is present; true if one can be.
    [[nodiscard]] bool may_hold(std::string_view name) const noexcept { return has_holes_ || (sizes_ & size_bit(name)) != 0; }

    /// Returns whether any name has a placeholder.
    [[nodiscard]] bool has_holes() const noexcept { return has_holes_; }

private:
    /// One bit for each size in bytes; the last is for 63 and more.
    [[nodiscard]] static std::uint64_t size_bit(std::string_view name) noexcept
    {
        return std::uint64_t{1} << std::min<std::size_t>(name.size(), 63);
    }

    struct cell {
        std::uint64_t hashed = 0;
        std::string_view name{};
        entry value{};  ///< without slots: the cell is free
    };

    /// Eight bytes a step; the last step may read some of them again.
    [[nodiscard]] static std::uint64_t hash(std::string_view name) noexcept
    {
        char const* at = name.data();
        auto left = name.size();
        auto hashed = mixed(0, left);
        if (left < sizeof(std::uint64_t)) {
            std::uint64_t word = 0;
            for (; left != 0; --left)
                word = word << 8U | static_cast<unsigned char>(*at++);
            return mixed(hashed, word);
        }
        for (; left > sizeof(std::uint64_t); left -= sizeof(std::uint64_t), at += sizeof(std::uint64_t))
            hashed = mixed(hashed, word_at(at));
        return mixed(hashed, word_at(at + left - sizeof(std::uint64_t)));
    }

    [[nodiscard]] static std::uint64_t word_at(char const* at) noexcept
    {
        std::uint64_t word = 0;
        std::memcpy(&word, at, sizeof word);
        return word;
    }

    /// Multiplies by 2^64 over the golden ratio, and mixes the high half into the low half, which the table uses.
    [[nodiscard]] static std::uint64_t mixed(std::uint64_t hashed, std::uint64_t word) noexcept
    {
        auto const product = (hashed ^ word) * 0x9E3779B97F4A7C15U;
        return product ^ product >> 32U;
    }

    /// Returns the position of the name's cell, or of the free cell where it belongs.
    [[nodiscard]] std::size_t position(std::string_view name, std::uint64_t hashed) const noexcept
    {
        auto at = hashed & (cells_.size() - 1);
        while (cells_[at].value.slots != nullptr && (cells_[at].hashed != hashed || cells_[at].name != name))
            at = (at + 1) & (cells_.size() - 1);
        return at;
    }

    void grow()
    {
        std::vector<cell> old(cells_.empty() ? 16 : cells_.size() * 2);  // always a power of two
        old.swap(cells_);
        for (auto const& each : old) {
            if (each.value.slots != nullptr)
                cells_[position(each.name, each.hashed)] = each;
        }
    }

    std::vector<cell> cells_;
    std::size_t size_ = 0;
    std::uint64_t sizes_ = 0;  ///< size_bit of each name
    bool has_holes_ = false;
};

}  // namespace mend::detail
