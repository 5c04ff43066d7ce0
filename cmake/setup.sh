#!/bin/sh
# Installs the Debian packages that mend needs. Quick when nothing is missing.
#
#   cmake/setup.sh              all: for the tests, the sanitizers, two compilers, CI
#   cmake/setup.sh --library    what the library needs
#   cmake/setup.sh --demo       what the library and examples/run.sh need
#   cmake/setup.sh ... --list     only print the packages, one a line
#   cmake/setup.sh ... --missing  only print those that are missing
#
# It installs as root or through sudo.
set -eu

library='g++ cmake ninja-build pkg-config libasio-dev libfmt-dev libspdlog-dev'
demo="$library
    libcurl4-openssl-dev nlohmann-json3-dev libcli11-dev libtomlplusplus-dev libcpp-httplib-dev
    microsocks curl"
all="$demo
    ccache git libboost1.81-dev catch2 libbenchmark-dev
    clang-19 libclang-rt-19-dev llvm-19 lld-19 libc++-19-dev libc++abi-19-dev valgrind libc6-dbg
    tinyproxy haproxy strace procps ca-certificates python3
    clang-tidy-19 clang-format-19 doxygen doxygen-awesome-css"
# Where npm is there already it need not be Debian's, which brings three hundred packages.
command -v npm >/dev/null || all="$all nodejs npm"

packages=$all
mode=install
for argument in "$@"; do
    case $argument in
        --library) packages=$library ;;
        --demo) packages=$demo ;;
        --list | --missing) mode=${argument#--} ;;
        *)
            echo "cmake/setup.sh: unknown option $argument; allowed: --library, --demo, --list, --missing" >&2
            exit 2 ;;
    esac
done

missing() {
    for package in $packages; do
        status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=
        [ "$status" = installed ] || echo "$package"
    done
}

if [ $mode = list ]; then
    printf '%s\n' $packages
    exit
fi

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "cmake/setup.sh: not a Debian system. Install the equivalents of these packages yourself:" >&2
    printf '  %s\n' $packages >&2
    exit 1
fi

wanted=$(missing)
if [ $mode = missing ]; then
    [ -z "$wanted" ] || echo "$wanted"
    exit
fi
[ -n "$wanted" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null; then
    as_root=sudo
else
    echo "cmake/setup.sh: neither root nor sudo. As root, run: apt-get install" $wanted >&2
    exit 1
fi

echo "cmake/setup.sh: installing" $wanted
$as_root apt-get update -q
$as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends $wanted </dev/null
