"""Two reports: what has become worse. Pure. Times only as ratios of case and reference, each measured beside the other: a time alone
tells more of the machine than of the code."""

import math
from dataclasses import dataclass

import judge

TIME_ROOM = 0.25
COUNT_ROOM = 0.03  # instructions and mallocs are the same from run to run
COUNTED = ("instructions", "mallocs")


@dataclass(frozen=True)
class Finding:
    kind: str  # worse: fails the run; note, missing: told only
    text: str
    names: tuple = ()  # the series it is about


def _room(condition, unit, same_machine):
    """How much worse it may be; None if it is not for comparing."""
    if unit in COUNTED:
        return COUNT_ROOM
    if condition.noisy or condition.limit is None or (unit != "B" and not same_machine):
        return None
    if unit == "ns" and isinstance(condition.reference, judge.Constant):
        return None
    return TIME_ROOM


def _change(label, before, now, room, names):
    more = (now - before) / before if before > 0 else math.inf if now > before else 0.0
    text = f"{label}: {before:.4g} -> {now:.4g}, {more:+.1%}"
    if room is None:
        why = "not judged: another machine, too few samples, or an absolute time"
        return Finding("note", f"{text} ({why})", names) if more > TIME_ROOM else None
    return Finding("worse", f"{text}, allowed are {room:+.0%}", names) if more > room else None


def _counts_as_conditions(names):
    return [judge.Condition("", name, name, judge.Constant(1, "instructions")) for name in names]


def compare(now, before, conditions, counts, scale=lambda constant: constant, same_machine=True):
    """Findings, worst kind first. `now`, `before`: series by name. What was not measured now is not compared. On another
    machine times stand in other ratios: they are told, and fail nothing.
    """
    findings = []
    for condition in [*conditions, *_counts_as_conditions(counts)]:
        label = f"{condition.target} {condition.label}".strip()
        new, old = (judge.read(condition, series, scale) for series in (now, before))
        if new.missing:
            if not old.missing:
                findings.append(Finding("missing", f"{label}: this run has no series {', '.join(new.missing)}"))
        elif old.missing:
            findings.append(Finding("missing", f"{label}: the other report has no series {', '.join(old.missing)}"))
        elif change := _change(label, old.ratio, new.ratio, _room(condition, new.unit, same_machine), tuple(condition.names())):
            findings.append(change)
    return sorted(findings, key=lambda finding: ("worse", "note", "missing").index(finding.kind))
