"""The places of all sources, numbered, and the text of a source in which its living places are switchable."""

from collections import Counter
from pathlib import Path

from operators import Finder
from tokens import Source

ROOMS = ("core", "refresh")
NUMBERS_PER_FILE = 1 << 10  # a change in one file does not renumber, so not rebuild, the others
MOST = 1 << 16  # as in mutant_switch.hpp
HEADER = '#include "mutant_switch.hpp"\n#line 1\n'


class Mutant:
    def __init__(self, place, number, what):
        self.place = place
        self.number = number
        self.what = what
        self.key = None  # what survives an edit elsewhere: file, function, line, what is done, and which of several alike

    def __str__(self):
        return f"{self.place.file}:{self.place.line}: {self.what}"


class Sources:
    def __init__(self, root):
        self.root = root
        self.files = {}  # path -> (text, places)
        self.mutants = []
        paths = sorted(p for room in ROOMS for p in (root / "src" / room).iterdir() if p.suffix in (".cpp", ".hpp"))
        if 1 + len(paths) * NUMBERS_PER_FILE >= MOST:
            raise SystemExit("more files than there are numbers for")
        for n, path in enumerate(paths):
            name = str(path.relative_to(root))
            text = path.read_text()
            places = Finder(Source(name, text)).places
            self._number(places, 1 + n * NUMBERS_PER_FILE, name)
            self.files[name] = (text, places)

    def _number(self, places, first, name):
        seen = Counter()
        for place in places:
            place.id = first
            for n, what in enumerate(place.mutants):
                mutant = Mutant(place, first + n, what)
                alike = (place.file, place.function, place.text, what)
                seen[alike] += 1
                mutant.key = alike if seen[alike] == 1 else alike[:3] + (f"{what} #{seen[alike]}",)
                self.mutants.append(mutant)
                place.key = place.key or mutant.key
            first += len(place.mutants)
        if len(places) and first > places[0].id + NUMBERS_PER_FILE:
            raise SystemExit(f"{name}: more mutants than {NUMBERS_PER_FILE}")

    def woven(self, name, is_dropped):
        text, places = self.files[name]
        return HEADER + weave(text, [p for p in places if not is_dropped(p)])


def weave(text, places):
    opens, closes, replaced = {}, {}, {}
    for n, place in enumerate(places):
        for begin, end, before, behind in place.wraps:
            before = before.replace("{id}", str(place.id))
            if behind is None:
                replaced[begin] = (end, before + ("" if before.endswith("(") else ""))
            elif begin == end:
                closes.setdefault(end, []).append((-begin, -n, before))
            else:
                opens.setdefault(begin, []).append((-end, n, before))
                closes.setdefault(end, []).append((-begin, -n, behind))
        for begin, end, word in place.constants:
            replaced[begin] = (end, word)
    out, at = [], 0
    for here in sorted(set(opens) | set(closes) | set(replaced)):
        if here < at:
            raise SystemExit(f"edits overlap before: {text[here:here + 40]!r}")
        out.append(text[at:here])
        at = here
        out += [word for *_, word in sorted(closes.get(here, ()))]
        out += [word for *_, word in sorted(opens.get(here, ()))]
        if here in replaced:
            at, word = replaced[here]
            out.append(word)
    out.append(text[at:])
    return "".join(out)
