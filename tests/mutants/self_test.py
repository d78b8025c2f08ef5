#!/usr/bin/env python3
"""What the tools of this folder find in a few lines of C++, and when a run fails. Needs no compiler: python3 self_test.py"""

import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from judge import Verdict  # noqa: E402
from known import Known, written  # noqa: E402
from operators import Finder  # noqa: E402
from run import compared  # noqa: E402
from tokens import Source  # noqa: E402
from weave import Mutant, weave  # noqa: E402


def places(text):
    return Finder(Source("x.cpp", text + "\n")).places


def found(text):
    return [what for place in places(text) for what in place.mutants]


def woven(text):
    all_of_them = places(text)
    for n, place in enumerate(all_of_them):
        place.id = n
    return weave(text + "\n", all_of_them).replace("::faceki_mutants::", "").replace("running, ", "")


class Finding(unittest.TestCase):
    def test_comparisons_that_are_none(self):
        self.assertEqual(found("template <class T> std::vector<T> f(T&& t);"), [])
        self.assertEqual(found("bool operator==(const a&, const a&) = default;"), [])
        self.assertEqual(found("const char* f() { return \"a < b\"; } // a < b"), [])
        self.assertEqual(found("#define X(a, b) a < b"), [])

    def test_comparison(self):
        self.assertEqual(woven("bool f() { return a < b; }"), "bool f() { return a < less<0>{} < b; }\n")
        self.assertEqual(found("bool f() { return a < b; }"), ["`<` becomes `<=`", "`<` becomes `>=`"])

    def test_operands(self):
        self.assertEqual(woven("bool f() { return a && g(b, c) || d; }"),
                         "bool f() { return taken_false<2>(taken_true<0>(a) && taken_true<1>(g(b, c))) || taken_false<3>(d); }\n")

    def test_conditions(self):
        self.assertEqual(woven("void f() { if (a) return; }"), "void f() { if (decided<0>(a)) return; }\n")
        self.assertEqual(woven("void f() { if (const auto x = g()) return; }"),
                         "void f() { if (const auto x = g(); decided<0>(x)) return; }\n")
        self.assertEqual(woven("void f() { if (auto x = g(); x) return; }"),
                         "void f() { if (auto x = g(); decided<0>(x)) return; }\n")
        self.assertEqual(woven("void f() { for (auto x : y) return; }"), "void f() { for (auto x : y) return; }\n")
        self.assertEqual(woven("int f() { return a ? b : c; }"), "int f() { return decided<0>(a) ? b : c; }\n")
        self.assertEqual(found("void f() { while (a) return; }"), ["`a` taken as false"])  # else it would only hang

    def test_statements(self):
        self.assertEqual(woven("void f() { if (a) g(); else h(); }"),
                         "void f() { if (decided<0>(a)) if (!runs<1>()) {} else g(); else if (!runs<2>()) {} else h(); }\n")
        for declaration in ("a b;", "a::b<c, d> e{f};", "a* b = c;", "const auto a = b;", "a& b = c;", "using a = b;"):
            self.assertEqual([w for w in found(f"void f() {{ {declaration} }}") if "dropped" in w], [], declaration)
        for expression in ("a();", "a = b;", "++a;", "a->b();", "a.b<c>(d);", "a[i] = b;", "throw a;", "(a ? b : c)();"):
            self.assertEqual(len([w for w in found(f"void f() {{ {expression} }}") if "dropped" in w]), 1, expression)

    def test_statements_of_a_lambda(self):
        self.assertIn("`g();` dropped", found("void f() { h([this] { g(); }); }"))
        self.assertIn("`g();` dropped", found("void f() { h([&](int x) -> bool { g(); }); }"))
        self.assertNotIn("`g` dropped", found("void f() { h({g, i}); }"))

    def test_literals(self):
        self.assertEqual(found("int a = 5;"), ["`5` plus 1", "`5` minus 1"])
        self.assertEqual(found("int a = 0;"), ["`0` plus 1"])
        self.assertEqual(found("struct s { bool a = true; };"), ["`true` becomes `false`"])
        self.assertEqual(found("struct s { virtual void f() = 0; };"), [])
        self.assertEqual(found("std::array<int, 5> a; enum e { x = 5 }; static_assert(a == 5);"), [])
        self.assertEqual(woven("constexpr int a = 5;"), "const int a = literal<0>(5);\n")
        self.assertEqual(woven("struct s { static constexpr int a = 5; };"), "struct s { static inline const int a = literal<0>(5); };\n")
        self.assertEqual(woven("constexpr int f() { return 5; }"), "constexpr int f() { return literal<either, 0>(5); }\n")

    def test_arithmetic(self):
        self.assertEqual(woven("int f() { return a + b; }"), "int f() { return a + plus<0>{} + b; }\n")
        self.assertEqual(found("auto f() { return \"a\" + b; }"), [])  # a text
        self.assertEqual(found("int f() { return -a; }"), [])
        self.assertEqual(woven("int f() { return std::max<t>(a, b); }"), "int f() { return greatest<0, t>(a, b); }\n")

    def test_negated_results(self):
        self.assertEqual(woven("bool f() { return g(); }"), "bool f() { return negated<0>(g()); }\n")
        self.assertEqual(woven("int f() { return g(); }"), "int f() { return g(); }\n")


class Comparing(unittest.TestCase):
    def setUp(self):
        self.file = tempfile.NamedTemporaryFile("w", suffix=".txt")
        self.addCleanup(self.file.close)
        place = places("bool f() { return a || b < c; }")[-1]
        self.mutant = Mutant(place, 1, place.mutants[0])
        self.mutant.key = (place.file, place.function, place.text, place.mutants[0])

    def wrong(self, lines, killed, is_full=True):
        path = Path(self.file.name)
        path.write_text("# a remark\n\n" + "".join(line + "\n" for line in lines))
        return compared([Verdict(self.mutant, killed, "?")], Known(path), is_full)

    def test_a_survivor_needs_its_reason(self):
        self.assertEqual(len(self.wrong([], killed=False)), 1)
        self.assertEqual(self.wrong([written(self.mutant.key, "harmless")], killed=False), [])
        self.assertEqual(len(self.wrong([written(self.mutant.key, "")], killed=False)), 2)

    def test_a_reason_needs_its_survivor(self):
        self.assertEqual(len(self.wrong([written(self.mutant.key, "harmless")], killed=True)), 1)
        gone = written(("y.cpp",) + self.mutant.key[1:], "harmless")
        self.assertEqual(len(self.wrong([gone], killed=True)), 1)
        self.assertEqual(self.wrong([gone], killed=True, is_full=False), [])

    def test_no_line_is_read_in_vain(self):
        self.assertEqual(len(self.wrong(["something else"], killed=True)), 1)
        twice = [written(self.mutant.key, "harmless")] * 2
        self.assertEqual(len(self.wrong(twice, killed=False)), 1)


if __name__ == "__main__":
    unittest.main()
