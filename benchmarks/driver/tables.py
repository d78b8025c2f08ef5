"""The tables that a terminal gets."""

import math


def number(value):
    if value is None:
        return "-"
    if math.isinf(value):
        return "inf"
    if value == 0:
        return "0"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def duration(ns):
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if abs(ns) >= size:
            return f"{ns / size:.3g} {unit}"
    return f"{ns:.3g} ns"


def amount(value, unit):
    """A value of a series, as a person writes it."""
    if unit == "ns":
        return duration(value)
    if unit == "B" and abs(value) >= 10240:
        return f"{value / 1024:.4g} KB"
    return f"{value:,.0f} {unit}" if abs(value) >= 1000 else f"{value:.4g} {unit}"


def table(head, rows):
    """Columns as wide as they need to be; the first one is text, the others are numbers."""
    rows = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) if n == 0 else cell.rjust(width) for n, (cell, width) in enumerate(zip(row, widths)))
                     .rstrip() for row in rows)


def spread(reading):
    return "-" if reading.low is None else f"{number(reading.low)} .. {number(reading.high)}"


def before(anchor):
    return number(anchor.low) + (f" .. {number(anchor.high)}" if anchor.high != anchor.low else "")


def conditions(readings):
    return table(("condition", "ratio", "limit", "quartiles", "rounds", "verdict"), [
        (f"{r.condition.target:4}{r.condition.label}", number(r.ratio), number(r.condition.limit), spread(r), r.rounds or "-",
         r.verdict) for r in readings])


def anchors(found):
    return table(("reference over reference", "measured", "before", "within 25 %"), [
        (anchor.label, number(ratio), before(anchor), "yes" if good else "NO") for anchor, ratio, good in found])
