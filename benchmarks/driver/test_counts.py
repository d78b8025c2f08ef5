"""From what callgrind prints to the count of one call."""

import sys
import unittest
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import counts  # noqa: E402
import programs  # noqa: E402
from series import Series  # noqa: E402


class Counts(unittest.TestCase):
    def measure(self, pattern, per_call=407, extra=(0, 300, 100)):
        """Runs that cost 5,000,000 to start, and a little more by chance."""
        chance = iter(extra * 100)

        def run(command, limit):
            calls = command[-1]
            return f"allocations={3 + calls}\n==1== Collected : {5_000_000 + per_call * calls + next(chance)}\n"

        with mock.patch.object(counts, "run", run), mock.patch.object(counts.shutil, "which", lambda _: "valgrind"):
            return counts.measure(Path(__file__), 10, pattern)

    def test_one_call_is_the_difference_without_the_start(self):
        found = self.measure("")
        self.assertEqual(found["counts/cached_call"], Series("instructions", [407]))
        self.assertEqual(found["counts/peek_mallocs"], Series("mallocs", [1]))
        self.assertEqual(len(found), 5)

    def test_only_what_is_wanted(self):
        self.assertEqual(list(self.measure("parse")), ["counts/parse"])
        self.assertEqual(self.measure("nothing"), {})

    def test_unknown_output_is_told(self):
        with mock.patch.object(counts, "run", lambda *_: "valgrind: fatal"), self.assertRaisesRegex(programs.Failed, "instruction count"):
            counts.one_run(Path("x"), "peek", 1, 1)

    def test_a_missing_program_or_valgrind_is_named(self):
        with self.assertRaisesRegex(programs.Failed, "/nowhere/bench_counted is not there"):
            counts.measure(Path("/nowhere/bench_counted"), 1)
        with mock.patch.object(counts.shutil, "which", lambda _: None), self.assertRaisesRegex(programs.Failed, "install valgrind"):
            counts.measure(Path(__file__), 1)


if __name__ == "__main__":
    unittest.main()
