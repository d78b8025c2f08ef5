"""What counts as worse, and what is told when two reports do not have the same series."""

import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import targets  # noqa: E402
from compare import compare  # noqa: E402
from judge import Condition, Constant  # noqa: E402
from series import Series  # noqa: E402

TIMES = [Condition("P1", "ours / theirs", "case", "reference", 0.5)]


def times(case, reference=100):
    return {"case": Series("ns", [case]), "reference": Series("ns", [reference])}


def kinds(now, before, conditions=TIMES, counts=()):
    return [finding.kind for finding in compare(now, before, conditions, counts, targets.in_series_unit)]


class Times(unittest.TestCase):
    def test_a_ratio_26_per_cent_worse_fails_and_24_passes(self):
        self.assertEqual(kinds(times(126), times(100)), ["worse"])
        self.assertEqual(kinds(times(124), times(100)), [])
        self.assertEqual(kinds(times(50), times(100)), [])

    def test_a_slower_machine_is_no_worse_ratio(self):
        self.assertEqual(kinds(times(1000, 1000), times(100, 100)), [])

    def test_the_line_says_what_and_how_much(self):
        (finding,) = compare(times(126), times(100), TIMES, [])
        self.assertEqual(finding.text, "P1 ours / theirs: 1 -> 1.26, +26.0%, allowed are +25%")

    def test_an_absolute_time_and_a_tail_are_told_only(self):
        absolute = [Condition("P13", "", "case", Constant(1, "s"), 60)]
        self.assertEqual(kinds(times(200), times(100), absolute), ["note"])
        tail = [Condition("P11", "", "case", "reference", 1.2, noisy=True)]
        self.assertEqual(kinds(times(200), times(100), tail), ["note"])
        self.assertEqual(kinds(times(101), times(100), tail), [])

    def test_on_another_machine_only_counts_and_bytes_are_judged(self):
        def found(now, before, conditions=TIMES, counts=()):
            return [f.kind for f in compare(now, before, conditions, counts, targets.in_series_unit, same_machine=False)]

        self.assertEqual(found(times(200), times(100)), ["note"])
        size = [Condition("P5", "", "b", Constant(1, "B"), 256)]
        self.assertEqual(found({"b": Series("B", [200])}, {"b": Series("B", [100])}, size), ["worse"])
        more, fewer = ({"counts/peek": Series("instructions", [count])} for count in (104, 100))
        self.assertEqual(found(more, fewer, (), ["counts/peek"]), ["worse"])

    def test_what_stands_beside_is_told_only(self):
        self.assertEqual(kinds(times(200), times(100), [Condition("P7", "", "case", "reference")]), ["note"])


class Counts(unittest.TestCase):
    def counts(self, now, before):
        return kinds({"counts/peek": Series("instructions", [now])}, {"counts/peek": Series("instructions", [before])}, (), ["counts/peek"])

    def test_3_1_per_cent_fails_and_2_9_passes(self):
        self.assertEqual(self.counts(1031, 1000), ["worse"])
        self.assertEqual(self.counts(1029, 1000), [])

    def test_mallocs_from_none(self):
        conditions = [Condition("P3", "", "m", Constant(1, "mallocs"), 0)]
        none, one = ({"m": Series("mallocs", [value])} for value in (0, 1))
        self.assertEqual(kinds(one, none, conditions), ["worse"])
        self.assertEqual(kinds(none, none, conditions), [])

    def test_bytes_have_the_room_of_times(self):
        conditions = [Condition("P5", "", "b", Constant(1, "B"), 256)]
        before, near, far = ({"b": Series("B", [value])} for value in (100, 124, 126))
        self.assertEqual((kinds(near, before, conditions), kinds(far, before, conditions)), ([], ["worse"]))


class Missing(unittest.TestCase):
    def texts(self, now, before):
        return [finding.text for finding in compare(now, before, TIMES, ["counts/peek"])]

    def test_is_named(self):
        self.assertEqual(self.texts(times(1), {"case": Series("ns", [1])}), ["P1 ours / theirs: the other report has no series reference"])
        self.assertEqual(self.texts({}, times(1)), ["P1 ours / theirs: this run has no series case, reference"])
        self.assertEqual(self.texts({"counts/peek": Series("instructions", [5])}, {}),
                         ["counts/peek: the other report has no series counts/peek"])
        self.assertEqual(kinds(times(1), {}), ["missing"])

    def test_in_both_is_nothing_to_tell(self):
        self.assertEqual(self.texts({}, {}), [])


if __name__ == "__main__":
    unittest.main()
