"""Which test cases reach a mutant, and whether one of them fails because of it."""

import os
import resource
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tree import LEFT_OUT

LIMIT = 10  # times the time that its cases take without it …
FLOOR = 10.0  # … and some seconds, since other programs run here too
MEMORY = 4 << 30
STATUS = {99: "a check failed", 98: "it ran away", 201: "a check failed"}


@dataclass
class Verdict:
    mutant: object
    killed: bool
    how: str


class Judge:
    def __init__(self, tree):
        self.tree = tree
        self.reached = {}  # first mutant of a place -> {program: [(case, times)]}
        self.seconds = {}  # (program, case)
        self.cases = {}  # program -> all of them

    def look(self, programs):
        """Without a mutant: everything has to be green, and each case says what it reaches."""
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        for program in programs:
            path = self.tree.folder / f"cases_{program}.txt"
            status = self._run(program, ["--run_test=!" + case for case in LEFT_OUT.get(program, ())], 600, FACEKI_MUTANT_CASES=str(path), FACEKI_MUTANT_COUNT="1")
            if status != 0:
                sys.exit(f"mutants: {self.tree.program(program)} fails without any mutant: {status}")
            self._read(program, path)

    def _read(self, program, path):
        always = {}
        self.cases[program] = []
        for line in path.read_text().splitlines():
            case, microseconds, *places = line.split(" ")
            counts = {int(p): int(n) for p, n in (place.split("=") for place in places)}
            if case == "(before)":
                always = counts
                continue
            self.cases[program].append(case)
            self.seconds[program, case] = int(microseconds) / 1e6
            for place, times in counts.items():
                self.reached.setdefault(place, {}).setdefault(program, []).append((case, times))
        for place, times in always.items():
            self.reached.setdefault(place, {})[program] = [(case, times) for case in self.cases[program]]

    def judge(self, mutants, jobs, tell):
        """Gives the verdicts in the order of the mutants."""
        with ThreadPoolExecutor(jobs) as pool:
            verdicts = []
            for verdict in pool.map(self._one, mutants):
                verdicts.append(verdict)
                tell(verdict, len(verdicts), len(mutants))
            return verdicts

    def _one(self, mutant):
        reached = self.reached.get(mutant.place.id, {})
        for program in sorted(reached, key=lambda p: self._time(p, reached[p])):
            cases = reached[program]
            hits = 20 * sum(times for _, times in cases) + 100_000
            status = self._run(program, _filters([case for case, _ in cases]), LIMIT * self._time(program, cases) + FLOOR,
                               FACEKI_MUTANT=str(mutant.number), FACEKI_MUTANT_HITS=str(hits))
            if status != 0:
                return Verdict(mutant, True, f"{program}: {STATUS.get(status, status)}")
        return Verdict(mutant, False, "survived" if reached else "not covered")

    def _time(self, program, cases):
        return sum(self.seconds[program, case] for case, _ in cases)

    def _run(self, program, filters, limit, **environment):
        """The exit status; a negative signal number, or a word for a time limit that passed."""
        command = [self.tree.program(program), "--log_level=nothing", "--report_level=no", *filters]
        process = subprocess.Popen(command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            return process.wait(limit)
        except subprocess.TimeoutExpired:
            return "the time limit passed"
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)  # its children too
            except ProcessLookupError:
                pass
            process.wait()


def _filters(cases):
    suites = {}
    for case in cases:
        suite, _, name = case.rpartition("/")
        suites.setdefault(suite, []).append(name)
    return ["--run_test=" + (f"{suite}/" if suite else "") + ",".join(names) for suite, names in suites.items()]
