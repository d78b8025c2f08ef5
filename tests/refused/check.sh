#!/usr/bin/env bash
# Compiles one case in one form. Usage: check.sh good|bad <case.cpp> <everything.hpp> <compiler> <option>...
# The good form has to compile. The bad form (with FACEKI_BAD defined) must not, for the reason that the case's first line
# names: "// expect: <extended regular expression>", looked for in the compiler's error lines only.
set -euo pipefail
export LC_ALL=C # quotes in messages

form=$1 source=$2 everything=$3
shift 3
pattern=$(sed -nE '1s|^// expect: (.+)$|\1|p' "$source")
[[ -n $pattern ]] || { echo "$source: the first line is not '// expect: <pattern>'"; exit 1; }
grep -q 'ifdef FACEKI_BAD' "$source" || { echo "$source: no bad form"; exit 1; }

options=(-fsyntax-only -fno-diagnostics-color -Werror=unused-result -include "$everything")
[[ $form == bad ]] && options+=(-DFACEKI_BAD)
output=$("$@" "${options[@]}" "$source" 2>&1) && compiled=yes || compiled=no

case $form in
good)
  [[ $compiled == yes ]] || { printf '%s\nthe good form does not compile\n' "$output"; exit 1; }
  ;;
bad)
  [[ $compiled == no ]] || { echo "the bad form compiles"; exit 1; }
  grep -E 'error: ' <<<"$output" | grep -qE -- "$pattern" || {
    printf '%s\nrefused, but not for the reason: %s\n' "$output" "$pattern"
    exit 1
  }
  ;;
*)
  echo "good or bad?"
  exit 1
  ;;
esac
