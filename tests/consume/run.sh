#!/usr/bin/env bash
# The library as its users get it. Usage: run.sh <way> <project folder> <build folder> <scratch folder> <cmake> <generator> <compiler>
#   installed   what the build folder holds, installed and found by find_package
#   shared      the same with shared libraries, built for the purpose
#   subproject  add_subdirectory
set -euo pipefail

way=$1 project=$2 build=$3 scratch=$4 cmake=$5 generator=$6 compiler=$7
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")

fail() { echo "failed: $*"; exit 1; }

# configure <source> <build> <option>...
configure() {
  "$cmake" -S "$1" -B "$2" -G "$generator" -D CMAKE_CXX_COMPILER="$compiler" -D CMAKE_BUILD_TYPE=Debug "${@:3}"
}

# What is installed must not lead back to where it was built.
use_installed() {
  local prefix=$1 leftover
  leftover=$(grep -rIl -e "$project" -e "$build" -e "$scratch" "$prefix" || true)
  [[ -z $leftover ]] || fail "these name a folder of the build: $leftover"
  [[ -f $prefix/include/faceki/client.hpp && -x $prefix/bin/faceki || $way == shared ]] || fail "no header or no tool in $prefix"
  configure "$here/user" "$scratch/user" -D CMAKE_PREFIX_PATH="$prefix"
  "$cmake" --build "$scratch/user"
  "$scratch/user/user"
}

rm -rf "$scratch"
mkdir -p "$scratch"
case $way in
  installed)
    "$cmake" --install "$build" --prefix "$scratch/prefix"
    "$scratch/prefix/bin/faceki" --help >/dev/null
    use_installed "$scratch/prefix"
    ;;
  shared)
    configure "$project" "$scratch/build" -D BUILD_SHARED_LIBS=ON -D FACEKI_TOOLS=OFF -D FACEKI_TESTS=OFF
    "$cmake" --build "$scratch/build"
    "$cmake" --install "$scratch/build" --prefix "$scratch/prefix"
    use_installed "$scratch/prefix"
    library=$(find "$scratch/prefix" -name 'libfaceki.so')
    ldd "$scratch/user/user" | grep -F "libfaceki.so" || fail "the program does not use the shared library"
    # What the headers declare is shown, the rooms behind them are not. (Asio's own symbols must be: its services have one id a process.)
    shown=$(nm -DC --defined-only "$library" | cut -d' ' -f3-)
    grep -q '^faceki::error_category()' <<<"$shown" || fail "the library shows nothing"
    rooms='faceki::(standalone_asio::)?(core|wire|crypto|net|refresh)'
    inside=$(grep -E "^((vtable|typeinfo|typeinfo name) for )?($rooms|simdjson|boost::(asio|beast))::" <<<"$shown" || true)
    [[ -z $inside ]] || fail "the shared library shows its inside: $inside"
    ;;
  subproject)
    configure "$here/parent" "$scratch/build" -D FACEKI_SOURCE="$project"
    "$cmake" --build "$scratch/build"
    "$scratch/build/parent"
    "$cmake" --install "$scratch/build" --prefix "$scratch/prefix"
    found=$(cd "$scratch/prefix" && find . -type f)
    [[ $found == ./bin/parent ]] || fail "a subproject installs things: $found"
    ;;
  *) fail "no such way: $way" ;;
esac
