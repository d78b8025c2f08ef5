#!/usr/bin/env python3
"""What the tools of this folder find in a few lines of C++, and when a run fails. Needs no compiler: python3 self_test.py"""

import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from finder import Finder  # noqa: E402
from run import compared, explanations  # noqa: E402


def found(text):
    return [m.what for m in Finder("x.cpp", text + "\n").mutants]


def woven(text):
    return Finder("x.cpp", text + "\n", 0).woven().partition("#line 1\n")[2].strip().replace("::faceki_mutants::", "")


class Finding(unittest.TestCase):
    def test_comparisons(self):
        self.assertEqual(woven("bool f() { return a < b; }"), "bool f() { return a < less<0>{} < b; }")
        self.assertEqual(found("bool f() { return a < b; }"), ["`<` becomes `<=`"])
        self.assertEqual(woven("int f() { return std::max<t>(a, b); }"), "int f() { return greatest<0, t>(a, b); }")

    def test_comparisons_that_are_none(self):
        self.assertEqual(found("template <class T> std::vector<T> f(T&& t);"), [])
        self.assertEqual(found("bool operator==(const a&, const a&) = default;"), [])
        self.assertEqual(found("const char* f() { return \"a < b\"; } // a < b"), [])
        self.assertEqual(found("#define X(a, b) a < b"), [])

    def test_conditions(self):
        self.assertEqual(woven("void f() { if (a) return; }"), "void f() { if (taken_false<0>(a)) return; }")
        self.assertEqual(woven("void f() { if (a) { return; } else return; }"),
                         "void f() { if (decided<0>(a)) { return; } else return; }")
        self.assertEqual(woven("void f() { if (const auto x = g()) return; }"),
                         "void f() { if (const auto x = g(); taken_false<0>(x)) return; }")
        self.assertEqual(woven("void f() { if (auto x = g(); x) return; }"),
                         "void f() { if (auto x = g(); taken_false<0>(x)) return; }")
        self.assertEqual(woven("void f() { for (auto x : y) return; }"), "void f() { for (auto x : y) return; }")
        self.assertEqual(woven("int f() { return a ? b : c; }"), "int f() { return decided<0>(a) ? b : c; }")
        self.assertEqual(found("void f() { while (a) return; }"), ["`a` taken as false"])  # else it would only hang

    def test_statements(self):
        self.assertEqual(woven("void f() { if (a) g(); else h(); }"),
                         "void f() { if (decided<0>(a)) g(); else if (!runs<2>()) {} else h(); }")
        self.assertEqual(woven("void f() { g(); }"), "void f() { if (!runs<0>()) {} else g(); }")
        for declaration in ("a b;", "a::b<c, d> e{f};", "a* b = c;", "const auto a = b;", "a& b = c;", "using a = b;"):
            self.assertEqual([w for w in found(f"void f() {{ {declaration} }}") if "dropped" in w], [], declaration)
        for expression in ("a();", "a = b;", "++a;", "a->b();", "a.b<c>(d);", "a[i] = b;", "throw a;", "(a ? b : c)();"):
            self.assertEqual(len([w for w in found(f"void f() {{ {expression} }}") if "dropped" in w]), 1, expression)
        self.assertIn("`g();` dropped", found("void f() { h([&](int x) -> bool { g(); }); }"))
        self.assertNotIn("`g` dropped", found("void f() { h({g, i}); }"))
        self.assertIn("`g();` dropped", found("void f() { switch (a) { case b: g(); } }"))

    def test_literals(self):
        self.assertEqual(found("int a = 5;"), ["`5` plus 1", "`5` minus 1"])
        self.assertEqual(found("int a = 0;"), ["`0` plus 1"])
        self.assertEqual(woven("int a = 0, b = 5, c = 5;"), "int a = zero<0>(0), b = literal<1>(5), c = literal<3>(5);")
        self.assertEqual(found("struct s { bool a = true; };"), ["`true` becomes `false`"])
        self.assertEqual(found("struct s { virtual void f() = 0; };"), [])
        self.assertEqual(found("std::array<int, 5> a; enum e { x = 5 }; static_assert(a == 5);"), [])
        self.assertEqual(woven("constexpr int a = 5;"), "const int a = literal<0>(5);")
        self.assertEqual(woven("struct s { static constexpr int a = 5; };"), "struct s { static inline const int a = literal<0>(5); };")
        self.assertEqual(woven("constexpr int f() { return 5; }"), "inline int f() { return literal<0>(5); }")

    def test_a_lack_of_memory(self):
        self.assertEqual(found("void f() { try { } catch (...) { g(); } }"), [])
        self.assertEqual(found("void f() { try { } catch (const e& x) { g(); } }"), ["`g();` dropped"])

    def test_keys(self):
        text = "namespace n {\nstruct s {\n    void f() noexcept\n    {\n        a = 5 + 5;\n    }\n};\n}"
        self.assertEqual([m.key for m in Finder("x.cpp", text).mutants if "plus" in m.what],
                         ["x.cpp | s::f | a = 5 + 5; | `5` plus 1", "x.cpp | s::f | a = 5 + 5; | `5` plus 1 #2"])


class Comparing(unittest.TestCase):
    mutant = Finder("x.cpp", "bool f() { return a || b < c; }\n").mutants[-1]

    def compared(self, lines, how, is_full=True):
        missing, stale = compared([(self.mutant, how)], explanations("# a remark\n\n" + "\n".join(lines)), is_full)
        return len(missing), len(stale)

    def test_a_survivor_needs_its_reason(self):
        self.assertEqual(self.compared([], ""), (1, 0))
        self.assertEqual(self.compared([self.mutant.key + " | harmless"], ""), (0, 0))

    def test_a_reason_needs_its_survivor(self):
        self.assertEqual(self.compared([self.mutant.key + " | harmless"], "unit: a check failed"), (0, 1))
        self.assertEqual(self.compared(["y.cpp | f | a | b | harmless"], "unit: a check failed"), (0, 1))
        self.assertEqual(self.compared(["y.cpp | f | a | b | harmless"], "unit: a check failed", is_full=False), (0, 0))


if __name__ == "__main__":
    unittest.main()
