// Which of the planted bugs is in force: plant.py includes this in the sources that it changes, and main.cpp chooses.
#pragma once

namespace simulation {

inline unsigned planted_bug = 0;  ///< its number in planted_bugs.txt; 0: none

}  // namespace simulation

[[nodiscard]] inline bool planted(unsigned bug) noexcept
{
    return simulation::planted_bug == bug;
}
