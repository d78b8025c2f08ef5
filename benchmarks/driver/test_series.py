"""Names and units of what the two kinds of programs write."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from series import Malformed, Series, from_google_benchmark, from_side_by_side, plain_name, read  # noqa: E402


def google(name, *values, unit="ns", **more):
    return [{"name": name, "run_name": name, "run_type": "iteration", "real_time": value, "cpu_time": 1, "time_unit": unit, **more}
            for value in values]


class Names(unittest.TestCase):
    def test_suffixes_go(self):
        self.assertEqual(plain_name("cached/token/faceki/real_time"), "cached/token/faceki")
        self.assertEqual(plain_name("parse/faceki/min_time:0.100/repeats:9/manual_time"), "parse/faceki")
        self.assertEqual(plain_name("cached/token/faceki/iterations:5/real_time/threads:1"), "cached/token/faceki")
        self.assertEqual(plain_name("fan_in/1k/faceki"), "fan_in/1k/faceki")

    def test_threads_stay(self):
        self.assertEqual(plain_name("cached/token/faceki/real_time/threads:2"), "cached/token/threads:2/faceki")
        self.assertEqual(plain_name("cached/token/threads:2/faceki/manual_time"), "cached/token/threads:2/faceki")
        self.assertEqual(plain_name("cached/token/threads:2/faceki/threads:2"), "cached/token/threads:2/faceki")


class Documents(unittest.TestCase):
    def test_each_repetition_is_a_sample(self):
        runs = google("a/b/real_time", 1, 2, 3) + [{"name": "a/b_median", "run_name": "a/b/real_time", "run_type": "aggregate", "real_time": 2}]
        self.assertEqual(from_google_benchmark({"benchmarks": runs}), {"a/b": Series("ns", [1, 2, 3])})

    def test_threads_of_google_benchmark_divide_the_time(self):
        runs = google("a/b/threads:2", 5, threads=2)
        self.assertEqual(from_google_benchmark({"benchmarks": runs}), {"a/threads:2/b": Series("ns", [10])})

    def test_a_failed_benchmark_is_no_result(self):
        with self.assertRaises(Malformed):
            from_google_benchmark({"benchmarks": google("a", 1, error_occurred=True, error_message="wrong answer")})

    def test_units(self):
        found = from_side_by_side({"series": [{"name": "a", "unit": "us", "samples": [1.5]}, {"name": "b", "unit": "KB", "samples": [2]},
                                              {"name": "c", "unit": "mallocs", "samples": [3]}, {"name": "d", "unit": "ns", "samples": []}]})
        self.assertEqual(found, {"a": Series("ns", [1500]), "b": Series("B", [2048]), "c": Series("mallocs", [3])})
        self.assertEqual(from_google_benchmark({"benchmarks": google("a", 2, unit="ms")}), {"a": Series("ns", [2e6])})

    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "x.json"
            with self.assertRaisesRegex(Malformed, "No such file"):
                read(path)
            path.write_text("")
            self.assertEqual(read(path), {})
            for broken in ("{", '{"series": [{"name": 1}]}', "[]"):
                path.write_text(broken)
                with self.assertRaisesRegex(Malformed, "not the JSON of a benchmark"):
                    read(path)


if __name__ == "__main__":
    unittest.main()
