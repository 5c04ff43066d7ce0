// The simulation about itself: the same dials make the same night, to the byte.
#include "support/catch.hpp"

#include "night.hpp"

TEST_CASE("the same seed gives the same night, to the byte")
{
    for (std::uint64_t seed = 1; seed != 6; ++seed) {
        simulation::dials from;
        from.seed = seed;
        from.operations = 300;
        auto const night = simulation::make_plan(from);
        auto const once = simulation::print(night, simulation::run(night).entries);
        auto const again = simulation::print(night, simulation::run(night).entries);
        REQUIRE_FALSE(once.empty());
        REQUIRE(once == again);
    }
}

TEST_CASE("a night without troubles is one without failures")
{
    simulation::dials from;
    from.operations = 200;
    from.without.set();
    auto const night = simulation::make_plan(from);
    auto const verdict = simulation::run(night);
    REQUIRE_FALSE(verdict.broken);
    REQUIRE(verdict.attempts == 200);
}
