"""Ratio, spread, verdict."""

import math
import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import targets  # noqa: E402
from judge import Anchor, Condition, Constant, Sum, quartiles, read, reproduces, verdict  # noqa: E402
from series import Series  # noqa: E402


def ns(*samples):
    return Series("ns", samples)


def reading(limit=0.5, case=(4, 5, 6), reference=(10, 10, 10), target="P1"):
    return read(Condition(target, "", "case", "reference", limit), {"case": ns(*case), "reference": ns(*reference)})


class Ratio(unittest.TestCase):
    def test_is_the_median_of_those_round_by_round(self):
        r = reading(case=(4, 100, 5), reference=(10, 10, 10))
        self.assertEqual((r.ratio, r.rounds), (0.5, 3))
        # A disturbed round disturbs both: their ratio stays.
        r = reading(case=(5, 50, 500), reference=(10, 100, 1000))
        self.assertEqual((r.ratio, r.low, r.high), (0.5, 0.5, 0.5))

    def test_spread(self):
        r = reading(case=(1, 2, 3, 4, 5), reference=(1, 1, 1, 1, 1))
        self.assertEqual((r.low, r.ratio, r.high), (2, 3, 4))
        self.assertEqual(quartiles([1, 2, 3, 4, 5]), (2, 4))
        self.assertEqual(quartiles([7]), (7, 7))

    def test_unequal_rounds_are_spread_over_all_pairs(self):
        r = reading(case=(1, 3), reference=(1, 1, 1))
        self.assertEqual((r.ratio, r.low, r.high), (2, 1, 3))

    def test_against_a_constant_in_its_own_unit(self):
        found = read(Condition("P12", "", "case", Constant(1, "ms"), 2), {"case": Series("us", [1500, 1500])}, targets.in_series_unit)
        self.assertEqual((found.ratio, found.verdict), (1.5, "ok"))

    def test_what_is_taken_off(self):
        series = {"faceki": Series("s", [3.4]), "asio": Series("s", [3.0])}
        found = read(Condition("P10", "", "faceki", Constant(1, "s"), 0.5, less="asio"), series, targets.in_series_unit)
        self.assertAlmostEqual(found.ratio, 0.4)

    def test_against_a_sum(self):
        stall = Condition("P7", "", "p99", Sum(1.3, "shortest", Constant(1, "ms")), 1)
        series = {"p99": Series("ms", [3.6, 3.6]), "shortest": Series("ms", [2, 2])}
        self.assertEqual(read(stall, series, targets.in_series_unit).ratio, 1)
        del series["shortest"]
        self.assertEqual(read(stall, series).missing, ["shortest"])

    def test_a_reference_of_nothing(self):
        self.assertEqual(reading(reference=(0, 0, 0)).ratio, math.inf)
        self.assertEqual(reading(reference=(0, 0, 0)).verdict, "short")


class Verdicts(unittest.TestCase):
    def line(self, *readings):
        return verdict("P1", readings).line()

    def test_lines(self):
        self.assertEqual(self.line(reading(case=(4.1,), reference=(10,))), "P1 ratio=0.41 target=0.50 ok")
        self.assertEqual(self.line(reading(case=(5.1,), reference=(10,))), "P1 ratio=0.51 target=0.50 short")
        self.assertEqual(self.line(reading(case=(5,), reference=(10,))), "P1 ratio=0.50 target=0.50 ok")
        self.assertEqual(self.line(reading(limit=0.02, case=(1.5,), reference=(100,))), "P1 ratio=0.015 target=0.020 ok")

    def test_the_condition_farthest_beyond_its_limit_speaks(self):
        mild, bad = reading(limit=2, case=(21,)), reading(limit=0.1, case=(4,))
        self.assertEqual(self.line(mild, bad), "P1 ratio=0.40 target=0.10 short")

    def test_the_condition_nearest_to_its_limit_speaks(self):
        near, far = reading(limit=2.3, case=(22,)), reading(limit=0.5, case=(1,))
        self.assertEqual(self.line(far, near), "P1 ratio=2.20 target=2.30 ok")

    def test_what_was_not_measured_is_not_ok(self):
        nothing = read(Condition("P1", "", "case", "other", 1), {"case": ns(1)})
        self.assertEqual((nothing.missing, nothing.verdict), (["other"], "unmeasured"))
        self.assertEqual(self.line(nothing), "P1 ratio=- target=1.00 unmeasured")
        self.assertEqual(self.line(reading(), nothing), "P1 ratio=0.50 target=0.50 unmeasured")
        self.assertEqual(self.line(reading(case=(9,)), nothing), "P1 ratio=0.90 target=0.50 short")

    def test_a_limit_of_none_at_all(self):
        one = Condition("P3", "", "mallocs", Constant(1, "mallocs"), 0)
        self.assertEqual(read(one, {"mallocs": Series("mallocs", [0])}).verdict, "ok")
        self.assertEqual(read(one, {"mallocs": Series("mallocs", [0.001])}).verdict, "short")

    def test_what_only_stands_beside_decides_nothing(self):
        beside = reading(limit=None, case=(1000,))
        self.assertEqual(beside.verdict, "beside")
        self.assertEqual(self.line(beside, reading(case=(4,))), "P1 ratio=0.40 target=0.50 ok")


class Table(unittest.TestCase):
    def test_every_target_has_a_condition_with_a_limit(self):
        self.assertEqual(list(targets.TITLES), [f"P{n}" for n in range(1, 14)])
        for target in targets.TITLES:
            self.assertTrue(any(c.target == target and c.limit is not None for c in targets.CONDITIONS), target)
        for condition in targets.CONDITIONS:
            self.assertIn(condition.target, targets.TITLES)

    def test_anchors(self):
        anchor = Anchor("", "", "", 4, 8)
        self.assertEqual([reproduces(anchor, ratio) for ratio in (2.9, 3, 6, 10, 10.1)], [False, True, True, True, False])


if __name__ == "__main__":
    unittest.main()
