"""The programs, how long each may take, and how one is run."""

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass

import series


class Failed(Exception):
    """What went wrong with a program, and what to do about it."""


@dataclass(frozen=True)
class Budget:
    rounds: int  # samples of each series
    min_time: float = 0  # s of each sample; Google Benchmark only
    limit: int = 600  # s after which the program is taken to hang
    only: str = ""  # a regex: cases that are worth the time


@dataclass(frozen=True)
class Program:
    name: str
    kind: str  # google, side_by_side, script, counts
    full: Budget
    quick: Budget

    @property
    def series(self):
        """How the names of its series begin."""
        return "counts/" if self.kind == "counts" else self.name + "/"


# The one place that says where the time goes. All the quick ones together have to end within 4 minutes on two cores.
PROGRAMS = [
    Program("cached", "google", Budget(9, 0.2), Budget(9, 0.03, 120)),
    Program("parse", "google", Budget(9, 0.2), Budget(9, 0.03, 120)),
    Program("counted", "counts", Budget(1, limit=300), Budget(1, limit=120)),
    Program("fan_in", "side_by_side", Budget(9, limit=900), Budget(5, limit=180)),
    Program("isolation", "side_by_side", Budget(9, limit=600), Budget(3, limit=120)),
    Program("exchange", "side_by_side", Budget(15, limit=900), Budget(9, limit=180)),
    Program("rollover", "side_by_side", Budget(9, limit=900), Budget(3, limit=180)),
    Program("footprint", "side_by_side", Budget(9, limit=600), Budget(9, limit=120)),
    # The library's clean build alone takes up to a minute: P13 is for full runs.
    Program("compile_time", "script", Budget(5, limit=1800), Budget(3, limit=180, only="user_file")),
]
COUNTED = "counted"  # its series are counts/…


def tail(text, lines=15):
    return "\n".join("    " + line for line in text.splitlines()[-lines:])


def run(command, limit, log=None):
    """Standard output of a command that has to succeed in time; with what it said otherwise."""
    process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)
    try:
        output, _ = process.communicate(timeout=limit)
    except BaseException as error:  # Ctrl-C too: the children must not stay
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        if not isinstance(error, subprocess.TimeoutExpired):
            raise
        raise Failed(f"did not end within {limit} s; its last words:\n{tail(output)}") from error
    if log:
        log.write_text(output)
    if process.returncode:
        raise Failed(f"ended with status {process.returncode}; its last words:\n{tail(output)}")
    return output


def path_of(program, root, build):
    if program.kind == "script":
        return root / "benchmarks" / f"{program.name}.py"
    return build / "benchmarks" / program.name / f"bench_{program.name}"


def require(path):
    if not path.exists():
        raise Failed(f"{path} is not there: this tree lacks it" + (
            "" if path.suffix == ".py" else ", or it was not built: cmake --build build/release --target faceki_benchmarks"))


def command(program, path, budget, pattern, out):
    pattern = pattern or budget.only
    if program.kind == "google":
        return [path, f"--benchmark_repetitions={budget.rounds}", f"--benchmark_min_time={budget.min_time}",
                "--benchmark_enable_random_interleaving=true", f"--benchmark_out={out}", "--benchmark_out_format=json",
                *([f"--benchmark_filter={pattern}"] if pattern else [])]
    return [*([sys.executable] if program.kind == "script" else []), path, "--rounds", budget.rounds, "--out", out,
            *(["--filter", pattern] if pattern else [])]


def chosen(pattern, target_series=None):
    """Programs, and the pattern each gets: none if its own name matches, for then all of it is meant. Of a target, whose series are
    given: all of the programs they come from."""
    for program in PROGRAMS:
        if target_series is None:
            yield program, "" if re.search(pattern, program.name) else pattern
        elif any(name.startswith(program.series) for name in target_series):
            yield program, ""


def is_asked_for(program, pattern, known):
    """By its own name or by one of the series that are needed of it. Others may match too: only the program knows them all."""
    names = [name for name in known if name.startswith(program.series)]
    return any(re.search(pattern, name) for name in (program.name, *names))


def measure(program, root, build, folder, budget, pattern):
    """The series of one program; Failed if it is missing, hangs, or found a wrong answer."""
    path = path_of(program, root, build)
    require(path)
    out = folder / f"{program.name}.json"
    out.unlink(missing_ok=True)
    run(command(program, path, budget, pattern, out), budget.limit, folder / f"{program.name}.log")
    try:
        return series.read(out) if out.exists() or not pattern else {}
    except series.Malformed as error:
        raise Failed(str(error)) from error
