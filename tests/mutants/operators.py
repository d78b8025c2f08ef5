"""Finds what can be changed in a source: a list of places, each with the edit that makes it switchable and what its mutants are."""

from dataclasses import dataclass, field

from scopes import CONTROL, Scopes

COMPARED = {"<": ("less", "<=", ">="), "<=": ("less_or_equal", "<", ">"), ">": ("greater", ">=", "<="),
            ">=": ("greater_or_equal", ">", "<"), "==": ("equal", "!="), "!=": ("unequal", "==")}
CALCULATED = {"+": ("plus", "-"), "-": ("minus", "+"), "*": ("times", "/"), "/": ("over", "*"), "%": ("remainder", "/"),
              "<<": ("shifted_left", ">>"), ">>": ("shifted_right", "<<")}
SWAPPED = {"max": ("greatest", "min"), "min": ("least", "max")}
# With one of these a statement is no call and no assignment.
NO_EXPRESSION = {"return", "co_return", "if", "for", "while", "do", "switch", "case", "default", "try", "catch", "goto", "else",
                 "using", "typedef", "static", "constexpr", "const", "auto", "struct", "class", "enum", "template", "friend",
                 "static_assert", "namespace", "public", "private", "protected", "extern"}
ASSIGNED = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="}
NAMESPACE = "::faceki_mutants::"


@dataclass
class Place:
    kind: str
    file: str
    function: str
    line: int
    last_line: int
    text: str  # the source line
    mutants: list  # what each of them does
    wraps: list = field(default_factory=list)  # (from, to, before, behind): offsets, and text with {id}
    constants: list = field(default_factory=list)  # (from, to, text): a `constexpr` that has to become `const`
    id: int = 0  # of its first mutant
    key: tuple = ()


