#include "frequent.hpp"

#include <algorithm>
#include <utility>

namespace explain {

frequent::frequent(std::size_t capacity) : capacity_(std::max<std::size_t>(capacity, 1)) {}

void frequent::count(std::string_view text, std::uint64_t line)
{
    std::string key{text};
    if (auto const found = places_.find(key); found != places_.end()) {
        ++entries_[found->second].at_most;
        return;
    }
    if (entries_.size() < capacity_) {
        places_.emplace(key, entries_.size());
        entries_.push_back({std::move(key), 1, 0, line});
        return;
    }
    overflowed_ = true;
    auto const rarest = std::ranges::min_element(entries_, {}, &entry::at_most);
    places_.erase(rarest->text);
    places_.emplace(key, static_cast<std::size_t>(rarest - entries_.begin()));
    *rarest = {std::move(key), rarest->at_most + 1, rarest->at_most, line};
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
