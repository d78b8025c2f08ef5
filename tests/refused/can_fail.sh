#!/usr/bin/env bash
# Feeds check.sh what must be red. Usage: can_fail.sh <scratch folder> <compiler> <option>...
set -euo pipefail

scratch=$1
shift
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
missed=0
rm -rf "$scratch"
mkdir -p "$scratch"
echo '#pragma once' >"$scratch/everything.hpp"

# says <red|green> <good|bad> <what> <line>...: what check.sh has to say of a file of these lines.
says() {
  local expected=$1 form=$2 what=$3 got=green
  shift 3
  printf '%s\n' "$@" >"$scratch/case.cpp"
  "$here/check.sh" "$form" "$scratch/case.cpp" "$scratch/everything.hpp" "${compiler[@]}" >/dev/null 2>&1 || got=red
  [[ $got == "$expected" ]] || { echo "$what ($form form): $got"; missed=1; }
}

compiler=("$@")
right=('// expect: dogs are refused' '#ifdef FACEKI_BAD' 'static_assert(false, "dogs are refused");' '#endif' 'int good;')
says green good 'a right case' "${right[@]}"
says green bad 'a right case' "${right[@]}"
says red bad 'a misuse that compiles' '// expect: dogs' '#ifdef FACEKI_BAD' 'int dogs;' '#endif'
says red bad 'another error than the expected one' '// expect: dogs are refused' '#ifdef FACEKI_BAD' 'int n = "";' '#endif'
says red bad 'the words are in a note or in the source, not in an error' '// expect: dogs are refused' \
  '#ifdef FACEKI_BAD' '#pragma message("dogs are refused")' 'int dogs = ""; // dogs are refused' '#endif'
says red good 'a right use that does not compile' '// expect: dogs' '#ifdef FACEKI_BAD' '#else' 'int n = "";' '#endif'
says red good 'no expectation' '#ifdef FACEKI_BAD' 'int n = "";' '#endif'
says red bad 'no expectation' '#ifdef FACEKI_BAD' 'int n = "";' '#endif'
says red bad 'no bad form' '// expect: dogs' 'int dogs = "";'
says red sideways 'no such form' "${right[@]}"
compiler=("$scratch/no-such-compiler")
says red good 'no compiler' "${right[@]}"
says red bad 'no compiler' "${right[@]}"

exit "$missed"
