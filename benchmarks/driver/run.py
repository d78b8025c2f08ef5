#!/usr/bin/env python3
"""Runs the benchmarks side by side with what they are compared with, judges the targets, and writes a report.

Prints each condition with its ratio, and at the end one line per target: P1 ratio=0.41 target=0.50 ok (or short, unmeasured). A target
that is missed fails nothing: only a wrong answer, a missing program, or, with --against, what has become worse does.
"""

import argparse
import os
import re
import shutil
import signal
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import compare  # noqa: E402
import counts  # noqa: E402
import judge  # noqa: E402
import machine  # noqa: E402
import programs  # noqa: E402
import report  # noqa: E402
import tables  # noqa: E402
import targets  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
MEASURED_AT_MOST = 3  # times, before a run is worse than an earlier one


def regex(text):
    try:
        re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"no regular expression: {error}") from error
    return text


def arguments():
    parser = argparse.ArgumentParser(prog="dev bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: under 4 minutes")
    parser.add_argument("--filter", type=regex, default="", metavar="REGEX",
                        help="only programs or cases of that name; or P6: the programs which that target needs")
    parser.add_argument("--against", type=Path, metavar="FILE",
                        help="an earlier report.json: exit 1 if a time ratio is 25 %% worse, or an instruction count 3 %%")
    parser.add_argument("--chart", type=Path, metavar="FILE", help="put the chart (SVG) there too")
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "release", metavar="FOLDER", help="the build (build/release)")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "bench", metavar="FOLDER",
                        help="gets report.json, report.html, chart.svg and what each program said (build/bench)")
    return parser.parse_args()


def measure(program, options, budget, pattern):
    if program.name == programs.COUNTED:
        return counts.measure(programs.path_of(program, ROOT, options.build), budget.limit, pattern)
    return programs.measure(program, ROOT, options.build, options.out, budget, pattern)


def measured(options):
    """All series, and the programs that could not give theirs."""
    series, failed = {}, []
    needed = targets.names_of(options.filter) if options.filter in targets.TITLES else None
    for program, pattern in programs.chosen(options.filter, needed):
        is_asked_for = not pattern or programs.is_asked_for(program, pattern, targets.names())
        if not is_asked_for and not programs.path_of(program, ROOT, options.build).exists():
            continue
        budget = program.quick if options.quick else program.full
        begin = time.monotonic()
        try:
            found = measure(program, options, budget, pattern)
            if not found and is_asked_for and pattern:
                # Programs filter their cases, and the readings of one may have names of their own.
                found = measure(program, options, budget, "")
        except programs.Failed as error:
            # The others are measured all the same: a partial tree has its uses.
            print(f"error: {program.name}: {error}", file=sys.stderr, flush=True)
            failed.append(program.name)
            continue
        series.update(found)
        if found or not pattern:
            print(f"{program.name}: {len(found)} series, {time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)
    return series, failed


def anchors(series):
    for anchor in targets.ANCHORS:
        ratio = judge.read(judge.Condition("", anchor.label, anchor.case, anchor.reference), series).ratio
        if ratio is not None:
            yield anchor, ratio, judge.reproduces(anchor, ratio)


def judged(series, is_partial):
    """Readings, and one verdict per target; in a partial run only of what was asked for."""
    readings = [judge.read(condition, series, targets.in_series_unit) for condition in targets.CONDITIONS]
    if is_partial:
        readings = [r for r in readings if r.ratio is not None or any(name in series for name in r.condition.names())]
    verdicts = []
    for target in targets.TITLES:
        if any(r.condition.target == target for r in readings):
            # All of its conditions: an unmeasured one must not look like a kept one.
            every = [judge.read(c, series, targets.in_series_unit) for c in targets.CONDITIONS if c.target == target]
            verdicts.append(judge.verdict(target, every))
    return readings, verdicts


def measured_again(names, series, options):
    """The series with those of the programs that these belong to measured once more."""
    fresh = dict(series)
    for program, _ in programs.chosen("", names):
        fresh.update(measure(program, options, program.quick if options.quick else program.full, ""))
    return fresh


def against(other, series, machine_now, options):
    """Prints what changed; true if something became worse. What seems so is measured again: other programs pass, a change of ours
    stays.
    """
    before, its_machine, was_quick = other
    print(f"\nagainst {options.against} ({its_machine.get('commit', 'unknown')[:12]}, {its_machine.get('time', 'no time')}"
          f"{', a quick run' if was_quick else ''})")
    same_machine = its_machine.get("cpu") == machine_now["cpu"]
    if not same_machine:
        print(f"note: that was another machine ({its_machine.get('cpu')}): time ratios are told, and only counts are judged")
    for tries_left in reversed(range(MEASURED_AT_MOST)):
        findings = compare.compare(series, before, targets.CONDITIONS, targets.COUNTS, targets.in_series_unit, same_machine)
        worse = [finding for finding in findings if finding.kind == "worse"]
        if not worse or tries_left == 0:
            break
        for finding in worse:
            print(f"measured again: {finding.text}", flush=True)
        series = measured_again({name for finding in worse for name in finding.names}, series, options)
    if options.filter:
        findings = [finding for finding in findings if "this run has no" not in finding.text]
    for finding in findings:
        print(f"{'not compared' if finding.kind == 'missing' else finding.kind}: {finding.text}")
    print(f"worse={len(worse)}")
    return bool(worse)


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # by way of programs.run(): its children go too
    try:
        machine.require_release(options.build)
        other = report.load(options.against) if options.against else None
    except programs.Failed as error:
        raise SystemExit(f"dev bench: {error}") from error
    options.out.mkdir(parents=True, exist_ok=True)
    about = machine.described(ROOT, options.build)
    print(machine.line(about), flush=True)
    if about["load_at_start"] > about["cores"] / 2:
        print(f"note: other programs keep this machine busy (load {about['load_at_start']:.1f}): tails, and what needs two cores, will "
              "tell of those", file=sys.stderr)
    is_partial = bool(options.filter)
    series, failed = measured(options)
    if not series:
        raise SystemExit("dev bench: nothing was measured" + (f": nothing matches {options.filter}" if not failed else ""))
    about["load_at_end"] = os.getloadavg()[0]

    readings, verdicts = judged(series, is_partial)
    references = list(anchors(series))
    if readings:
        print("\nratio: the median of case / reference, taken round by round; quartiles: of the same")
        print(tables.conditions(readings))
    if references:
        print("\nthe references among themselves, as they were when the targets were set")
        print(tables.anchors(references))
    for name in sorted(name for name in series if name.startswith("counts/")):
        print(f"{name}={series[name].samples[0]:.2f} {series[name].unit}")

    written = report.Report(about, options.quick, options.filter, series, readings, verdicts, references, failed)
    for trouble in report.write(written, options.out):
        print(f"note: {trouble}", file=sys.stderr)
    print(f"\nreport: {', '.join(str(options.out / name) for name in report.FILES if (options.out / name).exists())}")
    if options.chart:
        try:
            shutil.copyfile(options.out / "chart.svg", options.chart)
        except OSError as error:
            print(f"error: no chart in {options.chart}: {error.filename}: {error.strerror}", file=sys.stderr)
            failed.append("chart")
    is_worse = against(other, series, about, options) if other else False

    print()
    for verdict in verdicts:
        print(verdict.line())
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed or is_worse else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
