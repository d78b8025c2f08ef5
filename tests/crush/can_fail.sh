#!/usr/bin/env bash
# Plants one fault after the other: the stress must notice each, and say what it is. Usage: can_fail.sh <crush>
set -euo pipefail

crush=$1
missed=0

# notices <plant> <what is said> [waiters]
notices() {
  local said code=0
  said=$("$crush" --waiters "${3-20000}" --seed 7 --plant "$1") || code=$?
  if ((code != 1)) || ! grep -qE -- "$2" <<<"$said"; then
    printf 'not noticed: %s (exit code %s)\n%s\n' "$1" "$code" "$said"
    missed=1
  fi
}

# The same without a fault is fine.
"$crush" --waiters 20000 --seed 7 --plant none

notices lost '^waiters=20000 queued=[0-9]+ lost=1 twice=0 requests=[0-9]+$'
notices twice '^waiters=20000 queued=[0-9]+ lost=0 twice=1 requests=[0-9]+$'
notices overlap 'requests while another one was out'
notices early 'requests before they were permitted'
notices dead 'dead tokens handed out'
notices foreign 'tokens of another client handed out'
notices stale 'tokens of other credentials or rejected ones handed out'
notices calm 'fewer than 30 %' 200000

exit "$missed"
