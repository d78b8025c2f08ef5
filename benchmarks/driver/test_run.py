"""The whole driver over programs that only pretend: its exit code, its lines, its files."""

import contextlib
import io
import json
import re
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import programs  # noqa: E402
import report  # noqa: E402
import run  # noqa: E402
import targets  # noqa: E402
from judge import Constant, Sum  # noqa: E402
from series import Series  # noqa: E402

CACHE = "CMAKE_BUILD_TYPE:STRING=Release\nFACEKI_BENCHMARKS:BOOL=ON\nCMAKE_CXX_COMPILER:FILEPATH=/nowhere/c++\n"

# Takes the options of both kinds; its series are those of a file beside it.
PRETENDER = """#!{python}
import json, pathlib, re, sys
options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
google = dict(word.split("=", 1) for word in sys.argv[1:] if "=" in word)
pattern = options.get("--filter", google.get("--benchmark_filter", ""))
found = json.loads(pathlib.Path(__file__).with_suffix(".series").read_text())
if "wrong" in found:
    sys.exit("wrong answer: " + found["wrong"])
found = {{name: value for name, value in found.items() if re.search(pattern, name)}}
if google:
    out, rounds = google["--benchmark_out"], int(google["--benchmark_repetitions"])
    document = {{"benchmarks": [{{"name": n, "run_name": n + "/real_time", "real_time": v[1], "time_unit": v[0]}} for n, v in found.items()
                               for _ in range(rounds)]}}
else:
    out, rounds = options["--out"], int(options["--rounds"])
    document = {{"series": [{{"name": n, "unit": v[0], "samples": [v[1]] * rounds}} for n, v in found.items()]}}
pathlib.Path(out).write_text(json.dumps(document))
"""


def good_values():
    """Series that keep each target, at 80 % of each limit or less: references first, then what is compared with them."""
    values = {}
    for name in targets.names():
        unit = "mallocs" if "malloc" in name else "B" if "bytes" in name or "heap" in name else "ns"
        values[name] = (unit, 1e7)
    for _ in range(3):  # a case is the reference of another one in places
        for c in targets.CONDITIONS:
            if c.limit is None:
                continue
            constant = c.reference.plus if isinstance(c.reference, Sum) else c.reference
            reference = targets.in_series_unit(constant).value if isinstance(constant, Constant) else values[constant][1]
            less = values[c.less][1] if c.less else 0
            values[c.case] = (values[c.case][0], min(values[c.case][1], 0.8 * c.limit * reference + less))
    return values


