#!/usr/bin/env bash
# run_with_mock.sh FACEKI_TOOL PROGRAM [OPTION…]: runs PROGRAM with a mock endpoint of its own on 127.0.0.1.
# The options are those of `faceki mock`; without any it answers after 30 ms.
# The endpoint is ended by its process id, and ends by itself when this script dies.
set -euo pipefail

tool=$1 program=$2
shift 2
[ $# -gt 0 ] || set -- --latency 30ms
work=$(mktemp -d)
mkfifo "$work/url" "$work/life"
"$tool" mock "$@" --ca-out "$work/ca.pem" --until-stdin-closes <"$work/life" >"$work/url" &
mock=$!
exec 3>"$work/life" 4<"$work/url"
trap 'kill "$mock" 2>/dev/null || true; exec 3>&-; rm -rf "$work"' EXIT
read -r -t 20 url <&4

export FACEKI_BASE_URL=$url FACEKI_CLIENT_ID=example-client FACEKI_CLIENT_SECRET=example-secret
export SSL_CERT_FILE=$work/ca.pem # what OpenSSL takes for the system's CA store
export CURL_CA_BUNDLE=$SSL_CERT_FILE
while [ ! -s "$SSL_CERT_FILE" ]; do sleep 0.05; done
"$program"
