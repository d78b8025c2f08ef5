#!/usr/bin/env bash
# readme.sh ROOT: each block of C++ or shell in the README is a [readme] region of an example that runs as a test, byte
# for byte; each example it names is one; the limits it lists are those there are.
set -euo pipefail

root=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# split_blocks LANGUAGE COMMENT SUFFIX: the README's blocks and the examples' regions, one file each.
split_blocks() {
  awk -v out="$work/block.$1." -v open="\`\`\`$1" \
    '$0 == open { file = out "" (n += 1); printf "" > file; next } $0 == "```" { file = "" } file { print > file }' "$root/README.md"
  awk -v out="$work/region.$1." -v mark="$2 [readme]" \
    '$0 == mark { inside = !inside; if (inside) { file = out "" (n += 1); printf "" > file } next } inside { print > file }' \
    "$root"/examples/*."$3"
}

checked=0
for language in cpp sh; do
  if [[ $language == cpp ]]; then split_blocks cpp // cpp; else split_blocks sh '#' sh; fi
  for block in "$work/block.$language".*; do
    [[ -s $block ]] || { echo "README.md has no block of $language, or an empty one"; exit 1; }
    found=
    for region in "$work/region.$language".*; do
      cmp -s "$block" "$region" && found=1
    done
    [[ $found ]] || { printf 'README.md shows something that no example has between two [readme] marks:\n'; cat "$block"; exit 1; }
    checked=$((checked + 1))
  done
done
((checked >= 2)) || { echo "README.md shows nothing"; exit 1; }

# The examples it names exist and are tests.
while read -r example; do
  [[ -f $root/$example ]] || { echo "README.md names $example, which is not there"; exit 1; }
  name=$(basename "${example%.*}")
  grep -qE "(faceki_example\(|example_)$name\b" "$root/examples/CMakeLists.txt" || { echo "$example is no test"; exit 1; }
done < <(grep -oE '\(examples/[a-z_]+\.(cpp|sh)\)' "$root/README.md" | tr -d '()')

# Every field of `limits` is in the README's table.
while read -r field; do
  grep -qE "(limits\.|\`)$field\`" "$root/README.md" || { echo "README.md does not name limits.$field"; exit 1; }
done < <(sed -n '/^struct limits {/,/^};/p' "$root/include/faceki/config.hpp" | grep -oE '[a-z_]+ = ' | grep -oE '[a-z_]+')
