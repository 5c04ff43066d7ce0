#include "support/catch.hpp"

#include <mend/category.hpp>

#include <set>
#include <string_view>

using namespace mend;

TEST_CASE("every category has a name of its own, the one in the source")
{
    std::set<std::string_view> names;
    for (std::size_t index = 0; index < category_count; ++index)
        names.insert(to_string(static_cast<category>(index)));
    CHECK(names.size() == category_count);
    CHECK(!names.contains("?"));
    CHECK(to_string(category::flood_wait) == "flood_wait");
    CHECK(to_string(category::target_unavailable) == "target_unavailable");
    CHECK(to_string(category::duplicate) == "duplicate");
    CHECK(to_string(category::custom_0) == "custom_0");
    CHECK(to_string(category::custom_7) == "custom_7");
    CHECK(to_string(static_cast<category>(200)) == "?");
    CHECK(static_cast<std::size_t>(category::custom_7) + 1 == category_count);
}
