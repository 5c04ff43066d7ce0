#!/usr/bin/env bash
# The simulation as CI runs it: 100,000 operations over 200 seeds, every planted bug, and the simulation's own tests.
#   tests/simulation/run.sh              about two minutes on one core, once it is built
#   tests/simulation/run.sh --hours 8    and then new seeds for so long
# Other arguments go to mend_simulation: --seed 7, --claim, --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
preset=${MEND_PRESET:-dev}
open=tests/simulation/open.txt                                          # what is known to be wrong, and does not count
cmake --preset "$preset" >/dev/null
cmake --build "build/$preset" --target mend_simulation mend_simulation_planted simulation_test
if (($# > 0)); then
    exec "build/$preset/tests/simulation/mend_simulation" --open "$open" "$@"
fi
"build/$preset/tests/simulation/mend_simulation" --open "$open"
ctest --test-dir "build/$preset" --output-on-failure --no-tests=error -L '^simulation$'