class Finder:
    def __init__(self, source):
        self.source = source
        self.tokens = source.tokens
        self.scopes = Scopes(source)
        self.places = []
        for i in range(len(self.tokens)):
            self._look_at(i)

    # What stands where.

    def _function(self, i):
        return self.scopes.of[i].function()

    def _where(self, i):
        f = self._function(i)
        return "either" if f and f.constant else "running"

    def _constexpr(self, i):
        """Where the variable that token i initialises is declared constexpr, and what it has to be to be a mutant."""
        head = self.tokens[self.scopes.statement(i) : i]
        words = [t.text for t in head]
        if "constexpr" not in words or self._where(i) == "either":
            return []
        at = words.index("constexpr")
        if next((w for w in words[at:] if w in ("=", "{", "(")), "(") == "(":
            return []  # a function
        plain = "inline const" if self.scopes.of[self.scopes.statement(i)].kind == "class" else "const"
        return [(head[at].start, head[at].end, plain)]

    def _never_runs(self, i):
        """Inside of template arguments, attributes, enumerations, labels, array bounds or assertions of the compiler."""
        start = self.scopes.statement(i)
        first = self.tokens[start].text
        if first in ("static_assert", "case", "using", "typedef") or self.scopes.of[i].kind == "enum":
            return True
        for n in range(start, i):
            t = self.tokens[n]
            if t.match > i and (t.text == "<" or t.text == "[" and self._function(i) is None):
                return True
            if t.match > i and t.text == "(" and self.tokens[n - 1].text in ("noexcept", "alignas", "decltype"):
                return True
        return False

    def _add(self, kind, i, last, mutants, wraps, constants=()):
        t = self.tokens[i]
        place = Place(kind, self.source.path, self.scopes.of[i].place(), t.line, self.tokens[last].line,
                      self.source.line_text(t), mutants, wraps, list(constants))
        self.places.append(place)

    def _call(self, name, i, *more):
        return f"{NAMESPACE}{name}<{', '.join((NAMESPACE + self._where(i), '{id}') + more)}>"

    def _text(self, first, last):
        text = " ".join(self.source.text[self.tokens[first].start : self.tokens[last].end].split())
        return text if len(text) <= 60 else text[:57] + "..."

    def _wrap(self, kind, name, first, last, mutants):
        self._add(kind, first, last, mutants,
                  [(self.tokens[first].start, self.tokens[last].end, self._call(name, first) + "(", ")")])

    # What can be changed.

    def _look_at(self, i):
        t = self.tokens[i]
        if self._never_runs(i):
            return
        if self._function(i):
            if self._begins_statement(i):
                self._drop(i)
            if t.text in ("if", "while", "for"):
                self._condition(i)
            elif t.text == "?":
                self._choice(i)
            elif t.text in ("&&", "||") and self.source.spaced(i):
                self._operand(i)
            elif t.text == "return" and self._function(i).gives_bool:
                self._negate(i)
        if t.kind == "number" or t.text in ("true", "false"):
            self._literal(i)
        elif t.kind == "mark":
            self._operator(i)
        elif t.text in ("max", "min", "clamp") and self.tokens[i - 1].text == "::" and self.tokens[i - 2].text == "std":
            self._bound(i)

    def _begins_statement(self, i):
        if i == self.scopes.statement(i):
            return True
        before = self.tokens[i - 1]
        if before.text in ("else", "do"):
            return True
        return before.text == ")" and self.tokens[before.match - 1].text in CONTROL | {"constexpr"} - {"catch"}

    def _end(self, i):
        while self.tokens[i].text != ";":
            i = self.tokens[i].match if self.tokens[i].text in "([{" and self.tokens[i].match > i else i
            i += 1
            if self.tokens[i].text in ")]}":
                return None
        return i

    def _drop(self, i):
        if not self._is_expression(i) or (end := self._end(i)) is None:
            return
        if self.tokens[i].text == "break" and self.tokens[end + 1].text == "}":
            return  # of a switch's last case
        call = self._call("runs", i)
        self._add("statement", i, end, ["`" + self._text(i, end) + "` dropped"],
                  [(self.tokens[i].start, self.tokens[end].end, f"if (!{call}()) {{}} else ", "")])

    def _is_expression(self, i):
        t = self.tokens[i]
        if t.text in NO_EXPRESSION or t.text in (";", "{", "}"):
            return False
        if t.kind != "name" or t.text in ("break", "continue", "throw", "delete", "co_await"):
            return True
        # A declaration is a type and a name.
        while True:
            if self.tokens[i].text == "::":
                i += 1
            if self.tokens[i].kind != "name":
                return True
            i += 1
            if self.tokens[i].text == "<" and self.tokens[i].match > i:
                i = self.tokens[i].match + 1
            if self.tokens[i].text != "::":
                break
        while self.tokens[i].text in ("*", "&", "&&", "const"):
            i += 1
        return self.tokens[i].kind != "name"

    def _condition(self, i):
        keyword = self.tokens[i].text
        opened = i + 1
        if self.tokens[opened].text != "(":
            return  # if constexpr
        first, last = opened + 1, self.tokens[opened].match - 1
        parts = self._split(first, last)
        if keyword == "for":
            if len(parts) != 3 or parts[1] is None:
                return
            first, last = parts[1]
        elif parts[-1] is not None:
            first, last = parts[-1]
        name = self._declared(first, last)
        shown = self._text(first, last)
        kind, helper, mutants = "condition", "decided", [f"`{shown}` taken as true", f"`{shown}` taken as false"]
        if keyword != "if":
            helper, mutants = "taken_false", mutants[1:]  # an endless loop says nothing
        if name:
            end = self.tokens[last].end
            self._add(kind, i, last, mutants, [(end, end, f"; {self._call(helper, i)}({name})", "")])
        else:
            self._wrap(kind, helper, first, last, mutants)

    def _declared(self, first, last):
        """The x of `if (const auto x = …)`."""
        for n in range(first, last):
            if self.tokens[n].text == "=" and self.tokens[n - 1].kind == "name" and n - 2 >= first:
                return self.tokens[n - 1].text if self.tokens[n - 2].kind == "name" or self.tokens[n - 2].text in "*&>" else None
            if self.tokens[n].text in "([{":
                return None
        return None

    def _split(self, first, last):
        """At each semicolon: pairs of indices, None for nothing."""
        parts, begin, n = [], first, first
        while n <= last:
            t = self.tokens[n]
            if t.text == ";":
                parts.append((begin, n - 1) if n > begin else None)
                begin = n + 1
            elif t.text in "([{" and t.match > n:
                n = t.match
            n += 1
        parts.append((begin, last) if begin <= last else None)
        return parts

    def _left(self, i, stops):
        """Where the operand that ends before token i begins."""
        n = i - 1
        while True:
            t = self.tokens[n]
            if t.text in ")]}" and t.kind == "mark":
                if t.text == "}" and self.scopes.is_block(n):
                    return n + 1
                if t.text == ")" and self.tokens[t.match - 1].text in CONTROL:
                    return n + 1
                n = t.match
            elif t.text in stops or t.text in ("(", "[", "{", ";", ",", "?", ":", "return", "co_return", "throw") or t.text in ASSIGNED:
                return n + 1
            n -= 1

    def _right(self, i, stops):
        n = i + 1
        while True:
            t = self.tokens[n]
            if t.text in ("(", "[", "{") and t.match > n:
                n = t.match
            elif t.text in stops or t.text in (")", "]", "}", ";", ",", "?", ":"):
                return n - 1
            n += 1

    def _choice(self, i):
        first = self._left(i, set())
        shown = self._text(first, i - 1)
        self._wrap("choice", "decided", first, i - 1, [f"`{shown}` taken as true", f"`{shown}` taken as false"])

    def _operand(self, i):
        """Each operand, taken as the value with which the others decide."""
        mark = self.tokens[i].text
        stops = {"||"} if mark == "||" else {"||", "&&"}
        name, value = ("taken_false", "false") if mark == "||" else ("taken_true", "true")
        first = self._left(i, stops)
        operands = [] if self.tokens[first - 1].text == mark else [(first, i - 1)]
        operands.append((i + 1, self._right(i, stops)))
        for first, last in operands:
            self._wrap("operand", name, first, last, [f"`{self._text(first, last)}` taken as {value}"])

    def _negate(self, i):
        end = self._end(i)
        words = {t.text for t in self.tokens[i + 1 : end]}
        if end == i + 1 or words & (set(COMPARED) | {"&&", "||", "true", "false", "?"}):
            return  # has mutants of its own
        self._wrap("result", "negated", i + 1, end - 1, ["the result negated"])

    def _literal(self, i):
        t = self.tokens[i]
        before = self.tokens[i - 1].text
        if before == "=" and self.tokens[i - 2].text in (")", "const", "noexcept", "override") and self._function(i) is None:
            return  # a pure virtual function
        if t.text in ("true", "false"):
            mutants = ["`true` becomes `false`" if t.text == "true" else "`false` becomes `true`"]
        else:
            mutants = [f"`{t.text}` plus 1", f"`{t.text}` minus 1"]
            if t.text.rstrip("uUlL") == "0":
                mutants.pop()
        name = "zero" if mutants == ["`" + t.text + "` plus 1"] else "literal"
        self._add("literal", i, i, mutants, [(t.start, t.end, self._call(name, i) + "(", ")")],
                  self._constexpr(i))

    def _operator(self, i):
        t = self.tokens[i]
        if t.text == ">" and self.tokens[i + 1].text == ">" and self.source.text[t.end] == ">":
            return self._shift(i)
        if t.text not in COMPARED and t.text not in CALCULATED or not self.source.spaced(i) or t.match >= 0:
            return
        if self.tokens[i - 1].text == "operator":
            return
        name, *others = COMPARED.get(t.text) or CALCULATED[t.text]
        if t.text in CALCULATED and self._is_text(i):
            return
        self._infix(i, i, t.text, name, others)

    def _shift(self, i):
        end = self.tokens[i + 1].end
        if not self.source.text[end].isspace() or self._is_text(i):
            return
        self._infix(i, i + 1, ">>", *[CALCULATED[">>"][0], list(CALCULATED[">>"][1:])])

    def _infix(self, i, last, mark, name, others):
        self._add("operator", i, last, [f"`{mark}` becomes `{other}`" for other in others],
                  [(self.tokens[last].end, self.tokens[last].end, f" {self._call(name, i)}{{}} {mark}", "")],
                  self._constexpr(i))

    def _is_text(self, i):
        """Strings are appended and written, not calculated with."""
        start = self.scopes.statement(i)
        end = self._end(start) or i
        return any(t.kind == "string" or t.text in ("out", "to_string") for t in self.tokens[start:end])

    def _bound(self, i):
        last = i
        more = ()
        if self.tokens[i + 1].text == "<":
            last = self.tokens[i + 1].match
            more = (self.source.text[self.tokens[i + 1].end : self.tokens[last].start],)
        elif self.tokens[i + 1].text != "(":
            return
        word = self.tokens[i].text
        if word == "clamp":
            name, mutants = "clamped", ["std::clamp without its lower bound", "std::clamp without its upper bound"]
        else:
            name, other = SWAPPED[word]
            mutants = [f"std::{word} becomes std::{other}"]
        begin, end = self.tokens[i - 2].start, self.tokens[last].end
        self._add("bound", i, last, mutants, [(begin, end, self._call(name, i, *more), None)])
