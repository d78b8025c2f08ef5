#!/usr/bin/env bash
# Runs <test program> against server.mjs, or ends with 77 (skipped) and says what is missing.
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")

skip() { echo "Skipped: $*. ./dev test installs it."; exit 77; }

new_enough() { [[ -x ${1:-} ]] && "$1" -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)'; }

node=$(command -v node || true)
new_enough "$node" || node=$(compgen -G "$here/node/node_modules/node-linux-*/bin/node" || true)
new_enough "$node" || skip "Node.js 20 or newer is not here"
[[ -d $here/node_modules/oauth2-mock-server ]] || skip "the npm package oauth2-mock-server is not here"
command -v openssl >/dev/null || skip "the openssl command is not here"

exec "$1" --log_level=test_suite --report_level=short --color_output=no -- "$node" "$here/server.mjs"
