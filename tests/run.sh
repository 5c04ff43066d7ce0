#!/usr/bin/env bash
# Installs what is missing, builds mend and runs its tests. Arguments go to ctest:
#
#   tests/run.sh                          everything
#   tests/run.sh -R 'flood wait'          the tests with these words in their name
#   MEND_PRESET=asan tests/run.sh         another preset of CMakePresets.json
#
# MEND_JOBS says how many things to do at once; the number of processors if not set.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

preset=${MEND_PRESET:-dev}
jobs=${MEND_JOBS:-$(nproc)}

cmake/setup.sh
cmake --preset "$preset"
cmake --build --preset "$preset" --parallel "$jobs"
ctest --preset "$preset" --output-on-failure --parallel "$jobs" "$@"
