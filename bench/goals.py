"""Measures the goals that Bellhop has set itself, each beside what this machine needs for the same.

    python3 goals.py --cmd "/path/to/bellhop" --json goals.json [--short]

It uses the client of shared/bench (mcpbench), which has to be on PYTHONPATH. What is compared is measured in turns, so
that a change of the machine's mood meets both sides; times are medians.
"""

from __future__ import annotations

import argparse
import glob
import http.client
import json
import os
import re
import secrets
import shlex
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import traceback
from dataclasses import asdict, dataclass, field

from mcpbench import proc
from mcpbench.adapters import SeedTask, fresh, standard_graph
from mcpbench.adapters.bellhop import Bellhop
from mcpbench.stats import growth_exponent, median, pct

MIB = 1 << 20


@dataclass
class Goal:
    """One line of the table.

    measured, limit and reference are in unit. What is asked is at most (or at least) limit, or so many times the
    reference; or nothing, where a figure only belongs to the line above it.
    """
    name: str
    unit: str = "ms"
    measured: float | None = None
    limit: float | None = None
    reference: float | None = None
    beside: str = ""
    times: float | None = None
    note: str = ""
    at_least: bool = False

    @property
    def ratio(self) -> float | None:
        return self.measured / self.reference if self.measured is not None and self.reference else None

    @property
    def met(self) -> bool | None:
        if self.measured is None or self.limit is None and self.times is None:
            return None
        bound = self.limit if self.limit is not None else self.times * self.reference
        return self.measured >= bound if self.at_least else self.measured <= bound


@dataclass
class Context:
    launcher: str
    work: str
    settings: str
    short: bool
    goals: list[Goal] = field(default_factory=list)
    details: dict = field(default_factory=dict)

    def adapter(self) -> Bellhop:
        # It says which project is meant, or one around the scratch folder would be.
        return Bellhop("", {"cmd": f"{shlex.quote(self.launcher)} mcp --project ."})

    def folder(self, name: str) -> str:
        return fresh(os.path.join(self.work, name))

    def n(self, full: int, short: int) -> int:
        return short if self.short else full

    def add(self, *a, **k) -> None:
        self.goals.append(Goal(*a, **k))


def timed(act) -> float:
    t = time.perf_counter()
    act()
    return time.perf_counter() - t


def ms(seconds: list[float]) -> float:
    return median(seconds) * 1000


