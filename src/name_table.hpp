// A hash table from names to rules that is built once and then only read.
#pragma once

#include <mend/detail/pattern.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace mend::detail {

/// One array, open addressing, half full at most: a lookup touches one or two cache lines, where std::unordered_map
/// divides and follows pointers. Keeps views of its keys.
class name_table {
public:
    struct entry {
        std::uint32_t rule = 0;
        std::vector<slot> const* slots = nullptr;
    };

    /// Nothing happens when the name is there already: the first rule wins.
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
    }

    /// Null where the name is not there.
    [[nodiscard]] entry const* find(std::string_view name) const noexcept
    {
        if (size_ == 0)
            return nullptr;
        auto const& found = cells_[position(name, hash(name))];
        return found.value.slots != nullptr ? &found.value : nullptr;
    }

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

private:
    struct cell {
        std::size_t hashed = 0;
        std::string_view name{};
        entry value{};  ///< without slots: the cell is free
    };

    [[nodiscard]] static std::size_t hash(std::string_view name) noexcept { return std::hash<std::string_view>{}(name); }

    /// Of the name's cell, or of the free one where it belongs.
    [[nodiscard]] std::size_t position(std::string_view name, std::size_t hashed) const noexcept
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
};

}  // namespace mend::detail
