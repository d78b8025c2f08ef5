"""A C++ file as tokens: which bracket belongs to which, and which function a token is in. Nothing is preprocessed."""

import re
from dataclasses import dataclass

_PATTERN = re.compile(
    r"""
    (?P<space>\s+ | //[^\n]* | /\*.*?\*/ | ^\#(?:[^\n]*\\\n)*[^\n]*)
  | (?P<string>(?:u8|[uUL])?(?:R"(?P<fence>[^()\\\s]*)\(.*?\)(?P=fence)"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'))
  | (?P<number>(?:0[xX][0-9a-fA-F'.]+(?:[pP][+-]?\d+)?|\d[\d']*(?:\.\d*)?(?:[eE][+-]?\d+)?)[A-Za-z_]*)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<mark><=>|->\*|\.\.\.|<<=|>>=|::|->|\+\+|--|<<|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|.)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_CLOSED_BY = {"(": ")", "[": "]", "{": "}"}
# After one of these a `{` opens the body of a function, outside of functions.
_BEFORE_BODY = {")", "}", "const", "noexcept", "override", "final", "&", "&&"}


@dataclass
class Token:
    kind: str  # name, number, string, mark
    text: str
    start: int
    end: int
    line: int
    match: int = -1  # index of the other bracket
    inside: int = -1  # index of the innermost bracket around it
    function: str = ""


class Source:
    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.lines = text.splitlines()
        self.tokens = []
        for found in _PATTERN.finditer(text):
            kind = "string" if found.lastgroup == "fence" else found.lastgroup
            if kind != "space":
                line = text.count("\n", 0, found.start()) + 1
                self.tokens.append(Token(kind, found.group(), found.start(), found.end(), line))
        self._match_angles()
        self._match_brackets()
        self._name_functions(0, len(self.tokens), "")

    def spaced(self, i):
        """Whether blanks stand on both sides: clang-format writes binary operators so, and nothing else."""
        t = self.tokens[i]
        return self.text[t.start - 1].isspace() and self.text[t.end].isspace()

    def _match_angles(self):
        """Template brackets, as clang-format writes them: nothing but `template <` has a blank before or behind."""
        stack = []
        for i, t in enumerate(self.tokens):
            if t.text == "<" and (self.tokens[i - 1].text == "template" or not self.spaced(i)):
                stack.append(i)
            elif t.text == ">" and stack and not self.text[t.start - 1].isspace():
                t.match = stack.pop()
                self.tokens[t.match].match = i
            elif t.text in (";", "{"):
                stack.clear()

    def _match_brackets(self):
        stack = [-1]
        for i, t in enumerate(self.tokens):
            if t.text in (")", "]", "}") or t.match >= 0 and t.match < i:
                opened = stack.pop()
                if opened < 0 or t.text != _CLOSED_BY.get(self.tokens[opened].text, ">"):
                    raise SystemExit(f"{self.path}:{t.line}: {t.text} closes nothing")
                t.match, self.tokens[opened].match = opened, i
            t.inside = stack[-1]
            if t.text in _CLOSED_BY or t.match > i:
                stack.append(i)

    def _name_functions(self, first, last, scope):
        """Between two tokens that are in no function."""
        begin = i = first
        while i < last:
            t = self.tokens[i]
            if t.text == "{":
                head = self.tokens[begin:i]
                words = [h.text for h in head]
                opened = next((n for n, w in enumerate(words) if w == "(" and words[n - 1] not in ("noexcept", "decltype")), None)
                if opened is None and {"namespace", "class", "struct"} & set(words) and "enum" not in words:
                    name = "" if "namespace" in words else words[1] + "::"
                    self._name_functions(i + 1, t.match, scope + name)
                    begin = t.match + 1
                elif opened is not None and (words[-1] in _BEFORE_BODY or "->" in words):
                    for inner in self.tokens[i : t.match]:
                        inner.function = scope + self._name_before(head, opened)
                    begin = t.match + 1
            elif t.text == ";" or t.text == ":" and self.tokens[i - 1].text in ("public", "private", "protected"):
                begin = i + 1
            i = max(i, t.match) + 1

    @staticmethod
    def _name_before(head, opened):
        first = opened
        while first > 0 and head[first - 1].end == head[first].start:
            first -= 1
        return "".join(t.text for t in head[first:opened])