def quiet(argv: list[str], cwd: str, env: dict | None = None, stdin: bytes = b"") -> int:
    return subprocess.run(argv, cwd=cwd, env=dict(os.environ, **(env or {})), input=stdin,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode


def good(r):
    if r.is_error:
        raise RuntimeError(r.text[:300])
    return r


# ---- starting --------------------------------------------------------------------------------------------------------

def starting(x: Context) -> None:
    """From the spawn of the launcher to the first answer."""
    work, node, with_cache, without, over_http, peak = x.folder("start"), [], [], [], [], []

    def to_tools(env: dict) -> float:
        os.environ.update(env)
        try:
            c = x.adapter().connect(work, initialize=False)
        finally:
            for k in env:
                del os.environ[k]
        with c:
            c.initialize()
            c.list_tools()
            took = time.perf_counter() - c.t_spawn
            if not env and len(peak) < 3:
                c.drain(1.5)                    # what it does once it has been greeted is part of being idle
                peak.append(proc.snapshot(c.pid)["root_hwm_mib"])
        return took

    to_tools({})                                # fills the page cache
    for _ in range(x.n(20, 5)):
        node.append(timed(lambda: quiet(["node", "-e", "0"], work)))
        with_cache.append(to_tools({}))
        without.append(to_tools({"BELLHOP_AOT": "off"}))
        over_http.append(first_answer_over_http(x, work))
    ref = ms(node)
    x.add("spawn of `bellhop mcp` to the answer of `tools/list`", "ms", ms(with_cache), None, ref, "`node -e 0`", 1.25)
    x.add("the same without a start cache (`BELLHOP_AOT=off`)", "ms", ms(without), None, ref, "`node -e 0`", 4)
    x.add("spawn of `bellhop serve` to its first answer over HTTP", "ms", ms(over_http), None, ref, "`node -e 0`", 3)
    x.add("peak memory of the idle server (VmHWM)", "MiB", median(peak), 60)


def first_answer_over_http(x: Context, work: str) -> float:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    token = secrets.token_hex(16)
    env = dict(os.environ, BELLHOP_TOKEN=token, XDG_STATE_HOME=os.path.join(work, ".state"), HOME=work)
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}})
    t = time.perf_counter()
    p = subprocess.Popen([x.launcher, "serve", "--port", str(port), "--project", work], cwd=work, env=env, stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                c = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                c.connect()
                break
            except OSError:
                if p.poll() is not None or time.perf_counter() - t > 30:
                    raise RuntimeError("bellhop serve does not listen") from None
                time.sleep(0.001)
        c.request("POST", "/mcp", body, {"Content-Type": "application/json", "Authorization": f"Bearer {token}",
                                         "Accept": "application/json, text/event-stream"})
        answer = c.getresponse()
        answer.read()
        took = time.perf_counter() - t
        if answer.status != 200:
            raise RuntimeError(f"bellhop serve answered {answer.status}")
        c.close()
        return took
    finally:
        p.terminate()
        p.wait(20)


# ---- commands --------------------------------------------------------------------------------------------------------

def commands(x: Context) -> None:
    """What a script or a hook pays for one call."""
    work = x.folder("commands")
    x.adapter().seed(work, standard_graph(100))
    env = {"XDG_STATE_HOME": os.path.join(work, ".state"), "HOME": work}
    for name, limit, argv, reference, beside in (
            ("`bellhop task list --json`, 100 tasks", 250, ["task", "list", "--json"], ["node", "-e", "0"], "`node -e 0`"),
            ("a hook with nothing to say, `bellhop inbox --hook claude`", 10, ["inbox", "--hook", "claude"],
             ["sh", "-c", ":"], "`sh -c :`")):
        said = b'{"session_id":"s","cwd":"%s","hook_event_name":"UserPromptSubmit"}' % work.encode()
        argv = [x.launcher, *argv]
        if quiet(argv, work, env, said) != 0:
            x.add(name, "ms", None, limit, note="not there")
            continue
        ours, floor = [], []
        for _ in range(x.n(20, 5)):
            floor.append(timed(lambda: quiet(reference, work)))
            ours.append(timed(lambda: quiet(argv, work, env, said)))
        x.add(name, "ms", ms(ours), limit, ms(floor), beside)


# ---- calls and growth ------------------------------------------------------------------------------------------------

def durable_create(x: Context) -> None:
    """task_create over stdio, and the least that keeps a file through a power cut, on the same disk."""
    work = x.folder("durable")
    beside = os.path.join(x.work, "durable-floor")
    os.makedirs(beside, exist_ok=True)
    ours, floor = [], []
    with x.adapter().connect(work) as c:
        for i in range(x.n(400, 80) + 20):
            f = keep_file(beside, b"x" * 400)
            r = good(c.call("task_create", {"subject": f"Task {i}", "description": "One of many."}))
            if i >= 20:                          # the first warm both
                floor.append(f)
                ours.append(r.latency_s)
    x.add("durable `task_create`, round trip over stdio, p50", "ms", ms(ours), None, ms(floor),
          "write, fsync, rename, fsync of the directory", 2)


def keep_file(folder: str, data: bytes) -> float:
    path = os.path.join(folder, "file")
    t = time.perf_counter()
    fd = os.open(path + ".tmp", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.write(fd, data)
    os.fsync(fd)
    os.close(fd)
    os.rename(path + ".tmp", path)
    d = os.open(folder, os.O_RDONLY)
    os.fsync(d)
    os.close(d)
    return time.perf_counter() - t


def growth(x: Context) -> None:
    """Every operation at every size, in turns: one server for each size, all alive at once."""
    sizes = [10, 1000, 10_000] if x.short else [10, 1000, 10_000, 100_000]
    folders, servers = {}, {}
    try:
        for n in sizes:
            folders[n] = x.folder(f"grow{n}")
            x.adapter().seed(folders[n], standard_graph(n))
        time.sleep(0.1)                          # a file as old as this tells by its time whether it has changed
        for n in sizes:
            servers[n] = x.adapter().connect(folders[n])
            good(servers[n].call("task_list", {}))
        plan = {
            "task_list": lambda n, i: ("task_list", {"limit": 50}),
            "ready list": lambda n, i: ("task_list", {"ready": True}),
            "task_get": lambda n, i: ("task_get", {"task_id": 1 + (n // 2 + i) % n}),
            "task_update": lambda n, i: ("task_update", {"task_id": 1 + (n // 2 + i) % n, "priority": 1 + i}),
            "task_create": lambda n, i: ("task_create", {"subject": f"Extra {i}", "description": "One more."}),
            "claim_next": lambda n, i: ("task_update", {"claim_next": True}),
        }
        # Each server has as many calls behind it as the others when the first counts.
        times: dict = {op: {n: [] for n in sizes} for op in plan}
        bytes_of_list = 0
        rounds = {op: x.n(40, 15) if op in ("task_create", "claim_next") else x.n(100, 30) for op in plan}
        for op, make in plan.items():
            for i in range(rounds[op] + 5):
                for n in sizes:
                    r = good(servers[n].call(*make(n, i)))
                    if i >= 5:
                        times[op][n].append(r.latency_s)
                    if op == "claim_next":  # given back, so that the next finds as much
                        claimed = int(re.search(r"#(\d+)", r.text).group(1))
                        good(servers[n].call("task_update", {"task_id": claimed, "status": "pending"}))
                    if op == "task_list" and n == 10_000:
                        bytes_of_list = max(bytes_of_list, r.nbytes)
        for op in plan:
            at = {n: ms(times[op][n]) for n in sizes}
            others = ", ".join(f"at {n:,} {at[n]:.2f} ms" for n in sizes[1:] if n != 10_000)
            x.add(f"{op} at 10,000 tasks", "ms", at[10_000], None, at[10], "at 10 tasks", 2,
                  note=f"{others}; growth exponent {growth_exponent(list(at.items()))}")
            x.details.setdefault("growth", {})[op] = at
        x.add("`task_list` with 50 lines of 10,000", "ms", ms(times["task_list"][10_000]), 5, ms(times["task_list"][10]),
              "at 10 tasks")
        x.add("the bytes of that answer", "B", bytes_of_list, 4000)
    finally:
        for c in servers.values():
            c.close()
    for n in sizes:
        if n >= 10_000:
            ready_to_answer(x, folders[n], n)


def ready_to_answer(x: Context, work: str, n: int) -> None:
    """From the spawn to the first answer of task_list: the first time ever, and once a server has been there."""
    empty = x.folder("ready-empty")

    def to_list(folder: str) -> float:
        with x.adapter().connect(folder, initialize=False) as c:
            c.initialize()
            good(c.call("task_list", {}))
            took = time.perf_counter() - c.t_spawn
            c.drain(0.5)
        return took

    to_list(empty)                               # it has state, too
    first = []
    for _ in range(x.n(2, 1)):
        shutil.rmtree(os.path.join(work, ".state"), ignore_errors=True)
        first.append(to_list(work))
    again, nothing, node = [], [], []
    for _ in range(x.n(5, 2)):
        node.append(timed(lambda: quiet(["node", "-e", "0"], work)))
        nothing.append(to_list(empty))
        again.append(to_list(work))
    x.add(f"spawn to the first `task_list` with {n:,} tasks on disk", "ms", ms(again), 300 if n == 10_000 else 1500,
          ms(node), "`node -e 0`",
          note=f"with no tasks {ms(nothing):.0f} ms; the very first start, without any state, {ms(first):.0f} ms")


def many_edges(x: Context) -> None:
    """100,000 tasks with 200,000 edges, of which the first task blocks a tenth."""
    n = x.n(100_000, 10_000)
    fan, work, small = n // 10, x.folder("edges"), x.folder("edges-small")
    tasks, edges = [], 0
    for t in standard_graph(n):
        if t.n == 1:
            deps = []
        elif t.n <= fan + 1:
            deps = [1]
        else:
            deps = [t.n - 1, t.n - 2, t.n - 3][:3 if edges + 2 * (n - t.n + 1) < 2 * n else 2]
        edges += len(deps)
        tasks.append(SeedTask(t.n, t.title, t.description, deps))
    x.adapter().seed(work, tasks)
    x.adapter().seed(small, standard_graph(10))
    time.sleep(0.1)
    with x.adapter().connect(work) as big, x.adapter().connect(small) as little:
        times: dict = {}
        for c in (big, little):
            good(c.call("task_list", {}))
        for i in range(x.n(100, 30)):
            for op, make in (("task_list", lambda k: ("task_list", {})),
                             ("task_update", lambda k: ("task_update", {"task_id": k, "priority": 1 + i}))):
                for size, c, k in (("big", big, n - i), ("little", little, 1 + i % 10)):
                    times.setdefault((op, size), []).append(good(c.call(*make(k))).latency_s)
        for op in ("task_list", "task_update"):
            x.add(f"{op} with {n:,} tasks and {edges:,} edges", "ms", ms(times[op, "big"]), None, ms(times[op, "little"]),
                  "at 10 tasks", 2)
        good(big.call("task_update", {"task_id": 1, "status": "in_progress"}))
        before = stamps(work)
        r = good(big.call("task_update", {"task_id": 1, "status": "completed"}))
        after = stamps(work)
        changed = sum(before.get(name) != s for name, s in after.items()) + len(before.keys() - after.keys())
        x.add(f"files written when a blocker with {fan:,} dependants is completed", "files", changed, 1)
        x.add("the time that takes", "ms", r.latency_s * 1000, None, ms(times["task_update", "little"]),
              "an update at 10 tasks", note="measured once; the answer names what it freed")


def stamps(work: str) -> dict:
    with os.scandir(os.path.join(work, ".tasks")) as entries:
        return {e.name: (e.stat().st_ino, e.stat().st_mtime_ns) for e in entries if e.name.startswith("task_")}


# ---- history ---------------------------------------------------------------------------------------------------------

def history(x: Context) -> None:
    """Calls of a project that has been used for years, beside one of a few days."""
    os.environ["BELLHOP_CONFIG"] = x.settings    # or jobs beyond the thousandth would be collected
    years = (x.n(100_000, 20_000), x.n(10_000, 2_000))
    projects = {"days": (100, 100), "years": years}
    servers = {}
    try:
        for name, (entries, jobs) in projects.items():
            work = x.folder(f"history-{name}")
            x.adapter().seed(work, standard_graph(100))
            age(x, work, entries, jobs)
            servers[name] = x.adapter().connect(work)
            good(servers[name].call("check_background", {}))
            good(servers[name].call("task_list", {}))
        times: dict = {}
        for i in range(x.n(100, 30) + 5):
            for op, call in (("task_update", ("task_update", {"task_id": 1 + i % 100, "priority": i + 1})),
                             ("inbox", ("inbox", {})), ("check_background", ("check_background", {}))):
                for name, c in servers.items():
                    t = good(c.call(*call)).latency_s
                    if i >= 5:
                        times.setdefault((op, name), []).append(t)
        for op, what in (("task_update", "append (`task_update`)"), ("inbox", "`inbox`"),
                         ("check_background", "`check_background`, the list of 50")):
            x.add(f"{what} with {years[0]:,} journal entries and {years[1]:,} jobs", "ms", ms(times[op, "years"]), None,
                  ms(times[op, "days"]), "with 100 of each", 2)
    finally:
        for c in servers.values():
            c.close()
        del os.environ["BELLHOP_CONFIG"]


def age(x: Context, work: str, entries: int, jobs: int) -> None:
    """Writes what years of use would have left: copies of one job that ran, and of one journal entry."""
    with x.adapter().connect(work) as c:
        good(c.call("task_update", {"task_id": 1, "priority": 9}))
        good(c.call("background_run", {"command": "true", "wait": 10}))
        good(c.call("inbox", {}))
        good(c.call("inbox", {}))                # the second call says that the first one's answer has arrived
    path = glob.glob(os.path.join(work, ".state/bellhop/*/bellhop.db"))[0]
    db = sqlite3.connect(path)
    db.row_factory = sqlite3.Row
    row = dict(db.execute("select * from job").fetchone())
    entry = dict(db.execute("select * from journal where subject = '#1'").fetchone())
    folder = os.path.join(os.path.dirname(path), "jobs")
    files = {}
    for name in os.listdir(os.path.join(folder, row["id"])):
        with open(os.path.join(folder, row["id"], name), "rb") as f:
            files[name] = f.read()
    ids = set()
    while len(ids) < jobs:
        ids.add(secrets.token_hex(4))
    del row["number"], entry["seq"]
    with db:
        for i in ids:
            copy = os.path.join(folder, i)
            os.mkdir(copy, 0o700)
            for name, data in files.items():
                with open(os.path.join(copy, name), "wb", opener=lambda p, f: os.open(p, f, 0o600)) as f:
                    f.write(data.replace(row["id"].encode(), i.encode()))
        insert(db, "job", [{**row, "id": i} for i in sorted(ids)])
        insert(db, "journal", [{**entry, "subject": f"#{1 + i % 100}"} for i in range(entries)])
    db.close()


def insert(db: sqlite3.Connection, table: str, rows: list[dict]) -> None:
    keys = list(rows[0])
    db.executemany(f"insert into {table} ({', '.join(keys)}) values ({', '.join('?' * len(keys))})",
                   [[r[k] for k in keys] for r in rows])


# ---- jobs ------------------------------------------------------------------------------------------------------------

def short_jobs(x: Context) -> None:
    """From the call to the answer of background_run, and from a job's last act to where a client sees its end."""
    work, adapter = x.folder("jobs"), x.adapter()
    starts, ends, spawns = [], [], []
    with adapter.connect(work) as c:
        for i in range(x.n(60, 12) + 5):
            spawns.append(timed(lambda: subprocess.run(["/bin/sh", "-c", ":"], check=True)))
            mark = os.path.join(work, f"mark{i}")
            # EPOCHREALTIME is a word of bash: the time stamp is the job's last act.
            r = good(c.call("background_run", {
                "command": f"bash -c 'sleep 0.15; echo $EPOCHREALTIME > {mark}'", "timeout": 0}))
            job = adapter.started_id(r, "")
            # It asks once and waits, as an agent would: the answer is the sight of the end.
            good(c.call("check_background", {"task_id": job, "wait": 10}))
            seen = time.time()
            with open(mark) as f:
                ended = float(f.read())
            if i >= 5:
                starts.append(r.latency_s)
                ends.append(seen - ended)
    x.add("`background_run`, call to answer, p50", "ms", ms(starts), 3, ms(spawns), "spawn of `sh -c :` to its end")
    x.add("end of a job to where a waiting client sees it, p50", "ms", ms(ends), 15, ms(spawns),
          "spawn of `sh -c :` to its end")


def large_output(x: Context) -> None:
    """One job that writes as fast as it can, and the same command with a redirect."""
    size, work, adapter = x.n(1024, 128), x.folder("output"), x.adapter()
    line = "x" * 1023
    write = f"yes {line} | head -c {size * MIB}"
    ours, floor = [], []
    with adapter.connect(work) as c:
        for i in range(x.n(3, 1)):
            floor.append(timed(lambda: subprocess.run(["sh", "-c", f"{write} > redirected"], cwd=work, check=True)))
            os.unlink(os.path.join(work, "redirected"))
            begun, ended = os.path.join(work, f"begun{i}"), os.path.join(work, f"ended{i}")
            r = good(c.call("background_run", {
                "command": f"bash -c 'echo $EPOCHREALTIME > {begun}; {write}; echo $EPOCHREALTIME > {ended}'",
                "timeout": 0}))
            job = adapter.started_id(r, "")
            while not adapter.is_done(good(c.call("check_background", {"task_id": job, "wait": 30, "lines": 1})), job):
                pass
            with open(begun) as b, open(ended) as e:
                ours.append(float(e.read()) - float(b.read()))
    rate = size / median(ours)
    x.add(f"a job that writes {size:,} MiB, MiB/s", "MiB/s", rate, None, size / median(floor), "the same with a redirect",
          0.8, at_least=True)


def crowd(x: Context) -> None:
    """Calls of a server whose project has very many live jobs."""
    os.environ["BELLHOP_CONFIG"] = x.settings
    n, work, adapter = x.n(1000, 100), x.folder("crowd"), x.adapter()
    x.adapter().seed(work, standard_graph(100))
    try:
        with adapter.connect(work) as c:
            pending = [c.start_call("background_run", {"command": "sleep 600", "timeout": 0}) for _ in range(n)]
            jobs = [adapter.started_id(good(c.finish(i, 300)), "") for i in pending]
            times = []
            for i in range(x.n(500, 60)):
                for call in (("task_list", {}), ("check_background", {"task_id": jobs[i % n]}), ("check_background", {}),
                             ("task_update", {"task_id": 1 + i % 100, "priority": i + 1})):
                    times.append(good(c.call(*call)).latency_s)
            hwm = root_hwm(c.pid)
        x.add(f"a call with {n:,} live jobs, p99", "ms", pct(times, 99) * 1000, 100, ms(times), "its p50")
        x.add(f"peak memory of that server (VmHWM), {n:,} live jobs", "MiB", hwm, 200)
    finally:
        del os.environ["BELLHOP_CONFIG"]


def root_hwm(pid: int) -> float:
    with open(f"/proc/{pid}/status") as f:
        return int(re.search(r"VmHWM:\s+(\d+)", f.read()).group(1)) / 1024


# ---- all of it -------------------------------------------------------------------------------------------------------

ALL = (starting, commands, durable_create, growth, many_edges, history, short_jobs, large_output, crowd)


def number(v: float | None) -> str:
    if v is None:
        return "–"
    return f"{v:,.0f}" if abs(v) >= 100 else f"{v:.3g}"


def line(g: Goal) -> list[str]:
    if g.limit is not None:
        limit = f"≤ {number(g.limit)} {g.unit}"
    elif g.times is not None:
        limit = f"{'≥' if g.at_least else '≤'} {g.times:g} x"
    else:
        limit = "–"
    return [g.name, "–" if g.measured is None else f"{number(g.measured)} {g.unit}", limit,
            "–" if g.reference is None else f"{number(g.reference)} {g.unit} ({g.beside})",
            "–" if g.ratio is None else f"{g.ratio:.2f} x", {True: "yes", False: "**no**", None: "–"}[g.met], g.note]


HEAD = ["goal", "measured", "asked", "beside it, in the same run", "ratio", "met", ""]


def table(goals: list[Goal]) -> str:
    rows = [HEAD, ["---"] * len(HEAD), *map(line, goals)]
    return "\n".join("| " + " | ".join(r) + " |" for r in rows)


def main() -> int:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--cmd", required=True, help="the launcher")
    p.add_argument("--json", required=True, metavar="FILE")
    p.add_argument("--work", required=True, help="scratch folder, on the disk that is meant")
    p.add_argument("--short", action="store_true")
    p.add_argument("--only", action="append", choices=[f.__name__ for f in ALL])
    a = p.parse_args()
    work = os.path.abspath(a.work)
    os.makedirs(work, exist_ok=True)
    settings = os.path.join(work, "settings.json")
    with open(settings, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as f:
        json.dump({"jobs": {"running": 2000, "startsPerMinute": 100_000, "keepJobs": 1_000_000}}, f)
    x = Context(os.path.abspath(a.cmd), work, settings, a.short)
    failed = []
    for measure in ALL:
        if a.only and measure.__name__ not in a.only:
            continue
        print(f"[{time.strftime('%H:%M:%S')}] {measure.__name__} ...", file=sys.stderr, flush=True)
        try:
            measure(x)
        except Exception as e:                   # noqa: BLE001 - one goal must not stop the others
            traceback.print_exc()
            failed.append(measure.__name__)
            x.add((measure.__doc__ or measure.__name__).splitlines()[0].rstrip("."),
                  note=f"could not be measured: {type(e).__name__}: {str(e)[:150]}")
    with open(a.json, "w") as f:
        json.dump({"short": a.short, "goals": [asdict(g) for g in x.goals], **x.details}, f, indent=1, ensure_ascii=False)
    print(table(x.goals))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
