"""Finds what can be changed in a source, and writes the source in which all of it is switchable."""

import re
from collections import Counter
from dataclasses import dataclass

from source import Source

COMPARED = {"<": ("less", "<="), "<=": ("less_or_equal", "<"), ">": ("greater", ">="), ">=": ("greater_or_equal", ">"),
            "==": ("equal", "!="), "!=": ("unequal", "==")}
SWAPPED = {"max": ("greatest", "min"), "min": ("least", "max")}
# A statement that begins with one of these is no call and no assignment.
NO_EXPRESSION = {"return", "co_return", "if", "for", "while", "do", "switch", "case", "default", "try", "catch", "goto", "else",
                 "using", "typedef", "static", "thread_local", "constexpr", "const", "auto", "struct", "class", "enum", "template",
                 "friend", "static_assert", "namespace", "public", "private", "protected", "extern"}
# Calls that only give memory back or wipe it, or take it early: tests/memory and tests/secrets look at that.
MEMORY_ONLY = re.compile(r"\.(reset|clear|reserve)\([^()]*\);$|\bwipe\(")
BEFORE_CONDITION = ("(", "[", "{", ";", ",", "?", ":", "=", "+=", "-=", "|=", "&=", "return", "co_return", "throw")
STAYS_CONSTANT = {"minutes_counted"}  # the length of an array
FOR_THE_COMPILER = {"noexcept", "decltype", "static_assert", "constexpr", "alignas"}
NAMESPACE = "::faceki_mutants::"


@dataclass
class Mutant:
    number: int
    file: str
    line: int
    what: str
    key: str  # survives edits elsewhere: file | function | line | what is done

    def __str__(self):
        return f"{self.file}:{self.line}: {self.what}"


