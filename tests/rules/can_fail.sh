#!/usr/bin/env bash
# Feeds each rule something that breaks it. Usage: can_fail.sh <compiler> <nm> <folder of Asio> <scratch folder>
set -euo pipefail

compiler=$1 nm=$2 asio=$3 scratch=$4
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
missed=0

# A project that keeps every rule.
fresh() {
  rm -rf "$scratch"
  mkdir -p "$scratch"/{include/faceki/detail,src/{core,wire,crypto,net,refresh,client,testing,cli}}
  touch "$scratch"/include/faceki/good.hpp "$scratch"/src/{core,wire}/good.cpp
  echo '#include <asio/post.hpp>' >"$scratch/include/faceki/detail/asio.hpp"
}

# refuses <what> <command>...
refuses() {
  local what=$1
  shift
  if "$@" >/dev/null 2>&1; then
    echo "not noticed: $what"
    missed=1
  fi
}

# source_rule <path> <line>
source_rule() {
  fresh
  echo "$2" >"$scratch/$1"
  refuses "$1: $2" "$here/sources.sh" "$scratch"
}

# depth_rule <path> <line>: included by a header in between, so that only the compiler sees it.
depth_rule() {
  fresh
  mkdir -p "$scratch"/src/{openssl,CLI,boost}
  touch "$scratch"/src/{openssl/ssl.h,CLI/CLI.hpp,boost/config.hpp,simdjson.h}
  echo "$2" >"$scratch/src/between.h"
  echo '#include <between.h>' >"$scratch/$1"
  refuses "$1, deep: $2" "$here/dependencies.sh" "$compiler" "$asio" "$scratch"
}

# symbol_rule <code>
symbol_rule() {
  fresh
  "$compiler" -std=c++20 -x c++ -w -c -o "$scratch/bad.o" - <<<"$1"
  refuses "$1" "$here/symbols.sh" "$nm" "$scratch/bad.o"
}

fresh
"$here/sources.sh" "$scratch"
"$here/dependencies.sh" "$compiler" "$asio" "$scratch"
"$compiler" -x c++ -c -o "$scratch/good.o" - <<<'int timely(); int good() { return timely(); }'
"$here/symbols.sh" "$nm" "$scratch/good.o"

source_rule src/core/bad.cpp '#include <asio/post.hpp>'
source_rule src/wire/bad.hpp '#include <faceki/detail/asio.hpp>'
source_rule src/core/bad.cpp '#include <openssl/ssl.h>'
source_rule src/refresh/bad.cpp '#include <openssl/ssl.h>'
source_rule src/net/bad.cpp '#include <asio/ssl.hpp>'
source_rule src/wire/bad.cpp '#include <boost/beast/http.hpp>'
source_rule src/wire/bad.cpp '  #  include <simdjson.h>'
source_rule include/faceki/bad.hpp '#include <CLI/CLI.hpp>'
source_rule src/net/bad.cpp 'using ::asio::post;'
source_rule include/faceki/bad.hpp '::asio::awaitable<int> f();'

depth_rule src/core/bad.cpp '#include <asio/error.hpp>'
depth_rule src/wire/bad.cpp '#include <faceki/detail/asio.hpp>'
depth_rule src/core/bad.cpp '#include <openssl/ssl.h>'
for header in openssl/ssl.h CLI/CLI.hpp boost/config.hpp simdjson.h; do
  depth_rule include/faceki/bad.hpp "#include <$header>"
done

symbol_rule $'#include <time.h>\nlong f() { return time(nullptr); }'
symbol_rule $'#include <time.h>\nint f(timespec& t) { return clock_gettime(CLOCK_MONOTONIC, &t); }'
symbol_rule $'#include <sys/time.h>\nint f(timeval& t) { return gettimeofday(&t, nullptr); }'
symbol_rule $'#include <time.h>\nint f(timespec& t) { return nanosleep(&t, nullptr); }'
symbol_rule $'#include <chrono>\nauto f() { return std::chrono::steady_clock::now(); }'
symbol_rule $'#include <chrono>\nauto f() { return std::chrono::system_clock::now(); }'
symbol_rule 'namespace faceki { struct boot_clock { static long now(); }; long f() { return boot_clock::now(); } }'
symbol_rule $'#include <stdlib.h>\nint f() { return rand(); }'
symbol_rule $'#include <stdlib.h>\nlong f() { return random(); }'
symbol_rule $'#include <random>\nauto f() { return std::random_device{}(); }'
symbol_rule $'#include <sys/random.h>\nlong f(char& c) { return getrandom(&c, 1, 0); }'
symbol_rule $'#include <stdlib.h>\nunsigned f() { return arc4random(); }'
symbol_rule $'#include <thread>\nvoid f() { std::thread([] {}).join(); }'
symbol_rule $'#include <pthread.h>\nint f(pthread_mutex_t& m) { return pthread_mutex_lock(&m); }'

# A README that shows what no example has, names an example that is none, or forgets a limit.
readme_of() {
  fresh
  mkdir -p "$scratch/examples"
  printf '%s\n' '// [readme]' 'int main() {}' '// [readme]' >"$scratch/examples/first_token.cpp"
  printf '%s\n' '# [readme]' 'faceki token' '# [readme]' >"$scratch/examples/shell.sh"
  printf '%s\n' 'faceki_example(first_token)' >"$scratch/examples/CMakeLists.txt"
  printf '%s\n' 'struct limits {' '    int waiters = 1;' '};' >"$scratch/include/faceki/config.hpp"
  printf '%s\n' '```cpp' "$1" '```' '```sh' "$2" '```' "$3" >"$scratch/README.md"
}
readme_of 'int main() {}' 'faceki token' '`limits.waiters` [x](examples/first_token.cpp)'
"$here/readme.sh" "$scratch"
readme_of 'int main() { }' 'faceki token' '`limits.waiters`'
refuses 'another program in the README' "$here/readme.sh" "$scratch"
readme_of 'int main() {}' 'faceki tokens' '`limits.waiters`'
refuses 'another command in the README' "$here/readme.sh" "$scratch"
readme_of 'int main() {}' 'faceki token' '`limits.waiters` [x](examples/second_token.cpp)'
refuses 'an example that is not there' "$here/readme.sh" "$scratch"
readme_of 'int main() {}' 'faceki token' '`limits.waiters` [x](examples/shell.sh)'
refuses 'an example that is no test' "$here/readme.sh" "$scratch"
readme_of 'int main() {}' 'faceki token' 'nothing'
refuses 'a limit the README does not name' "$here/readme.sh" "$scratch"

# Programs that list their tests as Boost.Test does.
lists_complaints() {
  fresh
  {
    printf '#!/usr/bin/env bash\ncat <<E\ncomplaints*\n'
    grep -oE '^(complaint |  ).*' "$here/complaints.sh" | grep -oE '\b[a-z0-9]+(_[a-z0-9]+)+\b' | grep -vxF "${1-}" | sed "s/.*/    &*/; ${2-}"
    echo E
  } >"$scratch/program"
  chmod +x "$scratch/program"
}
lists_complaints
"$here/complaints.sh" "$scratch/program"
lists_complaints storm_of_401
refuses 'a complaint without its test' "$here/complaints.sh" "$scratch/program"
lists_complaints '' 's/\(storm_of_401\)\*/\1/'
refuses 'a complaint whose test is switched off' "$here/complaints.sh" "$scratch/program"

rm -rf "$scratch"
exit "$missed"
