"""report.json for programs, report.html for people, chart.svg for the README."""

import html
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import charts
import machine
import tables
import targets
from programs import Failed
from series import Malformed, from_side_by_side

FORMAT = 1
FILES = ("report.json", "report.html", "chart.svg")
FOLDER = Path(__file__).resolve().parents[1] / "report"
BUNDLES = ("vega/build/vega.min.js", "vega-lite/build/vega-lite.min.js")


@dataclass
class Report:
    machine: dict
    quick: bool
    filter: str
    series: dict
    readings: list
    verdicts: list
    references: list
    failed: list


def finite(value):
    """JSON has no infinity."""
    return None if value is None or value != value or value in (float("inf"), float("-inf")) else value


def as_json(report):
    return {
        "format": FORMAT, "machine": report.machine, "quick": report.quick, "filter": report.filter, "failed": report.failed,
        "targets": [{"target": v.target, "title": targets.TITLES[v.target], "ratio": finite(v.ratio), "limit": v.limit, "verdict": v.word,
                     "missing": v.missing} for v in report.verdicts],
        "conditions": [{"target": r.condition.target, "label": r.condition.label, "case": r.condition.case,
                        "reference": str(r.condition.reference), "less": str(r.condition.less) if r.condition.less else None,
                        "limit": r.condition.limit, "ratio": finite(r.ratio), "quartiles": [finite(r.low), finite(r.high)],
                        "rounds": r.rounds, "verdict": r.verdict} for r in report.readings],
        "references": [{"label": a.label, "case": a.case, "reference": a.reference, "ratio": finite(ratio), "before": [a.low, a.high],
                        "reproduced": good} for a, ratio, good in report.references],
        "series": [report.series[name].as_json(name) for name in sorted(report.series)],
    }


def load(path):
    """The series, the machine, and whether it was a quick run, of an earlier report."""
    try:
        document = json.loads(path.read_text())
        if document.get("format") != FORMAT:
            raise Malformed(f"its format is {document.get('format')}, not {FORMAT}")
        return from_side_by_side(document), document.get("machine", {}), document.get("quick", False)
    except OSError as error:
        raise Failed(f"cannot compare with {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, Malformed) as error:
        raise Failed(f"cannot compare with {path}: not a report.json of this program: {error}") from error


def script(text):
    return "<script>" + text.replace("</script", "<\\/script") + "</script>"


def rows(cells):
    return "\n".join("<tr" + (f' class="{kind}"' if kind else "") + ">" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row)
                     + "</tr>" for kind, row in cells)


def page(report, bundles):
    """One file that needs nothing else: no network, no other file."""
    specs = [spec for spec in (charts.limits_chart(report.readings), charts.readme_chart(report.series),
                               *charts.sample_charts(report.series)) if spec]
    fill = {
        "MACHINE": html.escape(machine.line(report.machine)),
        "VERSIONS": html.escape(", ".join(f"{name} {version}" for name, version in sorted(report.machine["versions"].items()))),
        "RUN": html.escape(", ".join([report.machine["time"], *(["quick"] if report.quick else []),
                                      *([f"only {report.filter}"] if report.filter else []),
                                      *([f"FAILED: {' '.join(report.failed)}"] if report.failed else [])])),
        "TARGETS": rows((v.word, (v.target, targets.TITLES[v.target], tables.number(v.ratio), tables.number(v.limit), v.word))
                        for v in report.verdicts),
        "CONDITIONS": rows((r.verdict, (r.condition.target, r.condition.label, tables.number(r.ratio), tables.number(r.condition.limit),
                                        tables.spread(r), r.rounds or "-", r.verdict)) for r in report.readings),
        "REFERENCES": rows(("" if good else "short", (a.label, tables.number(ratio), tables.before(a), "yes" if good else "no"))
                           for a, ratio, good in report.references),
        "SCRIPTS": "\n".join(script(text) for text in bundles),
        "SPECS": json.dumps(specs).replace("<", "\\u003c"),
    }
    text = (FOLDER / "page.html").read_text()
    for name, value in fill.items():
        text = text.replace(f"<!--{name}-->", value)
    return text


def drawn(spec):
    """The chart as SVG, by Vega in Node.js."""
    node = shutil.which("node")
    if not node:
        raise Failed("no chart.svg: node is not there: apt-get install nodejs")
    done = subprocess.run([node, FOLDER / "render.mjs"], input=json.dumps(spec), capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise Failed(f"no chart.svg: render.mjs: {done.stderr.strip()[-500:]}")
    return done.stdout


def write(report, folder):
    """Writes all three; gives what could not be written. The numbers never depend on the charts."""
    for name in FILES:
        (folder / name).unlink(missing_ok=True)  # never one of another run
    (folder / "report.json").write_text(json.dumps(as_json(report), indent=1, allow_nan=False) + "\n")
    try:
        bundles = [(FOLDER / "node_modules" / name).read_text() for name in BUNDLES]
    except OSError as error:
        return [f"no report.html and no chart.svg: {error.filename} is not there: npm ci --prefix benchmarks/report"]
    (folder / "report.html").write_text(page(report, bundles))
    spec = charts.readme_chart(report.series)
    if not spec:
        return ["no chart.svg: no case of it was measured together with a reference"]
    try:
        (folder / "chart.svg").write_text(drawn(spec))
    except (Failed, subprocess.TimeoutExpired) as error:
        return [str(error)]
    return []
