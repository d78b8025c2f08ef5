"""Splits C++ into tokens: comments, literals and preprocessor lines are respected, nothing is preprocessed."""

import re
from dataclasses import dataclass

_PATTERN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<raw>(?:u8|[uUL])?R"(?P<fence>[^()\\\s]*)\(.*?\)(?P=fence)")
  | (?P<string>(?:u8|[uUL])?"(?:\\.|[^"\\\n])*")
  | (?P<char>(?:u8|[uUL])?'(?:\\.|[^'\\\n])+')
  | (?P<number>(?:0[xX][0-9a-fA-F'.]+(?:[pP][+-]?\d+)?|(?:\d[\d']*)?\.?\d[\d']*(?:\.\d*)?(?:[eE][+-]?\d+)?)[A-Za-z_]*)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<mark><=>|->\*|\.\.\.|<<=|>>=|::|->|\+\+|--|<<|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|.)
    """,
    re.VERBOSE | re.DOTALL,
)

_OPEN = {"(": ")", "[": "]", "{": "}"}


@dataclass
class Token:
    kind: str  # name, number, string, char, mark
    text: str
    start: int
    end: int
    line: int
    match: int = -1  # index of the other bracket

    def __str__(self):
        return self.text


class Source:
    """A file's text, its tokens, and which bracket belongs to which."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.tokens = list(_tokens(text))
        self._match_brackets()
        self._match_angles()

    def line_text(self, token):
        return self.text.splitlines()[token.line - 1].strip()

    def spaced(self, i):
        """Whether blanks stand on both sides: clang-format writes binary operators so, and nothing else."""
        t = self.tokens[i]
        return self.text[t.start - 1].isspace() and self.text[t.end].isspace()

    def _match_brackets(self):
        stack = []
        for i, t in enumerate(self.tokens):
            if t.text in _OPEN and t.kind == "mark":
                stack.append(i)
            elif t.text in ")]}" and t.kind == "mark":
                if not stack:
                    raise SystemExit(f"{self.path}:{t.line}: {t.text} closes nothing")
                opened = stack.pop()
                if _OPEN[self.tokens[opened].text] != t.text:
                    raise SystemExit(f"{self.path}:{t.line}: {t.text} does not close line {self.tokens[opened].line}")
                t.match, self.tokens[opened].match = opened, i

    def _match_angles(self):
        """Template brackets, as clang-format writes them: nothing but `template <` has a blank before or behind."""
        stack = []
        for i, t in enumerate(self.tokens):
            if t.kind != "mark":
                continue
            if t.text == "<" and i > 0 and self.tokens[i - 1].kind == "name":
                if self.tokens[i - 1].text == "template" or not self.text[t.start - 1].isspace():
                    stack.append(i)
            elif t.text == ">" and stack and not self.text[t.start - 1].isspace():
                t.match = stack.pop()
                self.tokens[t.match].match = i
            elif t.text in ";{":
                stack.clear()


def _tokens(text):
    at, line, line_start = 0, 1, True
    while at < len(text):
        if text[at] == "#" and line_start:
            end = at
            while (end := text.index("\n", end)) and text[end - 1] == "\\":
                end += 1
            line += text.count("\n", at, end)
            at = end
            continue
        found = _PATTERN.match(text, at)
        kind = found.lastgroup if found.lastgroup != "fence" else "raw"
        word = found.group()
        if kind not in ("space", "comment"):
            yield Token("string" if kind == "raw" else kind, word, at, found.end(), line)
        line_start = "\n" in word if kind == "space" else line_start and kind == "comment"
        line += word.count("\n")
        at = found.end()
