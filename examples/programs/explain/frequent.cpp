#include "frequent.hpp"

#include <algorithm>
#include <utility>

namespace explain {

frequent::frequent(std::size_t capacity) : capacity_(std::max<std::size_t>(capacity, 1)) {}

void frequent::count(std::string_view key, std::string_view text, std::uint64_t line, std::string_view note)
{
    if (auto const found = places_.find(key); found != places_.end()) {
        ++entries_[found->second].at_most;
        return;
    }
    if (entries_.size() < capacity_) {
        places_.emplace(key, entries_.size());
        keys_.emplace_back(key);
        entries_.push_back({std::string{text}, 1, 0, line, note});
        return;
    }
    overflowed_ = true;
    auto const rarest = std::ranges::min_element(entries_, {}, &entry::at_most);
    auto const place = static_cast<std::size_t>(rarest - entries_.begin());
    places_.erase(keys_[place]);
    places_.emplace(key, place);
    keys_[place] = key;
    *rarest = {std::string{text}, rarest->at_most + 1, rarest->at_most, line, note};
}

std::vector<frequent::entry> frequent::top(std::size_t most) const
{
    auto result = entries_;
    std::ranges::sort(result, [](entry const& a, entry const& b) {
        return a.at_least() != b.at_least() ? a.at_least() > b.at_least() : a.first_line < b.first_line;
    });
    if (result.size() > most)
        result.resize(most);
    return result;
}

}  // namespace explain
