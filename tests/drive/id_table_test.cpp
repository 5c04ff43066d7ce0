// The table that finds the account with an id.
#include <mend/detail/id_table.hpp>

#include "support/catch.hpp"

#include <map>
#include <random>
#include <string>

namespace {

/// Ids at places, as the manager keeps them: what leaves makes room for the last.
struct list {
    std::vector<std::string> ids{};
    mend::detail::id_table table{};

    auto id_of() const
    {
        return [this](std::uint32_t place) -> std::string_view { return ids[place]; };
    }

    bool add(std::string id)
    {
        table.make_room(id_of());
        ids.push_back(std::move(id));
        return table.add(static_cast<std::uint32_t>(ids.size() - 1), id_of());
    }
    void remove(std::uint32_t place)
    {
        table.remove(place, id_of());
        auto const last = static_cast<std::uint32_t>(ids.size() - 1);
        if (place != last)
            table.move(last, place, id_of());
        ids[place] = ids[last];
        ids.pop_back();
    }
};

}  // namespace

TEST_CASE("an id that is there already is found, and one that is gone is not")
{
    list all;
    CHECK(all.add("a"));
    CHECK(all.add("b"));
    CHECK_FALSE(all.add("a"));
    all.remove(2);  // the second a, which was not kept
    CHECK_FALSE(all.add("a"));
    all.remove(2);
    all.remove(0);
    CHECK(all.add("a"));
    CHECK_FALSE(all.add("b"));
}

TEST_CASE("an empty table has nothing to remove")
{
    mend::detail::id_table table;
    table.remove(0, [](std::uint32_t) { return std::string_view{"a"}; });
    table.move(1, 0, [](std::uint32_t) { return std::string_view{"a"}; });
}

TEST_CASE("ids that come and go in any order are each found as long as they are there")
{
    std::mt19937 random{7};
    list all;
    std::map<std::string, int> there;
    for (int step = 0; step != 20'000; ++step) {
        if (all.ids.empty() || random() % 5 < 3) {
            std::string const id = std::to_string(random() % 3000);
            if (there[id] != 0)
                continue;
            CHECK(all.add(id));
            ++there[id];
        } else {
            auto const place = static_cast<std::uint32_t>(random() % all.ids.size());
            --there[all.ids[place]];
            all.remove(place);
        }
    }
    for (auto const& [id, count] : there) {
        bool const added = all.add(id);
        CHECK(added == (count == 0));
        all.remove(static_cast<std::uint32_t>(all.ids.size() - 1));
    }
}
