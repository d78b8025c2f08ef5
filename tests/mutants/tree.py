"""A build tree of its own: a copy of the project whose core/ and refresh/ hold all mutants at once."""

import os
import re
import shutil
import subprocess
import sys


# Of the tests what the two programs need, and one file for each of the other programs that tests/CMakeLists.txt names.
COPIED = ("CMakeLists.txt", "cmake/*", "include/**/*", "src/**/*", "examples/*", "tests/CMakeLists.txt", "tests/unit/*",
          "tests/flight/*", "tests/support/*", "tests/*/main.cpp", "tests/tool/*.?pp")
# Tests of src/refresh that stand elsewhere because they need the real clock or a thread, and are fast all the same.
BORROWED = {"flight": ("integration/quiet_alarm.cpp", "stress/own_thread.cpp")}
LEFT_OUT = {"flight": ("own_threads/peeking_threads_while_short_tokens_are_kept_fresh",)}  # seconds long
PROGRAMS = ("unit", "flight")
HERE = os.path.dirname(os.path.abspath(__file__))

_PLACE = re.compile(r"faceki_mutants::\w+<(?:faceki_mutants::)?\w+, (\d+)|\bId = (\d+)")
_DIAGNOSTIC = re.compile(r"^(\S+?):(\d+):(?:\d+:)?\s+(error|note|  required|fatal error|warning|.*required from)")
_LEADS_IN = re.compile(r"^(In file included|.*: In |.*: At |\s+from )|:\s+(required|recursively required|in 'constexpr')")


class Tree:
    def __init__(self, root, folder):
        self.root = root
        self.folder = folder
        self.sources_folder = folder / "tree"
        self.build_folder = folder / "build"
        self._dropped_file = folder / "does_not_compile.txt"
        self.dropped = set()
        if self._dropped_file.exists():
            self.dropped = {tuple(line.split("\t")) for line in self._dropped_file.read_text().splitlines()}

    def is_dropped(self, place):
        return place.key in self.dropped

    def program(self, name):
        return self.build_folder / "tests" / f"test_{name}"

    def build(self, sources):
        self._copy(sources)
        self._configure()
        # The library alone first: what does not compile shows there, mostly, and nothing else has to be built for it.
        for targets in (["faceki"], ["test_" + name for name in PROGRAMS]):
            while not self._made(targets, sources):
                pass

    def _copy(self, sources):
        wanted = {}
        for pattern in COPIED:
            for path in self.root.glob(pattern):
                if path.is_file():
                    wanted[str(path.relative_to(self.root))] = path.read_bytes()
        for name in sources.files:
            wanted[name] = sources.woven(name, self.is_dropped).encode()
        wanted["include/mutant_switch.hpp"] = self._own("mutant_switch.hpp")
        for program in PROGRAMS:
            wanted[f"tests/{program}/case_watch.cpp"] = self._own("case_watch.cpp")
            for name in BORROWED.get(program, ()):
                wanted[f"tests/{program}/borrowed_{os.path.basename(name)}"] = (self.root / "tests" / name).read_bytes()
        for name, content in wanted.items():
            _write_if_changed(self.sources_folder / name, content)
        for path in sorted(self.sources_folder.rglob("*")):
            if path.is_file() and str(path.relative_to(self.sources_folder)) not in wanted:
                path.unlink()

    def _own(self, name):
        with open(os.path.join(HERE, name), "rb") as file:
            return file.read()

    def _configure(self):
        options = {"CMAKE_BUILD_TYPE": "None", "CMAKE_CXX_FLAGS": "-O1 -w -fdiagnostics-color=never", "FACEKI_DEVELOPER": "OFF",
                   "FACEKI_TESTS": "ON", "FACEKI_BENCHMARKS": "OFF"}
        if shutil.which("ccache") and "CMAKE_CXX_COMPILER_LAUNCHER" not in os.environ:
            options["CMAKE_CXX_COMPILER_LAUNCHER"] = "ccache"
        if (self.build_folder / "build.ninja").exists():
            return  # ninja configures again where that is needed
        command = ["cmake", "-S", self.sources_folder, "-B", self.build_folder, "-G", "Ninja"]
        subprocess.run(command + [f"-D{name}={value}" for name, value in options.items()], check=True, stdout=sys.stderr)

    def _made(self, targets, sources):
        """False if mutants had to be dropped, so that it has to be tried again."""
        print(f"Building {' '.join(targets)}", file=sys.stderr)
        command = ["cmake", "--build", self.build_folder, "--target", *targets, "--", "-k", "0"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode == 0:
            return True
        guilty = self._guilty(done.stdout, sources)
        if not guilty:
            errors = [line for line in done.stdout.splitlines() if "error" in line][:20]
            sys.exit("\n".join(errors or done.stdout.splitlines()[-40:]) + "\nmutants: the build failed, and no mutant is the reason")
        for place in guilty:
            print(f"does not compile: {place.file}:{place.line}: {', '.join(place.mutants)}", file=sys.stderr)
        self.dropped |= {place.key for place in guilty}
        self._dropped_file.write_text("".join("\t".join(key) + "\n" for key in sorted(self.dropped)))
        for name in {place.file for place in guilty}:
            _write_if_changed(self.sources_folder / name, sources.woven(name, self.is_dropped).encode())
        return False

    def _guilty(self, output, sources):
        living = [p for _, places in sources.files.values() for p in places if not self.is_dropped(p)]
        by_id = {p.id: p for p in living}
        reports = list(_reports(output))
        named = {int(a or b) for report in reports for a, b in _PLACE.findall("\n".join(report))} & set(by_id)
        if named:
            return [by_id[n] for n in sorted(named)]
        guilty = []
        for report in reports:
            found = []
            for line in report:
                at = _DIAGNOSTIC.match(line)
                if at and not found:
                    found = self._at(at.group(1), int(at.group(2)), living)
            guilty += [p for p in found if p not in guilty]
        return guilty

    def _at(self, path, line, living):
        name = os.path.relpath(path, self.sources_folder) if os.path.isabs(path) else path
        here = [p for p in living if p.file == name]
        return [p for p in here if p.line == line] or [p for p in here if p.line <= line <= p.last_line][-1:]


def _reports(output):
    """The compiler's output, one list of lines per error: what leads to it, itself, and its notes."""
    report, lead = [], []
    for line in output.splitlines():
        found = _DIAGNOSTIC.match(line)
        if found and "error" in found.group(3):
            if report:
                yield report
            # Its own line first: that is where to look if no mutant is named.
            report = [line] + lead
            lead = []
        elif _LEADS_IN.search(line):
            lead.append(line)
        elif report:
            report.append(line)
            lead = []
    if report:
        yield report


def _write_if_changed(path, content):
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
