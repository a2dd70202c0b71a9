"""Writes RESULTS.md and its pictures from what bench/run measured: python3 results.py FOLDER --out FOLDER"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os

import curves
import goals
from mcpbench import report
from mcpbench.stats import median

OURS = "bellhop"
OPERATIONS = {"list": "List the tasks", "get": "Read one task", "ready": "List what is ready", "start": "Start a task",
              "create": "Create a task"}


def load(folder: str, name: str):
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        return None
    with open(path) as f:
        return json.load(f)


def servers(folder: str) -> list[dict]:
    """What mcpbench wrote, ours first, then in the order of their names."""
    names = sorted(n for n in os.listdir(folder) if n.startswith("peer-") and n.endswith(".json"))
    docs = [load(folder, n) for n in names]
    return sorted(docs, key=lambda d: (d["peer"] != OURS, d["peer"]))


def line(doc: dict, operation: str) -> list[tuple[int, float]]:
    """Size and milliseconds (p50) of an operation, as far as the server got, without what it refused."""
    points = []
    for row in doc["results"].get("tasks", {}).get("sizes") or []:
        op = (row.get("ops") or {}).get(operation)
        if op and "failed" not in op and op.get("n") and op.get("errors", 0) < op["n"]:
            points.append((row["n"], op["p50"]))
    return points


def pictures(docs: list[dict], out: str) -> list[str]:
    written = []
    for operation, title in OPERATIONS.items():
        series = {d["peer"]: line(d, operation) for d in docs if "sizes" in d["results"].get("tasks", {})}
        if series.get(OURS) and sum(map(bool, series.values())) > 1:
            name = f"{operation}.svg"
            with open(os.path.join(out, name), "w") as f:
                f.write(curves.draw(f"{title}: time of a call, p50", series))
            written.append(f"![{title}: size against time]({name})")
    return written


def ratios(docs: list[dict]) -> list[dict]:
    """How many times our time the others take, at each size that both reached."""
    rows = []
    ours = {op: dict(line(docs[0], op)) for op in OPERATIONS}
    for operation in OPERATIONS:
        for n, mine in ours[operation].items():
            row = {"operation": operation, "tasks": f"{n:,}", f"{OURS} ms": f"{mine:.2f}"}
            for d in docs[1:]:
                if "sizes" in d["results"].get("tasks", {}):
                    theirs = dict(line(d, operation)).get(n)
                    row[f"{d['peer']} ms"] = None if theirs is None else f"{theirs:.1f} ({theirs / mine:.1f} x)"
            rows.append(row)
    return rows


def restless(node) -> float:
    """How much longer than its best `node -e 0` took as a rule, over the whole run; near 1 on a quiet machine."""
    found: list[dict] = []

    def look(at) -> None:
        if isinstance(at, dict):
            found.extend([at["reference"]] if (at.get("reference") or {}).get("n") else [])
            at = list(at.values())
        for each in at if isinstance(at, list) else []:
            look(each)

    look(node)
    return median([f["p50"] for f in found]) / min(f["min"] for f in found) if found else 1.0


def printed(act) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        act()
    return out.getvalue().strip()


def floors(folder: str) -> str:
    doc = load(folder, "floors.json")
    if doc is None:
        return ""
    f = doc["results"]["floors"]
    rows = [{"what": "spawn of /bin/true", "p50 ms": f["spawn_bin_true_ms"]["p50"]},
            {"what": "a line through `cat` and back", "p50 ms": f["pipe_round_trip_ms"]["p50"]}]
    for where, writes in f["atomic_write"].items():
        rows += [{"what": f"{name.removesuffix('_ms').replace('_', ', ')} ({where})", "p50 ms": w["p50"]}
                 for name, w in writes.items()]
    rows += [{"what": name, "p50 ms": p["p50"], "peak MiB": p["max_rss_mib"]} for name, p in f["processes"].items()]
    return printed(lambda: report.table(rows))


def jmh(folder: str) -> str:
    results = load(folder, "jmh.json")
    if not results:
        return "Not run."
    rows: dict[str, dict] = {}
    for r in results:
        name = ".".join(r["benchmark"].split(".")[-2:])
        m = r["primaryMetric"]
        error = m["scoreError"]
        score = f"{m['score']:,.1f}" + (f" ± {error:,.1f}" if isinstance(error, float) and error == error else "")
        size = (r.get("params") or {}).get("size")
        rows.setdefault(name, {"benchmark": name})[f"{int(size):,}" if size else "µs"] = score
    columns = ["benchmark", "µs", *sorted({c for r in rows.values() for c in r} - {"benchmark", "µs"},
                                          key=lambda c: int(c.replace(",", "")))]
    return printed(lambda: report.table([{c: r.get(c) for c in columns} for r in rows.values()]))


def document(folder: str, out: str) -> str:
    docs, told, run = servers(folder), load(folder, "goals.json"), load(folder, "run.json")
    measured = [goals.Goal(**g) for g in told["goals"]] if told else []
    judged = [g.met for g in measured if g.met is not None]
    parts = ["# Results", "Written by `bench/run`; [`README.md`](README.md) says what is measured and how to read it. "
             "Do not edit it."]
    parts.append("\n".join(f"- {k}: {v}" for k, v in run["about"].items()))
    parts += [f"> **{w}**" for w in run["warnings"]]
    if (slower := restless([d["results"] for d in docs])) > 1.4:
        parts.append(f"> **The machine was not quiet during the run: `node -e 0` took {slower:.1f} times its best as a rule. "
                     "Neither the times nor the ratios can be relied on.**")
    without = sum(g.measured is None for g in measured)
    parts += ["## Goals", f"{sum(judged)} of {len(judged)} that could be measured are met"
              + (f"; {without} could not be." if without else "."),
              goals.table(measured) if measured else "Not measured."]
    parts += ["## What the machine needs for itself", floors(folder)]
    parts += ["## Beside its peers", "What could not be installed: " + (", ".join(run["missing"]) or "nothing") + "."]
    if docs and docs[0]["peer"] == OURS:
        rows = ratios(docs)
        parts += [printed(lambda: report.table(rows)) if rows else "", *pictures(docs, out)]
    tables = printed(lambda: report.main([os.path.join(folder, f"peer-{d['peer']}.json") for d in docs]))
    parts.append(tables)
    parts += ["## Inside the JVM", "Microseconds for one operation (JMH), by the number of tasks where that matters; "
              "with the JVM's flags of the product.", jmh(folder)]
    return "\n\n".join(p for p in parts if p) + "\n"


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("folder", help="where the measurements are")
    p.add_argument("--out", required=True, help="where RESULTS.md and its pictures go")
    a = p.parse_args()
    text = document(a.folder, a.out)
    with open(os.path.join(a.out, "RESULTS.md"), "w") as f:
        f.write(text)


if __name__ == "__main__":
    main()
