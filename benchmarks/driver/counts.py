"""Instructions of one call, counted by callgrind: the same from run to run to a few in a thousand, whatever else the machine does.

The count of a call is the difference of two runs with N and M calls, divided by M - N: starting, warming up and ending fall out.
What is left is the clock: on a busy machine a run lasts longer and meets more ticks. The least of three runs met the fewest.
"""

import os
import re
import shutil
import tempfile

from programs import Failed, require, run
from series import Series

WORK = {"counts/cached_call": "cached", "counts/peek": "peek", "counts/parse": "parse"}
MALLOCS = {"counts/cached_call_mallocs": "cached", "counts/peek_mallocs": "peek"}
FEW, MANY = 1000, 11000
RUNS = 3


def number(output, pattern, what):
    found = re.search(pattern, output)
    if not found:
        raise Failed(f"{what} is not in the output of callgrind: {output[-500:]!r}")
    return int(found.group(1))


def per_call(few, many):
    return (many - few) / (MANY - FEW)


def least(counts):
    """Of each of the two numbers."""
    return tuple(map(min, zip(*counts)))


def one_run(program, mode, calls, limit):
    with tempfile.TemporaryDirectory() as folder:
        # An environment of its own: its length moves the stack, and with it a few instructions.
        output = run(["env", "-i", f"PATH={os.defpath}", "LC_ALL=C", "valgrind", "--tool=callgrind",
                      f"--callgrind-out-file={folder}/out", program, mode, calls], limit)
    return number(output, r"Collected : (\d+)", "the instruction count"), number(output, r"allocations=(\d+)", "allocations")


def measure(program, limit, pattern=""):
    """The series whose names match."""
    require(program)
    if not shutil.which("valgrind"):
        raise Failed("valgrind is not there: apt-get install valgrind")
    wanted = [name for name in (*WORK, *MALLOCS) if re.search(pattern, name)]
    found = {}
    for mode in dict.fromkeys({**WORK, **MALLOCS}[name] for name in wanted):
        few, many = (least(one_run(program, mode, calls, limit) for _ in range(RUNS)) for calls in (FEW, MANY))
        for table, unit, value in ((WORK, "instructions", per_call(few[0], many[0])), (MALLOCS, "mallocs", per_call(few[1], many[1]))):
            for name in table:
                if table[name] == mode and name in wanted:
                    found[name] = Series(unit, [value])
    return found
