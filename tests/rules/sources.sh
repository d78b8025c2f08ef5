#!/usr/bin/env bash
# Which file may include what. Usage: sources.sh <project folder>; prints each line that breaks a rule.
set -euo pipefail

cd "$1"
broken=0

# only <rule> <pattern> <paths that may, as a regex> <folder>...
only() {
  local rule=$1 pattern=$2 allowed=$3 found
  shift 3
  found=$(grep -rnE --include='*.hpp' --include='*.cpp' -- "$pattern" "$@" | grep -vE "^($allowed)" || true)
  [[ -z $found ]] && return
  printf '%s:\n%s\n' "$rule" "$found"
  broken=1
}

include='^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]'
nowhere='$^'
library=(include src/core src/wire src/crypto src/net src/refresh src/client)

only 'core and wire are pure: no Asio' "$include(asio[./]|boost/asio|faceki/detail/asio\.hpp)" "$nowhere" src/core src/wire
only 'OpenSSL stays behind crypto and the TLS stream' "$include(openssl/|asio/ssl)" \
  'src/crypto/|src/net/tls_|src/net/socket_bio\.|src/testing/' include src
only 'Boost is one HTTP parser' "${include}boost/" 'src/wire/http_response\.cpp:' "${library[@]}"
only 'simdjson is one JSON parser' "${include}simdjson" 'src/wire/token_response\.cpp:' "${library[@]}"
only 'CLI11 is the tool' "${include}CLI/" 'src/cli/' include src
only 'one header names the Asio backend' '(^|[^A-Za-z0-9_])::[[:space:]]*asio([^A-Za-z0-9_]|$)' \
  'include/faceki/detail/asio\.hpp:' include src

exit "$broken"
