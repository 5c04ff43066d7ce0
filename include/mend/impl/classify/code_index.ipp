// Finds the first rule whose range contains a code.
#pragma once

#include <mend/impl/classify/code_index.hpp>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace mend::detail {

void code_index::add(std::uint32_t rule, int first, int last)
{
    if (first == last)
        single_.try_emplace(first, rule);
    else
        ranges_.push_back({rule, first, last});
}

void code_index::compile()
{
    struct edge {
        std::int64_t at;
        std::uint32_t rule;
        bool opens;
    };
    std::vector<edge> edges;
    edges.reserve(ranges_.size() * 2);
    for (auto const& each : ranges_) {
        edges.push_back({each.first, each.rule, true});
        edges.push_back({each.last + 1, each.rule, false});
    }
    std::ranges::sort(edges, {}, &edge::at);

    std::set<std::uint32_t> open;
    for (auto next = edges.begin(); next != edges.end();) {
        auto const at = next->at;
        for (; next != edges.end() && next->at == at; ++next) {
            if (next->opens)
                open.insert(next->rule);
            else
                open.erase(next->rule);
        }
        stretches_.push_back({at, open.empty() ? no_rule : *open.begin()});
    }
    ranges_ = {};

    std::vector<std::uint32_t> answers(common_codes);
    for (std::size_t place = 0; place < common_codes; ++place)
        answers[place] = search(static_cast<int>(first_common + static_cast<std::int64_t>(place)));
    common_ = std::move(answers);
}

std::uint32_t code_index::search(int code) const
{
    auto best = no_rule;
    if (auto const found = single_.find(code); found != single_.end())
        best = found->second;
    auto const after = std::ranges::upper_bound(stretches_, std::int64_t{code}, {}, &stretch::first);
    if (after != stretches_.begin())
        best = std::min(best, std::prev(after)->rule);
    return best;
}

}  // namespace mend::detail
