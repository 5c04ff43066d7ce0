#!/usr/bin/env bash
# Installs missing packages, builds mend and runs its tests. Arguments are passed to ctest:
#
#   tests/run.sh                          everything
#   tests/run.sh -R 'flood wait'          the tests whose names match
#   MEND_PRESET=asan tests/run.sh         another preset of CMakePresets.json
#
# MEND_JOBS sets the number of parallel jobs; the default is the number of processors.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

preset=${MEND_PRESET:-dev}
jobs=${MEND_JOBS:-$(nproc)}

cmake/setup.sh
cmake --preset "$preset"
cmake --build --preset "$preset" --parallel "$jobs"
ctest --preset "$preset" --output-on-failure --parallel "$jobs" "$@"
