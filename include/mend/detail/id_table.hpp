// Finds an account by its id, among a million: an entry has four bytes, since the table does not copy ids.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

namespace mend::detail {

/// A hash table from ids to places in a list, with linear probing; `id_of(place)` returns the id. Of equal ids only one is kept.
/// Not thread-safe.
class id_table {
public:
    /// Reserves memory for the next add(). Throws std::bad_alloc.
    template <class IdOf>
    void make_room(IdOf const& id_of)
    {
        if ((used_ + 1) * 4 <= slots_.size() * 3)
            return;
        std::vector<std::uint32_t> former(slots_.empty() ? 16 : slots_.size() * 2);
        std::swap(slots_, former);
        for (std::uint32_t const slot : former) {
            if (slot != 0)
                slots_[find(free_slot, home_of(id_of(slot - 1)))] = slot;
        }
    }

    /// Returns false if an equal id is present. make_room() must have been called.
    template <class IdOf>
    [[nodiscard]] bool add(std::uint32_t place, IdOf const& id_of) noexcept
    {
        std::string_view const id = id_of(place);
        std::size_t at = home_of(id);
        for (; slots_[at] != 0; at = next(at)) {
            if (id_of(slots_[at] - 1) == id)
                return false;
        }
        slots_[at] = place + 1;
        ++used_;
        return true;
    }

    /// Does nothing if the place is not the one that is kept for its id.
    template <class IdOf>
    void remove(std::uint32_t place, IdOf const& id_of) noexcept
    {
        if (slots_.empty())
            return;
        std::size_t gap = find(place + 1, home_of(id_of(place)));
        if (slots_[gap] == 0)
            return;
        --used_;
        // Entries behind it that are not in their home slot move up, so that no search ends too early.
        for (std::size_t at = next(gap); slots_[at] != 0; at = next(at)) {
            std::size_t const mask = slots_.size() - 1;
            std::size_t const home = home_of(id_of(slots_[at] - 1));
            if (((at - home) & mask) >= ((at - gap) & mask)) {
                slots_[gap] = slots_[at];
                gap = at;
            }
        }
        slots_[gap] = 0;
    }

    /// Replaces a place. Call it before the entry moves from `from` to `to`.
    template <class IdOf>
    void move(std::uint32_t from, std::uint32_t to, IdOf const& id_of) noexcept
    {
        if (slots_.empty())
            return;
        std::size_t const at = find(from + 1, home_of(id_of(from)));
        if (slots_[at] != 0)
            slots_[at] = to + 1;
    }

private:
    static constexpr std::uint32_t free_slot = 0;

    [[nodiscard]] std::size_t home_of(std::string_view id) const noexcept
    {
        return std::hash<std::string_view>{}(id) & (slots_.size() - 1);
    }
    [[nodiscard]] std::size_t next(std::size_t at) const noexcept { return (at + 1) & (slots_.size() - 1); }

    /// Returns the index of that slot, or of the first free one.
    [[nodiscard]] std::size_t find(std::uint32_t slot, std::size_t at) const noexcept
    {
        while (slots_[at] != 0 && slots_[at] != slot)
            at = next(at);
        return at;
    }

    std::vector<std::uint32_t> slots_;  // a place plus 1; 0: free. A power of 2 of them
    std::size_t used_ = 0;
};

}  // namespace mend::detail
