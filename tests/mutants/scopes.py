"""What each brace of a source file opens, which function a token stands in, and where statements begin."""

from dataclasses import dataclass

CONTROL = {"if", "for", "while", "switch", "catch"}
# After one of these a `{` opens the body of a function, outside of functions.
_BEFORE_BODY = {")", "}", "const", "noexcept", "override", "final", "&", "&&", "try"}
_CLASS = {"class", "struct", "union"}


@dataclass
class Scope:
    kind: str  # file, namespace, class, enum, function, lambda, block, braces (a list of values)
    name: str = ""
    constant: bool = False  # of a constexpr function
    gives_bool: bool = False
    first: int = -1  # index of its `{`
    outer: "Scope" = None

    def function(self):
        """The innermost function or lambda around; None outside."""
        s = self
        while s and s.kind not in ("function", "lambda"):
            s = None if s.kind in ("class", "enum", "namespace", "file") else s.outer
        return s

    def place(self):
        """The qualified name that identifies this place in its file."""
        s, names = self, []
        while s:
            if s.name and (not names or s.kind in ("class", "namespace")):
                names.insert(0, s.name)
            s = s.outer
        return "::".join(names)


class Scopes:
    def __init__(self, source):
        self.source = source
        self.tokens = source.tokens
        self.of = []  # per token; a brace itself belongs to the outer scope
        self.opened = {}  # index of `{` -> Scope
        self._statement = []  # per token: index of the first token of the statement or header it is in
        self._scan()

    def statement(self, i):
        return self._statement[i]

    def _scan(self):
        scope, start = Scope("file"), 0
        for i, t in enumerate(self.tokens):
            if t.text == "}" and t.kind == "mark":
                self.of.append(scope.outer)
                self._statement.append(start)
                closed, scope = scope, scope.outer
                if closed.kind not in ("braces", "lambda"):
                    start = i + 1
                else:
                    start = self._statement[closed.first]
                continue
            self.of.append(scope)
            self._statement.append(start)
            if t.text == "{" and t.kind == "mark":
                scope = self._open(i, start, scope)
                self.opened[i] = scope
                if scope.kind != "braces":
                    start = i + 1
            elif t.text == ";" and not self._in_parentheses(i, start):
                start = i + 1
            elif t.text == ":" and i and self.tokens[i - 1].text in ("public", "private", "protected", "default"):
                start = i + 1
            elif t.text == ":" and self.tokens[start].text == "case":
                start = i + 1

    def _in_parentheses(self, i, start):
        return any(t.text == "(" and t.match > i for t in self.tokens[start:i])

    def _open(self, i, start, outer):
        if self.tokens[start].text == "template" and self.tokens[start + 1].match > 0:
            start = self.tokens[start + 1].match + 1
        head = self.tokens[start:i]
        words = [t.text for t in head]
        previous = self.tokens[i - 1].text if i else ""
        if outer.function() is None and not self._in_parentheses(i, start):
            if "namespace" in words[:2]:
                names = [t.text for t in head if t.kind == "name" and t.text not in ("namespace", "inline")]
                # The inline namespace of the Asio backend is named by a macro, everywhere the same.
                return Scope("namespace", "::".join(n for n in names if not n.isupper() and n != "faceki"), False, False, i, outer)
            if "enum" in words:
                return Scope("enum", "", False, False, i, outer)
            kind = next((n for n, w in enumerate(words) if w in _CLASS and "(" not in words[:n]), None)
            if kind is not None and "=" not in words and "<" not in words[:kind][-1:]:
                return Scope("class", next((t.text for t in head[kind + 1 :] if t.kind == "name"), ""), False, False, i, outer)
            trailing = "->" in words and ")" in words[: words.index("->")]
            if (previous in _BEFORE_BODY or trailing) and "(" in words:
                return self._function(i, head, outer)
            return Scope("braces", "", outer.constant, False, i, outer)
        return self._inner(i, start, outer, previous)

    def _function(self, i, head, outer):
        at = next((n for n, t in enumerate(head) if t.text == "(" and head[n - 1].text not in ("noexcept", "decltype")), 0)
        first = at
        while first > 0 and (head[first - 1].kind == "name" and (first == at or head[first].text in ("::", "~"))
                             or head[first - 1].text in ("::", "~")):
            first -= 1
        name = "".join(t.text for t in head[first:at])
        words = [t.text for t in head[:first]]
        for n, t in enumerate(head):
            if t.text == "operator":
                name = "operator" + "".join(u.text for u in head[n + 1 : at if at > n + 1 else at + 2])
                words = [u.text for u in head[:n]]
        constant = "constexpr" in words or "consteval" in words
        gives_bool = words[-1:] == ["bool"]
        return Scope("function", name, constant, gives_bool, i, outer)

    def _inner(self, i, start, outer, previous):
        constant = outer.constant
        here = i - 1
        while here > start and self.tokens[here].text in ("mutable", "noexcept"):
            here -= 1
        for n in range(here, max(start, here - 12), -1):  # a lambda's trailing return type
            if self.tokens[n].text == "->" and self.tokens[n - 1].text in (")", "noexcept"):
                here = n - 1
                break
        t = self.tokens[here]
        if t.text == ")":
            before = self.tokens[t.match - 1].text
            if before in CONTROL or before == "constexpr":
                return Scope("block", "", constant, False, i, outer)
            if before == "]":
                return Scope("lambda", "", False, False, i, outer)
        if t.text == "]" and self._opens_lambda(t.match):
            return Scope("lambda", "", False, False, i, outer)
        if self._in_parentheses(i, start):
            return Scope("braces", "", constant, False, i, outer)
        if previous in ("else", "do", "try", ";", "{", "}", ":", ")") or i == start:
            return Scope("block", "", constant, False, i, outer)
        return Scope("braces", "", constant, False, i, outer)

    def _opens_lambda(self, i):
        before = self.tokens[i - 1]
        return not (before.kind == "name" and before.text != "return" or before.text in (")", "]"))

    def is_block(self, i):
        """Whether the `}` at i ends statements (and so is one itself)."""
        return self.opened[self.tokens[i].match].kind not in ("braces", "lambda")
