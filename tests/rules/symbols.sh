#!/usr/bin/env bash
# Pure code asks nobody what time it is, throws no dice and starts no thread. Usage: symbols.sh <nm> <object file>...
set -euo pipefail

nm=$1
shift
(($#)) || { echo "no object file"; exit 1; }

c='clock|clock_gettime|time|gettimeofday|timespec_get|ftime|times|timerfd_[a-z]+|nanosleep|clock_nanosleep|sleep|usleep'
c+='|s?rand(om)?(_r)?|[dljmn]rand48|getrandom|getentropy|arc4random[a-z_]*|RAND_[a-z_]+|pthread_[a-z_]+'
cxx='std::chrono::.*::now\(|faceki::.*clock.*::(now|wall_now)\(|std::random_device::|std::j?thread::|std::this_thread::|std::condition_variable'

found=$("$nm" -uC --format=posix -A -- "$@" | grep -E -- ": (($c)(@[A-Za-z0-9_.]*)?|($cxx).*) [Uw]" || true)
[[ -z $found ]] && exit
printf 'Clock, random or thread symbols in pure code:\n%s\n' "$found"
exit 1
