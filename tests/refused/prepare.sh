#!/usr/bin/env bash
# Precompiles what every case sees. Usage: prepare.sh <scratch folder> <everything.hpp> <compiler> <option>...
set -euo pipefail

scratch=$1 everything=$2
shift 2
mkdir -p "$scratch"
cp "$everything" "$scratch/everything.hpp"
rm -f "$scratch/everything.hpp.gch"
# The same options as in check.sh, else it is not taken.
"$@" -Werror=unused-result -x c++-header "$scratch/everything.hpp" -o "$scratch/everything.hpp.gch"
