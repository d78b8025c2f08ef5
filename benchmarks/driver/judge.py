"""A condition, its ratio, how far the ratio spread, and whether a target holds. Pure: series in, verdicts out.

ratio  the median of the ratios case / reference, taken round by round: what disturbed a round disturbed both
spread the quartiles of those ratios
If the two were not measured in the same number of rounds, the ratios are those of every sample over every sample.
"""

import math
import statistics
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Constant:
    """A reference that is not measured: 1 ms."""
    value: float
    unit: str

    def __str__(self):
        return f"1 {self.unit}" if self.value == 1 else f"{self.value:g} {self.unit}"


@dataclass(frozen=True)
class Sum:
    """A reference of two parts: times x series + plus."""
    times: float
    series: str
    plus: Constant

    def __str__(self):
        return f"{self.times:g} x {self.series} + {self.plus}"


@dataclass(frozen=True)
class Condition:
    """(case - less) / reference <= limit. The case is a series, less another; the reference a series, Constant or Sum. No limit: it
    only stands beside the others."""
    target: str
    label: str
    case: str
    reference: object
    limit: float = None
    less: str = None
    # Tails (p99 and further) and what happens once: too few samples for a comparison of two reports, see compare.py.
    noisy: bool = False

    def names(self):
        reference = self.reference.series if isinstance(self.reference, Sum) else self.reference
        return [name for name in (self.case, reference, self.less) if isinstance(name, str)]


@dataclass
class Reading:
    condition: Condition
    ratio: float = None
    low: float = None
    high: float = None
    unit: str = ""  # of the case
    rounds: int = 0
    missing: list = field(default_factory=list)

    @property
    def used(self):
        """The share of the limit that is used up: above 1 the condition does not hold."""
        if self.ratio is None or self.condition.limit is None:
            return None
        if self.condition.limit == 0:
            return 0.0 if self.ratio <= 0 else math.inf
        return self.ratio / self.condition.limit

    @property
    def verdict(self):
        if self.condition.limit is None:
            return "beside"
        if self.ratio is None:
            return "unmeasured"
        return "ok" if self.used <= 1 else "short"


def quartiles(values):
    values = sorted(values)
    if len(values) < 2:
        return values[0], values[0]
    first, _, third = statistics.quantiles(values, n=4, method="inclusive")
    return first, third


def _reference(what, series, scale):
    """Its samples; of a constant one for all."""
    if isinstance(what, Constant):
        return [scale(what).value]
    if isinstance(what, Sum):
        return [what.times * value + scale(what.plus).value for value in series[what.series].samples]
    return series[what].samples


def _rounds(lists):
    """Tuples of values that belong together."""
    counts = {len(values) for values in lists if len(values) > 1}
    if len(counts) > 1:
        return [()] if not lists else [(value, *rest) for value in lists[0] for rest in _rounds(lists[1:])]
    count = max(counts, default=1)
    return list(zip(*(values if len(values) == count else values * count for values in lists)))


def read(condition, series, scale=lambda constant: constant):
    """`scale` brings a constant into the series' unit."""
    missing = [name for name in condition.names() if name not in series]
    if missing:
        return Reading(condition, missing=missing)
    case = series[condition.case]
    off = series[condition.less].samples if condition.less else [0]
    rounds = _rounds([case.samples, _reference(condition.reference, series, scale), off])
    ratios = [(value - minus) / by if by else math.inf for value, by, minus in rounds]
    return Reading(condition, statistics.median(ratios), *quartiles(ratios), case.unit, len(case.samples))


@dataclass
class Verdict:
    target: str
    ratio: float
    limit: float
    word: str  # ok, short, unmeasured
    missing: list

    def line(self):
        def shown(value):
            return "-" if value is None else f"{value:.2f}" if value >= 0.095 or value <= 0 else f"{value:.3f}"
        return f"{self.target} ratio={shown(self.ratio)} target={shown(self.limit)} {self.word}"


def verdict(target, readings):
    """The condition nearest to its limit, or farthest beyond it, speaks for the target. Ok only if all were measured."""
    judged = [r for r in readings if r.condition.limit is not None]
    measured = [r for r in judged if r.ratio is not None]
    missing = sorted({name for r in judged for name in r.missing})
    if not measured:
        return Verdict(target, None, judged[0].condition.limit if judged else None, "unmeasured", missing)
    worst = max(measured, key=lambda r: r.used)
    word = "short" if worst.used > 1 else "unmeasured" if missing else "ok"
    return Verdict(target, worst.ratio, worst.condition.limit, word, missing)


@dataclass(frozen=True)
class Anchor:
    """What two references gave side by side on a machine of this kind: from `low` to `high`."""
    label: str
    case: str
    reference: str
    low: float
    high: float


HEAD_ROOM = 0.25


def reproduces(anchor, ratio):
    """Within 25 %: only then do the references deserve to be compared with."""
    return anchor.low * (1 - HEAD_ROOM) <= ratio <= anchor.high * (1 + HEAD_ROOM)
