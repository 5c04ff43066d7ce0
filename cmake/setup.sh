#!/bin/sh
# Installs the Debian packages that mend's build, tests, examples and CI need. Quick when nothing is missing.
#
#   cmake/setup.sh            install what is missing, as root or through sudo
#   cmake/setup.sh --list     only print the packages, one a line
#   cmake/setup.sh --missing  only print those that are missing
set -eu

packages='
    g++ cmake ninja-build ccache pkg-config git
    libasio-dev libboost1.81-dev libfmt-dev libspdlog-dev
    catch2 libbenchmark-dev
    clang-19 libclang-rt-19-dev llvm-19 lld-19 libc++-19-dev libc++abi-19-dev valgrind libc6-dbg
    libcurl4-openssl-dev nlohmann-json3-dev libcli11-dev libtomlplusplus-dev libcpp-httplib-dev
    microsocks tinyproxy haproxy procps curl ca-certificates python3
    clang-tidy-19 clang-format-19
'
# Where npm is there already it need not be Debian's, which brings three hundred packages.
command -v npm >/dev/null || packages="$packages nodejs npm"

missing() {
    for package in $packages; do
        status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=
        [ "$status" = installed ] || echo "$package"
    done
}

if [ "${1-}" = --list ]; then
    printf '%s\n' $packages
    exit
fi

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "cmake/setup.sh: this is no Debian. Install these yourself, as your system calls them:" >&2
    printf '  %s\n' $packages >&2
    exit 1
fi

wanted=$(missing)
if [ "${1-}" = --missing ]; then
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