class Finder:
    def __init__(self, path, text, first=1):
        self.source = Source(path, text)
        self.tokens = self.source.tokens
        self.next = first
        self.mutants = []
        self.inserted = []  # (offset, order, text)
        self.replaced = {}  # offset -> (end, text)
        self.seen = Counter()
        for i, t in enumerate(self.tokens):
            if t.text == "constexpr" and self.tokens[i - 1].text != "if":
                self._unconst(i)
            if not self._is_left_out(i):
                self._look_at(i)

    def woven(self):
        out, at = ['#include "mutant_switch.hpp"\n#line 1\n'], 0
        edits = [(here, order, here, word) for here, order, word in self.inserted]
        edits += [(here, (1,), end, word) for here, (end, word) in self.replaced.items()]
        for here, _, end, word in sorted(edits):
            out += [self.source.text[at:here], word]
            at = end
        return "".join(out) + self.source.text[at:]

    # Edits.

    def _mutate(self, i, *whats):
        """Numbers for the mutants of token i; returns the first."""
        t = self.tokens[i]
        for what in whats:
            key = " | ".join((self.source.path, t.function, self.source.lines[t.line - 1].strip(), what))
            self.seen[key] += 1
            if self.seen[key] > 1:
                key += f" #{self.seen[key]}"
            self.mutants.append(Mutant(self.next, self.source.path, t.line, what, key))
            self.next += 1
        return self.next - len(whats)

    def _insert(self, here, word, *order):
        self.inserted.append((here, order, word))

    def _wrap(self, name, first, last, *whats):
        """Tokens first to last become the argument of a function of mutant_switch.hpp."""
        number = self._mutate(first, *whats)
        begin, end = self.tokens[first].start, self.tokens[last].end
        self._insert(begin, f"{NAMESPACE}{name}<{number}>(", 0, -end)
        self._insert(end, ")", -1, -begin)

    def _unconst(self, i):
        """A constant that is a mutant is no constant expression."""
        t = self.tokens[i]
        kind = next((u.text for u in self.tokens[i:] if u.text in ("(", "=", "{", ";")))
        named = {u.text for u in self.tokens[i : i + 9]}
        if not named & STAYS_CONSTANT:
            static = self.tokens[i - 1].text == "static"
            self.replaced[t.start] = (t.end, "inline" if kind == "(" else "inline const" if static else "const")

    # What stands where.

    def _around(self, i):
        """The brackets around token i, from inside to outside."""
        while (i := self.tokens[i].inside) >= 0:
            yield i

    def _is_left_out(self, i):
        """What only the compiler sees (template arguments, array bounds, labels, enumerations …), and a lack of memory."""
        if self.tokens[i - 1].text == "case" or self.tokens[i - 2].text in STAYS_CONSTANT and self.tokens[i - 1].text == "=":
            return True
        for b in self._around(i):
            if self._catches_lack_of_memory(b):
                return True
            kind, before = self.tokens[b].text, self.tokens[b - 1].text
            if kind == "<" or kind == "[" and not self.tokens[i].function or kind == "(" and before in FOR_THE_COMPILER:
                return True
            if kind == "{" and "enum" in [t.text for t in self.tokens[max(b - 6, 0) : b]]:
                return True
        return False

    def _catches_lack_of_memory(self, b):
        """tests/memory makes allocations fail, the fast tests do not."""
        opened = self.tokens[b - 1].match
        caught = {t.text for t in self.tokens[opened + 1 : b - 1]}
        return self.tokens[opened - 1].text == "catch" and bool(caught & {"...", "bad_alloc"})

    def _begins_statement(self, i):
        """But for the only statement of an `if`: its condition is a mutant already."""
        around, before = self.tokens[self.tokens[i].inside], self.tokens[i - 1]
        if around.text != "{":
            return False
        if before.text == ")":
            return self.tokens[before.match - 1].text in ("for", "while")
        if before.text == "}":
            return self.tokens[i].text != "("  # T{}(…)
        if before.text == ":":
            return bool({"case", "default"} & {t.text for t in self.tokens[i - 8 : i]})
        return before.text in (";", "{", "else", "do")

    def _end_of_statement(self, i):
        return next(n for n in range(i, len(self.tokens)) if self.tokens[n].inside == self.tokens[i].inside
                     and self.tokens[n].text == ";" or n == self.tokens[self.tokens[i].inside].match)

    def _declares(self, i):
        """A declaration is a type and a name."""
        while self.tokens[i].kind == "name":
            i += 1
            if self.tokens[i].text == "<" and self.tokens[i].match > i:
                i = self.tokens[i].match + 1
            if self.tokens[i].text != "::":
                break
            i += 1
        while self.tokens[i].text in ("*", "&", "&&", "const"):
            i += 1
        return self.tokens[i].kind == "name"

    def _shown(self, first, last):
        text = " ".join(self.source.text[self.tokens[first].start : self.tokens[last].end].split())
        return "`" + (text if len(text) <= 60 else text[:57] + "...") + "`"

    # What can be changed.

    def _look_at(self, i):
        t = self.tokens[i]
        if t.function:
            if self._begins_statement(i):
                self._drop(i)
            if t.text in ("if", "while", "for"):
                self._condition(i)
            elif t.text == "?":
                self._decide(self._left(i), i - 1, ["true", "false"])
        if t.kind == "number":
            self._number(i)
        elif t.text in ("true", "false"):
            self._wrap("flipped", i, i, f"`{t.text}` becomes `{'false' if t.text == 'true' else 'true'}`")
        elif t.text in COMPARED and self.source.spaced(i) and t.match < 0:
            name, other = COMPARED[t.text]
            number = self._mutate(i, f"`{t.text}` becomes `{other}`")
            self._insert(t.end, f" {NAMESPACE}{name}<{number}>{{}} {t.text}", 0)
        elif t.text in SWAPPED and [u.text for u in self.tokens[i - 2 : i]] == ["std", "::"]:
            self._bound(i)

    def _drop(self, i):
        first = self.tokens[i]
        if first.text in NO_EXPRESSION or first.kind == "mark" and first.text not in ("(", "++", "--", "*", "::"):
            return
        if self._declares(i) and first.text not in ("throw", "co_await"):
            return
        if first.text == "break" and self.tokens[i + 2].text == "}":
            return  # of a switch's last case
        end = self._end_of_statement(i)
        if self.tokens[end].text == ";" and not MEMORY_ONLY.search(self.source.text[first.start : self.tokens[end].end]):
            number = self._mutate(i, self._shown(i, end) + " dropped")
            self._insert(first.start, f"if (!{NAMESPACE}runs<{number}>()) {{}} else ", -1, 0)

    def _condition(self, i):
        opened = i + 1
        if self.tokens[opened].text != "(":
            return  # if constexpr
        first, last = opened + 1, self.tokens[opened].match - 1
        semicolons = [n for n in range(first, last) if self.tokens[n].text == ";" and self.tokens[n].inside == opened]
        if self.tokens[i].text == "for":
            if len(semicolons) != 2 or semicolons[0] + 1 == semicolons[1]:
                return
            first, last = semicolons[0] + 1, semicolons[1] - 1
        elif semicolons:
            first = semicolons[0] + 1
        values = ["true", "false"] if self.tokens[i].text == "if" and self._has_else(opened) else ["false"]
        assigned = next((n for n in range(first, last) if self.tokens[n].text == "=" and self.tokens[n].inside == opened), 0)
        if not assigned:
            self._decide(first, last, values)
        elif values == ["false"]:  # if (auto x = …)
            number = self._mutate(i, f"{self._shown(first, last)} taken as false")
            self._insert(self.tokens[last].end, f"; {NAMESPACE}taken_false<{number}>({self.tokens[assigned - 1].text})", -1, 0)

    def _has_else(self, opened):
        n = self.tokens[opened].match + 1
        n = self.tokens[n].match if self.tokens[n].text == "{" else self._end_of_statement(n)
        return self.tokens[n + 1].text == "else"

    def _decide(self, first, last, values):
        name = "decided" if len(values) == 2 else "taken_false"
        self._wrap(name, first, last, *(f"{self._shown(first, last)} taken as {value}" for value in values))

    def _left(self, i):
        """Where the condition that ends before token i begins."""
        n = i - 1
        while (t := self.tokens[n]).text not in BEFORE_CONDITION:
            before = self.tokens[t.match - 1]
            if t.text == ")" and before.text in ("if", "while", "for") or t.text == "}" and before.kind != "name":
                break
            n = min(n, t.match if t.match >= 0 else n) - 1
        return n + 1

    def _number(self, i):
        text, before = self.tokens[i].text, self.tokens[i - 1].text
        if text == "0" and before == "{":
            return  # a duration: what is a nanosecond?
        if not self.tokens[i].function and self.tokens[i - 2].text in (")", "const", "noexcept"):
            return  # a pure virtual function
        name, whats = ("zero", ["plus 1"]) if text == "0" else ("literal", ["plus 1", "minus 1"])
        self._wrap(name, i, i, *(f"`{text}` {what}" for what in whats))

    def _bound(self, i):
        name, other = SWAPPED[self.tokens[i].text]
        last = i
        number = self._mutate(i, f"std::{self.tokens[i].text} becomes std::{other}")
        more = ""
        if self.tokens[i + 1].text == "<":
            last = self.tokens[i + 1].match
            more = ", " + self.source.text[self.tokens[i + 1].end : self.tokens[last].start]
        self.replaced[self.tokens[i - 2].start] = (self.tokens[last].end, f"{NAMESPACE}{name}<{number}{more}>")