class Driver(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.build = self.root / "build" / "release"
        self.out = self.root / "out"
        self.build.mkdir(parents=True)
        (self.build / "CMakeCache.txt").write_text(CACHE)
        self.values = good_values()
        self.counts = {"counts/cached_call": 400, "counts/peek": 100, "counts/parse": 4000}
        self.lay()

    def lay(self):
        for program in programs.PROGRAMS:
            path = programs.path_of(program, self.root, self.build)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(PRETENDER.format(python=sys.executable))
            path.chmod(0o755)
            mine = {name: value for name, value in self.values.items() if name.startswith(program.series)}
            path.with_suffix(".series").write_text(json.dumps(mine))

    def counted(self, path, limit, pattern=""):
        programs.require(path)
        found = {**{name: Series("instructions", [value]) for name, value in self.counts.items()},
                 "counts/peek_mallocs": Series("mallocs", [self.values["counts/peek_mallocs"][1]])}
        return {name: one for name, one in found.items() if re.search(pattern, name)}

    def drive(self, *words):
        """Exit code or message, standard output, standard error."""
        with (mock.patch.object(sys, "argv", ["run.py", "--build", str(self.build), "--out", str(self.out), *words]),
              mock.patch.object(run, "ROOT", self.root), mock.patch.object(run.counts, "measure", self.counted),
              mock.patch.object(report, "drawn", lambda spec: "<svg/>"),
              contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err):
            try:
                code = run.main()
            except SystemExit as error:
                code = error.code
        return code, out.getvalue(), "\n".join(line for line in err.getvalue().splitlines() if line.startswith("error:"))

    def last_lines(self, out):
        return [line for line in out.splitlines() if line.startswith("P") and " ratio=" in line]

    def test_all_targets_kept(self):
        code, out, err = self.drive("--quick", "--filter", "")
        self.assertEqual((code, err), (0, ""), out)
        lines = self.last_lines(out)
        self.assertEqual([line.split()[0] for line in lines], list(targets.TITLES))
        # The library's clean build is for full runs.
        self.assertEqual([line for line in lines if not line.endswith(" ok")], ["P13 ratio=- target=60.00 unmeasured"])
        self.assertIn("P1 ratio=0.40 target=0.50 ok", self.drive()[1])

    def test_a_missed_target_fails_nothing(self):
        self.values["exchange/cold/faceki"] = ("ns", 2e7)
        self.lay()
        code, out, _ = self.drive()
        self.assertEqual(code, 0)
        self.assertIn("P6 ratio=2.00 target=1.10 short", out)

    def test_a_missing_program_is_named(self):
        programs.path_of(next(p for p in programs.PROGRAMS if p.name == "fan_in"), self.root, self.build).unlink()
        code, out, err = self.drive()
        self.assertEqual(code, 1)
        self.assertRegex(err, "error: fan_in: .*bench_fan_in is not there")
        self.assertIn("failed: fan_in", out)
        self.assertIn("P4 ratio=- target=0.40 unmeasured", out)
        self.assertIn("P1 ratio=0.40 target=0.50 ok", out)
        self.assertEqual(self.drive("--filter", "exchange")[0], 0)  # nobody asked for it

    def test_a_wrong_answer_is_told(self):
        programs.path_of(programs.PROGRAMS[1], self.root, self.build).with_suffix(".series").write_text('{"wrong": "the token"}')
        code, _, err = self.drive()
        self.assertEqual(code, 1)
        self.assertIn("error: parse: ended with status 1", err)

    def test_filters(self):
        _, out, _ = self.drive("--filter", "P9")
        self.assertEqual(len(self.last_lines(out)), 1, out)
        self.assertIn("P9 ratio=", out)
        self.assertEqual(set(self.saved()), {"parse/faceki", "parse/memcpy", "parse/boost_json", "parse/rapidjson", "parse/nlohmann"})
        _, out, _ = self.drive("--filter", "cached/token/faceki")
        self.assertIn("P1 ratio=- target=2.30 unmeasured", out)
        self.drive("--filter", "P10")  # a target: all of its program
        self.assertEqual({name.partition("/")[0] for name in self.saved()}, {"compile_time"})
        self.drive("--filter", "user_file/faceki")
        self.assertEqual(set(self.saved()), {"compile_time/user_file/faceki"})
        self.assertIn("nothing matches zzz", self.drive("--filter", "zzz")[0])

    def saved(self):
        return {one["name"]: one["samples"] for one in json.loads((self.out / "report.json").read_text())["series"]}

    def test_against(self):
        self.drive()
        before = self.root / "before.json"
        (self.out / "report.json").rename(before)
        code, out, _ = self.drive("--against", str(before))
        self.assertEqual(code, 0, out)
        self.assertIn("worse=0", out)

        unit, value = self.values["cached/token/faceki"]
        self.values["cached/token/faceki"] = (unit, value * 1.26)
        self.counts["counts/parse"] *= 1.031
        self.lay()
        code, out, _ = self.drive("--against", str(before))
        self.assertEqual(code, 1)
        self.assertIn("worse: P1 co_await token() / naive cache", out)
        self.assertIn("worse: counts/parse: 4000 -> 4124, +3.1%, allowed are +3%", out)

        document = json.loads(before.read_text())
        document["series"] = [one for one in document["series"] if not one["name"].startswith("parse/")]
        before.write_text(json.dumps(document))
        _, out, _ = self.drive("--against", str(before), "--filter", "parse")
        self.assertIn("not compared: P9 parse / memcpy: the other report has no series parse/faceki, parse/memcpy", out)
        self.assertIn("no such", str(self.drive("--against", str(self.root / "none.json"))[0]).lower())

    def test_what_seems_worse_is_measured_again(self):
        self.drive()
        before = self.root / "before.json"
        (self.out / "report.json").rename(before)
        unit, value = self.values["cached/token/faceki"]
        measure, runs = run.programs.measure, []

        def disturbed_once(program, *rest):
            runs.append(program.name)
            self.values["cached/token/faceki"] = (unit, value * (2 if runs.count("cached") == 1 else 1))
            self.lay()
            return measure(program, *rest)

        with mock.patch.object(run.programs, "measure", disturbed_once):
            code, out, _ = self.drive("--against", str(before))
        self.assertEqual(code, 0, out)
        self.assertIn("measured again: P1 co_await token() / naive cache", out)
        self.assertEqual((runs.count("cached"), runs.count("parse")), (2, 1))

    def test_only_release_builds(self):
        for line, wrong in (("CMAKE_BUILD_TYPE:STRING=Debug", "'Debug', not Release"), ("FACEKI_SANITIZE:STRING=thread", "sanitizer"),
                            ("FACEKI_BENCHMARKS:BOOL=OFF", "without benchmarks")):
            (self.build / "CMakeCache.txt").write_text(CACHE + line + "\n")
            self.assertIn(wrong, str(self.drive()[0]))

    def test_the_page_needs_nothing_else(self):
        series = {"parse/<b>": Series("ns", [1]), "parse/faceki": Series("ns", [1, 2]), "parse/memcpy": Series("ns", [1, 2])}
        readings, verdicts = run.judged(series, True)
        about = {"cpu": "<cpu>", "cores": 2, "kernel": "", "load_at_start": 1, "compiler": "", "flags": "", "commit": "", "dirty": True,
                 "time": "", "versions": {"nginx": "1"}}
        page = report.page(report.Report(about, True, "<i>", series, readings, verdicts, list(run.anchors(series)), []), ["a</script>b"])
        self.assertNotRegex(page, r"(src|href)=|@import|url\(|<!--|<b>|<i>|<cpu>")
        self.assertEqual(page.count("</script>"), 2)

    def test_a_program_that_hangs(self):
        with self.assertRaisesRegex(programs.Failed, "did not end within 1 s"):
            programs.run([sys.executable, "-c", "import time; time.sleep(60)"], 1)


if __name__ == "__main__":
    unittest.main()
