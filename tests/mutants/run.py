#!/usr/bin/env python3
"""Changes src/core and src/refresh in many small ways, one at a time, and sees whether the unit and flight tests notice.

All mutants are compiled into one copy of the sources; a variable of the environment chooses the active one.
Last line: mutants=N killed=K survived=S explained=E. Fails if a mutant survives that survivors.txt does not explain, or if
fewer than 90 % of all are killed. What survivors.txt explains in vain is listed as stale.
"""

import argparse
import os
import random
import re
import resource
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from build import HERE, PROGRAMS, ROOMS, ROOT, build  # noqa: E402
from finder import Finder  # noqa: E402

ENOUGH = 90  # per cent
TESTS = {"unit": "core_*,refresh_*", "flight": "*"}
# They need the real clock, or a thread of their own: tests/integration and tests/stress test them.
LEFT_OUT = ("boot_clock.cpp", "private_thread.cpp", "quiet_timer.cpp", "timer_fd.hpp")
LIMIT = 10  # times the time that the tests take without a mutant, and at least as many seconds: other programs run here too
MEMORY = 4 << 30
SEPARATOR = " | "


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, metavar="N", help="only N mutants, chosen by --seed")
    parser.add_argument("--seed", default="1", help="any word; the same one chooses the same mutants (1)")
    parser.add_argument("--only", metavar="REGEX", help="only mutants whose file:line: text matches")
    parser.add_argument("--jobs", type=int, default=2, help="how many run at a time (2)")
    parser.add_argument("--list", action="store_true", help="print the mutants, and run nothing")
    parser.add_argument("--build-only", action="store_true", help="make the programs, and run nothing")
    parser.add_argument("--plain", type=Path, default=ROOT / "build" / "release", help="a build of this project (build/release)")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "mutants", help="what is made here (build/mutants)")
    return parser.parse_args()


def found():
    paths = sorted(path for room in ROOMS for path in (ROOT / room).glob("*.?pp") if path.name not in LEFT_OUT)
    # A change in one file does not renumber, so not rebuild, the others.
    return [Finder(str(path.relative_to(ROOT)), path.read_text(), 1 + 1000 * n) for n, path in enumerate(paths)]


def chosen(mutants, options):
    if options.only:
        mutants = [m for m in mutants if re.search(options.only, str(m))]
    if options.sample is not None and options.sample < len(mutants):
        picked = set(random.Random(options.seed).sample(sorted(m.key for m in mutants), options.sample))
        mutants = [m for m in mutants if m.key in picked]
    return mutants


def outcome(folder, program, number, limit):
    """What went wrong; empty if all tests passed."""
    command = [folder / f"test_{program}", "--log_level=nothing", "--report_level=no", "--run_test=" + TESTS[program]]
    process = subprocess.Popen(command, env={**os.environ, "FACEKI_MUTANT": str(number)}, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        status = process.wait(limit)
        return f"{program}: {'a check failed' if status in (99, 201) else f'status {status}'}" if status else ""
    except subprocess.TimeoutExpired:
        return f"{program}: the time limit passed"
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)  # its children too
        except ProcessLookupError:
            pass
        process.wait()


def judged(folder, mutants, jobs):
    """Pairs: a mutant, and what it was killed by, empty for a survivor."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    begin = time.monotonic()
    for program in PROGRAMS:
        if wrong := outcome(folder, program, 0, 600):
            raise SystemExit(f"mutants: without any mutant: {wrong}")
    limit = LIMIT * max(1, time.monotonic() - begin)

    def one(mutant):
        programs = PROGRAMS if mutant.file.startswith("src/core") else PROGRAMS[::-1]
        return next(filter(None, (outcome(folder, program, mutant.number, limit) for program in programs)), "")

    verdicts = []
    with ThreadPoolExecutor(jobs) as pool:
        for mutant, how in zip(mutants, pool.map(one, mutants)):
            verdicts.append((mutant, how))
            if len(verdicts) % 100 == 0:
                print(f"{len(verdicts)} of {len(mutants)}", file=sys.stderr, flush=True)
    return verdicts


def explanations(text):
    """One a line: file | function | source line | what is done | why no test notices. Blank lines and # lines are free."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return {key: why for key, _, why in (line.rpartition(SEPARATOR) for line in lines)}


def compared(verdicts, explained, is_full):
    """What survivors.txt has to say in addition, and what it says in vain."""
    missing = [m for m, how in verdicts if not how and not explained.get(m.key)]
    killed = {m.key: how for m, how in verdicts if how}
    survived = {m.key for m, how in verdicts if not how}
    stale = [f"{key}: killed ({killed[key]})" for key in explained if key in killed]
    if is_full:
        stale += [f"{key}: there is no such mutant" for key in explained if key not in killed and key not in survived]
    return missing, stale


def main():
    options = arguments()
    finders = found()
    every = [m for finder in finders for m in finder.mutants]
    mutants = chosen(every, options)
    if options.list:
        print(*mutants, sep="\n")
        return 0
    build(options.plain.resolve(), options.folder.resolve(), {finder.source.path: finder.woven() for finder in finders})
    if options.build_only:
        return 0
    verdicts = judged(options.folder, mutants, options.jobs)
    (options.folder / "verdicts.txt").write_text("".join(f"{how or 'survived'}: {m}\n" for m, how in verdicts))

    is_full = len(mutants) == len(every)
    missing, stale = compared(verdicts, explanations((HERE / "survivors.txt").read_text()), is_full)
    for line in stale:
        print(f"stale in survivors.txt: {line}")
    for m in missing:
        print(f"survived, and survivors.txt does not say why: {m}\n    {m.key}{SEPARATOR}…")
    killed = sum(1 for _, how in verdicts if how)
    survived = len(verdicts) - killed
    too_few = is_full and 100 * killed < ENOUGH * len(verdicts)
    if too_few:
        print(f"fewer than {ENOUGH} % were killed")
    print(f"mutants={len(verdicts)} killed={killed} survived={survived} explained={survived - len(missing)}")
    return 1 if missing or too_few else 0


if __name__ == "__main__":
    sys.exit(main())
