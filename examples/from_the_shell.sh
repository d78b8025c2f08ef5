#!/usr/bin/env bash
# A token for curl without its ever standing on a command line, where everybody on the machine can read it.
# Needs FACEKI_CLIENT_ID and FACEKI_CLIENT_SECRET in the environment, and `faceki` in the PATH.
set -euo pipefail
url=${FACEKI_BASE_URL:-https://sdk.faceki.com}

# [readme]
faceki token --base-url "$url" --format header | curl --fail --silent --header @- "$url/kycrules/api/kycrules"
faceki token --base-url "$url" --format json
# [readme]
