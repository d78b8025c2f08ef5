"""Charts as Vega-Lite specifications. Pure: series and readings in, dictionaries out."""

import statistics

import tables
from judge import quartiles

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"  # a name; nothing is fetched from there
OURS, THEIRS, LIMIT = "#0b6e99", "#b9bfc6", "#c0392b"
CONFIG = {"font": "sans-serif", "background": "white", "view": {"stroke": None},
          "axis": {"labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal", "gridColor": "#eceff1"},
          "title": {"anchor": "start", "frame": "group", "fontSize": 13}}

# The README's chart: few bars that say what is bought. The first of each is the least it could cost.
SUBJECTS = [
    ("await a cached token", {"cached/token/child_coroutine": "child coroutine (least)", "cached/token/faceki": "faceki",
                              "cached/token/naive": "mutex, clock, copy"}),
    ("the same on two threads", {"cached/token/threads:2/faceki": "faceki", "cached/token/threads:2/naive": "mutex, clock, copy"}),
    ("1,000,000 wait: join and wake, each", {"fan_in/1m/handles": "list of handles (least)", "fan_in/1m/faceki": "faceki",
                                             "fan_in/1m/timer": "timer as condition", "fan_in/1m/channel": "channel"}),
    ("token exchange, connection kept", {"exchange/keep_alive/openssl": "raw OpenSSL, blocking", "exchange/keep_alive/faceki": "faceki",
                                         "exchange/keep_alive/beast": "Boost.Beast", "exchange/keep_alive/curl": "libcurl",
                                         "exchange/keep_alive/httplib": "cpp-httplib"}),
    ("parse and check the reply", {"parse/memcpy": "memcpy (least)", "parse/faceki": "faceki", "parse/boost_json": "Boost.JSON",
                                   "parse/rapidjson": "RapidJSON", "parse/nlohmann": "nlohmann"}),
]


def is_ours(name):
    return name.rpartition("/")[2] in ("faceki", "100_clients", "beside_99_clients") or name.partition("/")[0] in ("rollover", "isolation", "footprint", "compile_time", "counts")


def colour(field="ours"):
    return {"condition": {"test": f"datum.{field}", "value": OURS}, "value": THEIRS}


def readme_chart(series):
    """None if no subject has both our case and another."""
    rows = []
    for title, cases in SUBJECTS:
        there = {name: label for name, label in cases.items() if name in series}
        if len(there) < 2 or not any(is_ours(name) for name in there):
            continue
        values = [{"case": label, "ns": (middle := statistics.median(series[name].samples)), "text": tables.duration(middle),
                   "ours": is_ours(name)} for name, label in there.items()]
        bar = {"y": {"field": "case", "type": "nominal", "sort": None, "title": None,
                     "axis": {"ticks": False, "domain": False, "minExtent": 165, "labelLimit": 240}},
               "x": {"field": "ns", "type": "quantitative", "axis": None}}
        rows.append({"title": title, "width": 420, "height": {"step": 20}, "data": {"values": values}, "layer": [
            {"mark": {"type": "bar", "height": 14}, "encoding": {**bar, "color": colour()}},
            {"mark": {"type": "text", "align": "left", "dx": 4, "fontSize": 11}, "encoding": {**bar, "text": {"field": "text"}}},
        ]})
    if not rows:
        return None
    # Each subject has its own scale: the bars of one are compared, not those of two.
    return {"$schema": SCHEMA, "config": CONFIG, "padding": 8, "spacing": 14, "vconcat": rows, "resolve": {"scale": {"x": "independent"}}}


def limits_chart(readings):
    """How much of its limit each condition uses up."""
    rows = [r for r in readings if r.ratio is not None and r.condition.limit and r.ratio > 0]
    if not rows:
        return None
    values = [{"condition": f"{r.condition.target}  {r.condition.label}", "used": r.used, "low": max(r.low / r.condition.limit, 1e-3),
               "high": max(r.high / r.condition.limit, 1e-3), "verdict": r.verdict, "ratio": tables.number(r.ratio),
               "limit": r.condition.limit} for r in rows]
    y = {"field": "condition", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 420}}
    scale = {"type": "log"}
    tooltip = [{"field": name} for name in ("condition", "ratio", "limit", "verdict")]
    return {"$schema": SCHEMA, "config": CONFIG, "title": "Ratio over its limit: left of the line the condition holds", "width": 560,
            "height": {"step": 18}, "data": {"values": values}, "layer": [
                {"mark": {"type": "rule", "color": LIMIT}, "encoding": {"x": {"datum": 1, "type": "quantitative", "scale": scale}}},
                {"mark": {"type": "rule", "strokeWidth": 3, "opacity": 0.4, "color": OURS}, "encoding": {
                    "y": y, "x": {"field": "low", "type": "quantitative", "scale": scale, "title": "ratio / limit"},
                    "x2": {"field": "high"}}},
                {"mark": {"type": "point", "filled": True, "size": 60}, "encoding": {
                    "y": y, "x": {"field": "used", "type": "quantitative", "scale": scale}, "tooltip": tooltip,
                    "color": {"condition": {"test": "datum.verdict == 'short'", "value": LIMIT}, "value": OURS}}},
            ]}


def sample_charts(series):
    """Every sample of every series: one chart for each subject and unit."""
    groups = {}
    for name in sorted(series):
        groups.setdefault((name.partition("/")[0], series[name].unit), []).append(name)
    for (subject, unit), names in sorted(groups.items()):
        factor, shown = 1, unit
        largest = max(max(series[name].samples) for name in names)
        if unit == "ns" and largest >= 1e4:
            factor, shown = (1e6, "ms") if largest >= 1e7 else (1e3, "µs")
        values, middles = [], []
        for name in names:
            samples = series[name].samples
            row = {"series": name.partition("/")[2] or name, "ours": is_ours(name)}
            values += [{**row, "value": value / factor} for value in samples]
            low, high = quartiles(samples)
            middles.append({**row, "value": statistics.median(samples) / factor, "samples": len(samples),
                            "median": tables.amount(statistics.median(samples), unit),
                            "quartiles": f"{tables.amount(low, unit)} .. {tables.amount(high, unit)}"})
        smallest = min(value["value"] for value in values)
        x = {"field": "value", "type": "quantitative", "title": shown, "scale": {"type": "log"} if smallest > 0 else {}}
        y = {"field": "series", "type": "nominal", "sort": None, "title": None, "axis": {"labelLimit": 320}}
        yield {"$schema": SCHEMA, "config": CONFIG, "title": f"{subject}, {shown}", "width": 560, "height": {"step": 18}, "layer": [
            {"data": {"values": values}, "mark": {"type": "tick", "opacity": 0.5}, "encoding": {"x": x, "y": y, "color": colour()}},
            {"data": {"values": middles}, "mark": {"type": "point", "filled": True, "size": 50}, "encoding": {
                "x": x, "y": y, "color": colour(), "tooltip": [{"field": f} for f in ("series", "median", "quartiles", "samples")]}},
        ]}
