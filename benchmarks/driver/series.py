"""Series of samples: what the programs write, under one kind of name and in one unit of each kind."""

import json
import re

SCALES = {"ns": ("ns", 1), "us": ("ns", 1e3), "µs": ("ns", 1e3), "ms": ("ns", 1e6), "s": ("ns", 1e9),
          "B": ("B", 1), "KB": ("B", 1024), "KiB": ("B", 1024), "MB": ("B", 1 << 20), "MiB": ("B", 1 << 20)}
# What Google Benchmark hangs behind a name to tell how it measured.
SUFFIX = re.compile(r"(real_time|process_time|manual_time|(min_time|min_warmup_time|iterations|repeats|threads):[^/]+)$")


class Malformed(Exception):
    """A file of results that is none; says which and why."""


class Series:
    def __init__(self, unit, samples):
        base, factor = SCALES.get(unit, (unit, 1))
        self.unit = base
        self.samples = [factor * float(value) for value in samples]

    def as_json(self, name):
        return {"name": name, "unit": self.unit, "samples": self.samples}

    def __eq__(self, other):
        return (self.unit, self.samples) == (other.unit, other.samples)

    def __repr__(self):
        return f"Series({self.unit!r}, {self.samples})"


def plain_name(name):
    """Without those suffixes; but threads:2 stays, in front of the last part: cached/token/threads:2/naive."""
    parts = name.split("/")
    threads = ""
    while len(parts) > 1 and SUFFIX.match(parts[-1]):
        last = parts.pop()
        if last.startswith("threads:") and last != "threads:1":
            threads = last
    if threads and threads not in parts:
        parts.insert(len(parts) - 1, threads)
    return "/".join(parts)


def from_google_benchmark(document):
    """Each repetition is a sample: wall time of one call in its thread. With /threads:N Google Benchmark divides the wall time by
    the calls of all threads; multiplied by N it is a call's again."""
    found = {}
    for run in document.get("benchmarks", []):
        if run.get("error_occurred"):
            raise Malformed(f"{run['name']}: {run.get('error_message', 'failed')}")
        if run.get("run_type", "iteration") != "iteration":
            continue
        name = plain_name(run.get("run_name", run["name"]))
        unit, value = run.get("time_unit", "ns"), run["real_time"] * run.get("threads", 1)
        found.setdefault(name, (unit, []))[1].append(value)
    return {name: Series(unit, samples) for name, (unit, samples) in found.items()}


def from_side_by_side(document):
    return {one["name"]: Series(one["unit"], one["samples"]) for one in document["series"] if one["samples"]}


def read(path):
    """The series of a file of either kind."""
    try:
        text = path.read_text()
    except OSError as error:
        raise Malformed(f"{path}: {error.strerror}") from error
    if not text.strip():
        return {}  # Google Benchmark's file when its filter matched nothing
    try:
        document = json.loads(text)
        return from_side_by_side(document) if "series" in document else from_google_benchmark(document)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Malformed(f"{path}: not the JSON of a benchmark: {error!r}") from error
