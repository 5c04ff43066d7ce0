#include "shrink.hpp"

#include <algorithm>

namespace simulation {

namespace {

class shrinker {
public:
    shrinker(dials from, violation const& broken) : best_{std::move(from)}, broken_{broken} {}

    dials smallest()
    {
        drop_what_came_later();
        drop_troubles();
        drop_operations();
        drop_troubles();
        return best_;
    }

private:
    static constexpr unsigned patience = 1500;  // nights

    bool fails(dials const& tried)
    {
        if (++nights_ > patience)
            return false;
        auto const verdict = run(make_plan(tried));
        return verdict.broken && verdict.broken->invariant == broken_.invariant;
    }

    bool take(dials const& tried)
    {
        bool const good = fails(tried);
        if (good)
            best_ = tried;
        return good;
    }

    void drop_what_came_later()
    {
        dials tried = best_;
        tried.only.clear();
        for (auto const& each : make_plan(best_).operations) {
            if (each.at <= broken_.at)
                tried.only.push_back(each.index);
        }
        take(tried);
    }

    void drop_troubles()
    {
        for (std::size_t each = 0; each != trouble_count; ++each) {
            dials tried = best_;
            if (!tried.without[each]) {
                tried.without.set(each);
                take(tried);
            }
        }
    }

    /// Halves, quarters, eighths, and at last one by one.
    void drop_operations()
    {
        if (best_.only.empty()) {
            for (auto const& each : make_plan(best_).operations)
                best_.only.push_back(each.index);
        }
        for (std::size_t piece = std::max<std::size_t>(1, best_.only.size() / 2);; piece /= 2) {
            for (std::size_t begin = 0; begin < best_.only.size() && best_.only.size() > 1;) {
                dials tried = best_;
                auto const from = tried.only.begin() + static_cast<std::ptrdiff_t>(begin);
                auto const to = tried.only.begin() + static_cast<std::ptrdiff_t>(std::min(begin + piece, tried.only.size()));
                tried.only.erase(from, to);
                if (tried.only.empty() || !take(tried))
                    begin += piece;
            }
            if (piece <= 1)
                return;
        }
    }

    dials best_;
    violation broken_;
    unsigned nights_ = 0;
};

}  // namespace

dials shrink(dials from, violation const& broken)
{
    return shrinker{std::move(from), broken}.smallest();
}

}  // namespace simulation
