#!/usr/bin/env bash
# What a file pulls in, however deep. Usage: dependencies.sh <compiler> <folder of Asio> <project folder>
# Public headers need Asio and the standard library only; core and wire not even Asio. (Beast brings its own copy, boost/asio.)
set -euo pipefail

compiler=$1 asio=$2
cd "$3"
broken=0

# never <pattern> <file>...: no header that <file> includes matches.
never() {
  local pattern=$1 file paths found
  shift
  for file in "$@"; do
    # A header is compiled as a source file, else #pragma once warns.
    paths=$("$compiler" -std=c++20 -DASIO_STANDALONE -Iinclude -Isrc -I"$asio" -x c++ -w -M -MT x "$file") || exit 1
    # boost/ and its asio/ are different libraries, but look alike to a pattern.
    found=$(tr -s ' ' '\n' <<<"$paths" | sed 's|/boost/asio/|/boost/its-asio/|' | grep -E -- "$pattern" | head -n 3 || true)
    [[ -z $found ]] && continue
    printf '%s includes, at some depth:\n%s\n' "$file" "$found"
    broken=1
  done
}

mapfile -d '' -t public < <(find include -name '*.hpp' -print0)
mapfile -d '' -t pure < <(find src/core src/wire -name '*.cpp' -print0)
((${#public[@]} && ${#pure[@]})) || { echo "nothing to check"; exit 1; }
never '/(openssl|boost|CLI)/|/simdjson\.h' "${public[@]}"
never '/asio/|/asio\.hpp|/openssl/' "${pure[@]}"

exit "$broken"
