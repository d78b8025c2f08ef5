#!/usr/bin/env bash
# readme.sh ROOT: the README's first C++ block is the compiled and tested example, byte for byte; its limits are the defaults.
set -euo pipefail

root=$1
example() { sed -n '/^\/\/ \[readme\]$/,/^\/\/ \[readme\]$/{//!p}' "$root/examples/first_token.cpp"; }
block() { awk '/^```cpp$/ && !seen { inside = 1; seen = 1; next } /^```$/ { inside = 0 } inside' "$root/README.md"; }

[[ -n $(example) ]] || { echo "examples/first_token.cpp has no [readme] region"; exit 1; }
diff <(example) <(block) || { echo "README.md shows another program than examples/first_token.cpp"; exit 1; }

# Every field of `limits` is in the README's table.
while read -r field; do
  grep -qE "(limits\.|\`)$field\`" "$root/README.md" || { echo "README.md does not name limits.$field"; exit 1; }
done < <(sed -n '/^struct limits {/,/^};/p' "$root/include/faceki/config.hpp" | grep -oE '[a-z_]+ = ' | grep -oE '[a-z_]+')
