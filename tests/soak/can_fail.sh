#!/usr/bin/env bash
# Shows that the soak would notice: with something planted after the first fifty rollovers it says so and fails.
# Usage: can_fail.sh <soak>
set -euo pipefail

soak=$1

# planted <what> <the last line it must have>
planted() {
  local out status=0
  out=$("$soak" --rollovers 100 --plant "$1") || status=$?
  printf '%s\n' "$out"
  [[ $status == 1 && $(tail -n 1 <<<"$out") =~ $2 ]] || { printf 'not noticed: %s\n' "$1"; exit 1; }
}

planted leak 'heap=\+[1-9][0-9]* fds=\+0 threads=\+0$'
planted fd 'fds=\+1 threads=\+0$'
planted thread 'fds=\+0 threads=\+1$'
