#!/usr/bin/env python3
"""What users pay in compile time: a file that awaits a token, beside one with only the Asio headers it needs; and a clean
build of the library alone.

Of the compiler's one thread it takes the CPU seconds, which other programs on the machine hardly change; of the build, on
two processors, the seconds that passed.
"""

import argparse
import json
import os
import re
import resource
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE = "compile_time/user_file"
LIBRARY = "compile_time/library"
BUILDS = 3  # at most: each takes about a minute

SHARED = """
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
"""

SOURCES = {
    f"{FILE}/faceki": "#include <faceki/client.hpp>" + SHARED + """
asio::awaitable<void> ask(faceki::client& client)
{
    const faceki::access_token token = co_await client.token();
    static_cast<void>(token);
}
void run(asio::io_context& io, faceki::client& client)
{
    asio::co_spawn(io, ask(client), asio::detached);
    io.run();
}
""",
    f"{FILE}/asio": """#include <utility>
#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/use_awaitable.hpp>""" + SHARED + """
struct source {
    asio::awaitable<int> token();
};
asio::awaitable<void> ask(source& client)
{
    const int token = co_await client.token();
    static_cast<void>(token);
}
void run(asio::io_context& io, source& client)
{
    asio::co_spawn(io, ask(client), asio::detached);
    io.run();
}
""",
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, metavar="N", help="readings of each file (9)")
    parser.add_argument("--quick", action="store_true", help="5 readings, and one build of the library")
    parser.add_argument("--filter", default="", metavar="REGEX", help="only series whose names match")
    parser.add_argument("--out", type=Path, metavar="FILE", help="in place of standard output")
    options = parser.parse_args()
    options.rounds = options.rounds or (5 if options.quick else 9)
    if options.rounds < 1:
        parser.error("--rounds: at least 1")
    return options


def run(command, **how):
    """Runs it without a compiler cache, and shows what it said only if it failed."""
    environment = {**os.environ, "CCACHE_DISABLE": "1", "CMAKE_CXX_COMPILER_LAUNCHER": ""}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **how)
    if done.returncode:
        sys.exit(f"{done.stdout}\n{shlex.join(map(str, command))}: exit code {done.returncode}")


def configure(folder):
    parts = [f"-DFACEKI_{part}=OFF" for part in ("DEVELOPER", "TESTS", "TESTING", "TOOLS", "BENCHMARKS", "INSTALL")]
    run(["cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
         "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", *parts])


def user_command(build):
    """As the library's own file is compiled that includes what users include, but without its private folders."""
    entries = json.loads((build / "compile_commands.json").read_text())
    command = next(shlex.split(e["command"]) for e in entries if e["file"].endswith("src/client/make_source.cpp"))
    kept = command[:command.index("-o")]
    return [word for word in kept if word != f"-I{ROOT}/src"]


def compile_seconds(command, name, folder):
    source = folder / (name.replace("/", "_") + ".cpp")
    source.write_text(SOURCES[name])
    target = source.with_suffix(".o")
    target.unlink(missing_ok=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run([*command, "-o", target, "-c", source])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if not target.stat().st_size:
        sys.exit(f"{target}: nothing was compiled")
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def build_seconds(folder):
    configure(folder)
    begin = time.monotonic()
    run(["cmake", "--build", folder, "--target", "faceki", "-j2"])
    seconds = time.monotonic() - begin
    if not list(folder.glob("**/libfaceki.*")):
        sys.exit(f"{folder}: no library was built")
    return seconds


def main():
    options = arguments()
    series = {name: [] for name in (*SOURCES, LIBRARY) if re.search(options.filter, name)}
    with tempfile.TemporaryDirectory(prefix="faceki-compile-time-") as temporary:
        folder = Path(temporary)
        configure(folder / "flags")
        command = user_command(folder / "flags")
        builds = min(BUILDS, max(1, options.rounds // BUILDS))
        for n in range(options.rounds):
            files = [name for name in SOURCES if name in series]
            for name in files if n % 2 else reversed(files):
                series[name].append(compile_seconds(command, name, folder))
            if LIBRARY in series and n < builds:
                series[LIBRARY].append(build_seconds(folder / f"build-{n}"))
    units = [{"name": name, "unit": "s", "samples": samples} for name, samples in series.items()]
    text = json.dumps({"series": units}, indent=1) + "\n"
    if options.out:
        options.out.write_text(text)
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
