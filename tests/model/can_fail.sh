#!/usr/bin/env bash
# Plants one fault after the other: the judge must notice each, and a short schedule must show it. And the same seed must give the
# same run. Usage: can_fail.sh <model>
set -euo pipefail

model=$1
failed=0

# notices <plant> <what is said>
notices() {
  local said code=0 steps
  said=$("$model" --pure-share 0 --steps 200000 --seed 7 --plant "$1" 2>/dev/null) || code=$?
  steps=$(sed -n 's/^shrunk to \([0-9]*\) steps$/\1/p' <<<"$said")
  if ((code != 1 || ${steps:-1000} > 20)) || ! grep -qF -- "$2" <<<"$said" || ! grep -qE '^steps=[0-9]+ violations=1 seed=7$' <<<"$said"; then
    printf 'not noticed, or not made short: %s (exit code %s, %s steps)\n' "$1" "$code" "${steps:-no}"
    failed=1
  fi
}

notices early 'in the cool-down'
notices twice 'completed twice'
notices dead 'peek() gave'

once=$("$model" --steps 200000 --seed 11 2>/dev/null)
again=$("$model" --steps 200000 --seed 11 2>/dev/null)
other=$("$model" --steps 200000 --seed 12 2>/dev/null)
if [[ $once != "$again" ]]; then
  echo 'the same seed gave another run'
  failed=1
fi
if [[ $once == "$other" ]]; then
  echo 'another seed gave the same run'
  failed=1
fi

exit "$failed"
