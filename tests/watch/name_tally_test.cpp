#include "support/catch.hpp"

#include <mend/name_tally.hpp>

#include <string>

using mend::name_tally;

TEST_CASE("a tally counts a name with any number in it as one, and puts the most frequent first")
{
    name_tally tally;
    tally.add("RARE_NAME");
    tally.add("NEW_WAIT_37");
    tally.add("NEW_WAIT_38");
    tally.add("NEW_2_CALL_ERROR");
    tally.add("NEW_2FA_NAME");
    auto const counts = tally.counts();
    REQUIRE(counts.size() == 4);
    CHECK(counts[0].name == "NEW_WAIT_{number}");
    CHECK(counts[0].failures == 2);
    CHECK(counts[1].name == "NEW_2FA_NAME");
    CHECK(counts[2].name == "NEW_{number}_CALL_ERROR");
    CHECK(counts[3].name == "RARE_NAME");
}

TEST_CASE("a tally stays small for any names that a server invents, and loses no failure")
{
    name_tally tally;
    for (int i = 0; i < 1000; ++i)
        tally.add("NAME_" + std::string(static_cast<std::size_t>(i), 'X'));
    tally.add("NAME_");
    CHECK(tally.counts().size() == name_tally::most_names);
    CHECK(tally.counts().front().failures == 2);
    CHECK(tally.failures_of_further_names() == 900);
}

TEST_CASE("a tally takes any text for a name")
{
    name_tally tally;
    for (auto const* name : {"", "_", "__", "7", "_7_"})
        tally.add(name);
    CHECK(tally.counts().size() == 5);
}

TEST_CASE("a tally takes only whole runs of digits for a number")
{
    name_tally tally;
    tally.add("NEW_+5_NAME");
    REQUIRE(tally.counts().size() == 1);
    CHECK(tally.counts()[0].name == "NEW_+5_NAME");
}
