"""Builds the test programs a second time, over the mutated sources.

Only what sees a mutated line is compiled: src/core, src/refresh and the tests that include their headers. All other
object files are those of a plain build, whose own commands are used with other paths.
"""

import re
import shlex
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ROOMS = ("src/core", "src/refresh")
PROGRAMS = ("unit", "flight")
_SEES_MUTANTS = re.compile(r'#include "((core|refresh)/|support/machine_script|unit/core_budget_rows)')
_COMPILES = re.compile(r" -o (\S+) -c (\S+)$")


def build(plain, folder, woven):
    """`plain` is the folder of the plain build; `woven` holds the text of each mutated source."""
    for name, text in woven.items():
        _write(folder / name, text)
    targets = [f"test_{program}" for program in PROGRAMS]
    _run("ninja", "-C", plain, *targets)
    commands = subprocess.run(["ninja", "-C", plain, "-t", "commands", *targets], check=True, capture_output=True, text=True)
    edges, own, mutated = [], {}, []
    for line in commands.stdout.splitlines():
        if found := _COMPILES.search(line):
            name = str(Path(found[2]).relative_to(ROOT)) if found[2].startswith(f"{ROOT}/") else ""
            source = folder / name if name in woven else Path(found[2])
            if name in woven or name.startswith("tests/") and _SEES_MUTANTS.search(source.read_text()):
                own[found[1]] = _compile(edges, line, source, folder, found[1])
            if name in woven:
                mutated.append(own[found[1]])
            if name == "tests/flight/main.cpp":
                mutated.append(_compile(edges, line, HERE / "first_failure.cpp", folder, "first_failure.o"))
    for line in commands.stdout.splitlines():
        for program in PROGRAMS:
            if f" -o tests/test_{program} " in line:
                words = [str(own.get(word, word)) for word in shlex.split(line.removeprefix(": && ").removesuffix(" && :"))]
                at = words.index("-o")
                words[at : at + 2] = [*map(str, mutated), "-o", str(folder / f"test_{program}")]
                inputs = [plain / word for word in words if word.endswith((".o", ".a"))]
                _edge(edges, folder / f"test_{program}", inputs, words)
    _write(folder / "build.ninja", f"rule run\n  command = cd {plain} && $words\n  depfile = $depfile\n  deps = gcc\n"
                                   f"rule link\n  command = cd {plain} && $words\n" + "".join(edges))
    _run("ninja", "-C", folder, "-j2")


def _compile(edges, line, source, folder, name):
    words = shlex.split(line[: line.index(" -MD ")])
    first = next(n for n, word in enumerate(words) if word.startswith("-"))
    words[first:first] = [f"-I{folder}/src", f"-I{HERE}"]
    out = folder / name
    _edge(edges, out, [source], [*words, "-w", "-MD", "-MF", f"{out}.d", "-o", str(out), "-c", str(source)], f"{out}.d")
    return out


def _edge(edges, out, inputs, words, depfile=""):
    edges.append(f"build {out}: {'run' if depfile else 'link'} {' '.join(str(path) for path in inputs)}\n"
                 f"  words = {shlex.join(words).replace('$', '$$')}\n" + (f"  depfile = {depfile}\n" if depfile else ""))


def _run(*command):
    if subprocess.run([str(word) for word in command], stdout=sys.stderr).returncode != 0:
        raise SystemExit("mutants: the build failed")


def _write(path, text):
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
