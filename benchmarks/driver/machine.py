"""What the numbers were taken on and with; and the one build type they may be taken of."""

import os
import platform
import re
import shutil
import subprocess
from datetime import datetime, timezone
from pathlib import Path

from programs import Failed

# What is measured, and what it is measured with. Those that are installed are reported.
PACKAGES = ["libasio-dev", "libssl-dev", "libssl3", "libsimdjson-dev", "libboost1.81-dev", "libcurl4", "libcurl4-openssl-dev",
            "libcpp-httplib-dev", "rapidjson-dev", "nlohmann-json3-dev", "libbenchmark-dev", "nginx", "valgrind", "libc6"]


def said(*command):
    """What a command says; empty if it cannot be run."""
    if not shutil.which(command[0]):
        return ""
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True, errors="replace", check=False).stdout.strip()


def cache_of(build):
    """The entries of the build tree's CMakeCache.txt."""
    try:
        text = (build / "CMakeCache.txt").read_text()
    except OSError as error:
        raise Failed(f"{build} is no build tree ({error.strerror}): cmake --preset release -D FACEKI_BENCHMARKS=ON") from error
    return dict(re.findall(r"^([A-Za-z0-9_.-]+):[A-Z]+=(.*)$", text, re.MULTILINE))


def require_release(build):
    cache = cache_of(build)
    kind = cache.get("CMAKE_BUILD_TYPE", "")
    if kind != "Release":
        raise Failed(f"{build} is of build type '{kind}', not Release: times of it mean nothing. Use cmake --preset release")
    if cache.get("FACEKI_SANITIZE"):
        raise Failed(f"{build} is built with a sanitizer: times of it mean nothing. Use cmake --preset release")
    if cache.get("FACEKI_BENCHMARKS", "").upper() not in ("ON", "1", "TRUE", "YES"):
        raise Failed(f"{build} is configured without benchmarks: cmake --preset release -D FACEKI_BENCHMARKS=ON")


def processor():
    try:
        found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found.group(1) if found else platform.machine()


def versions():
    lines = said("dpkg-query", "-W", "-f", "${Package} ${Version} ${db:Status-Status}\n", *PACKAGES).splitlines()
    return {name: version for name, version, status in (line.split() for line in lines if line.count(" ") == 2)
            if status == "installed"}


def described(root, build):
    cache = cache_of(build)
    compiler = said(cache.get("CMAKE_CXX_COMPILER", "c++"), "--version").splitlines()
    return {
        "cpu": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": f"{platform.system()} {platform.release()}",
        "load_at_start": os.getloadavg()[0],
        "time": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "compiler": compiler[0] if compiler else "unknown",
        "build_type": cache.get("CMAKE_BUILD_TYPE", ""),
        "flags": f"{cache.get('CMAKE_CXX_FLAGS', '')} {cache.get('CMAKE_CXX_FLAGS_RELEASE', '')}".strip(),
        "versions": versions(),
        "commit": said("git", "-C", str(root), "rev-parse", "HEAD") or "unknown",
        "dirty": bool(said("git", "-C", str(root), "status", "--porcelain")),
    }


def line(machine):
    commit = machine["commit"][:12] + ("+changes" if machine["dirty"] else "")
    return (f"{machine['cpu']}, {machine['cores']} cores, {machine['kernel']}, load {machine['load_at_start']:.2f} at start; "
            f"{machine['compiler']}, {machine['flags']}; {commit}")
