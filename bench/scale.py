"""scale.py ROOT BUILD DOCUMENT [options]: the runs and the document of scale.sh."""
import argparse
import datetime
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

STYLES = {  # style: (what it is, source, compilers)
    "coro": ("recount/coro.h", "scale_coro.c", [("gcc", "-O2")]),
    "coroutine": ("C++20 coroutines", "scale_coroutine.cpp", [("g++", "-O1"), ("clang++", "-O2")]),
    "ucontext": ("ucontext fibers", "scale_ucontext.c", [("gcc", "-O2")]),
    "asm": ("fibers switched by assembly", "scale_asm.c", [("gcc", "-O2")]),
}
KINDS = ["plain", "empty", "recount"]


class Failure(Exception):
    pass


def call(arguments, seconds=None, **more):
    done = subprocess.run(
        (["timeout", "-k", "2", str(seconds)] if seconds else []) + arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        check=False,
        text=True,
        **more,
    )
    if done.returncode in (124, 137):
        raise Failure(f"ended after {seconds} s")
    if done.returncode:
        code = done.returncode
        what = f"signal {code - 128}" if code > 128 else f"status {code}"
        raise Failure(f"{what}: {(done.stderr.strip().splitlines() or [''])[0][:120]}")
    return done.stdout


class Bench:
    def __init__(self, root, build, work, options):
        self.root, self.work, self.options = root, work, options
        self.recount = os.path.join(build, "recount")
        self.check = os.path.join(build, "bin", "truth-check")

    def compile(self, source, compiler, level):
        """The three builds of a program: without hooks, with empty ones, with recount."""
        plus = source.endswith(".cpp")
        standard = ["-std=c++20"] if plus else ["-std=gnu17", "-D_GNU_SOURCE"]
        if compiler == "g++":
            standard.append("-fcoroutines")
        flags = standard + [level, "-g", "-I", self.root + "/include", "-pthread"]
        clang = compiler.startswith("clang")
        hooks = "-finstrument-functions-after-inlining" if clang else "-finstrument-functions"
        path = os.path.join(self.root, "bench/programs", source)
        call(["cc", "-O2", "-c", self.root + "/bench/programs/empty.c", "-o", self.work + "/empty.o"])
        call([compiler, *flags, path, "-o", self.work + "/plain"])
        call([compiler, *flags, hooks, path, self.work + "/empty.o", "-o", self.work + "/empty"])
        environment = dict(os.environ, RECOUNT_CC=compiler, RECOUNT_CXX=compiler)
        call([self.recount, "c++" if plus else "cc", *flags, path, "-o", self.work + "/recount"], env=environment)

    def run(self, kind, tasks, switches, threads):
        """One run: what the program says, and its wall time."""
        program = [os.path.join(self.work, kind), str(tasks), str(switches), str(threads)]
        if kind == "recount":
            program = [self.recount, "record", "-o", self.work + "/data", "--"] + program
        before = time.monotonic()
        said = json.loads(call(program, self.options.seconds).splitlines()[-1])
        return {**said["scale"], "wall_s": time.monotonic() - before, "truth": said}

    def profile_bytes(self):
        """What the file occupies, and its nominal size."""
        status = os.stat(self.work + "/data")
        return status.st_blocks * 512, status.st_size

    def report(self, truth):
        """The numbers that must be 0, and the differences to the truth, from the profile that was just recorded."""
        before = time.monotonic()
        text = call([self.recount, "report", "-i", self.work + "/data", "--json"], self.options.seconds)
        seconds = time.monotonic() - before
        with open(self.work + "/report", "w", encoding="utf-8") as file:
            file.write(text)
        with open(self.work + "/truth", "w", encoding="utf-8") as file:
            file.write(json.dumps(truth) + "\n")
        checked = subprocess.run(
            [self.check, self.work + "/truth", self.work + "/report"], stdout=subprocess.PIPE, check=False, text=True
        )
        report = json.loads(text)
        functions = report["functions"]
        zero = {
            **{"lost " + key: number for key, number in report["lost"].items()},
            "lost exits": sum(f.get("lost_exits", 0) for f in functions),
            "unmatched exits": report.get("unmatched_exits", 0),
            "unexplained": sum(abs(f["unexplained"]) for f in functions),
            "time unclosed (ms)": round(report.get("time_unclosed_ns", 0) / 1e6, 3),
        }
        samples = report["samples"]
        return {"seconds": seconds, "zero": zero, "checked": checked, "samples": samples, "tasks": report["tasks"]}


def median(runs, of):
    return statistics.median(of(run) for run in runs)


def switch_ns(run):
    return run["switch_cpu_ns"] / run["switches"]


def measure(bench, threads):
    """All runs of one row: the rounds in turn, then one with a tenth of the tasks and one with a quarter of the switches."""
    options, runs = bench.options, {kind: [] for kind in KINDS}
    for _ in range(options.rounds):
        for kind in KINDS:
            runs[kind].append(bench.run(kind, options.tasks, options.switches, threads))
    row = {"runs": runs, "bytes": bench.profile_bytes(), "report": bench.report(runs["recount"][-1]["truth"])}
    per_task = max(1, options.switches // options.tasks)
    few = max(threads, options.tasks // 10)
    row["few"] = few
    bench.run("recount", few, few * per_task, threads)
    row["few_bytes"] = bench.profile_bytes()
    bench.run("recount", options.tasks, max(options.tasks, options.switches // 4), threads)
    row["short_bytes"] = bench.profile_bytes()
    return row


def mb(value):
    return f"{value / 1e6:.1f}"


def bytes_a_task(row, options):
    """What a task alive adds to the profile: by the sizes of two that differ in the number of tasks alone."""
    return (row["bytes"][0] - row["few_bytes"][0]) / max(1, options.tasks - row["few"])


def growth(row):
    """How much larger the profile is than after a quarter of the switches, as a share."""
    return row["bytes"][0] / row["short_bytes"][0] - 1


def bound(rows, options):
    """How memory is bounded, in a sentence, from what was measured."""
    if not rows:
        return "\n"
    most, least = max(bytes_a_task(row, options) for row in rows), min(bytes_a_task(row, options) for row in rows)
    grown = max(growth(row) for row in rows)
    return (
        f"\n\nSo a task that is alive costs {least:.0f} to {most:.0f} bytes of the profile here, at the depth of stack and for the\n"
        f"state that these programs have. Four times the switches made the profile at most {100 * grown:.1f}% larger: samples,\n"
        "which have a fixed budget, are what grows with time.\n"
    )


def time_line(name, threads, row):
    runs = row["runs"]
    ns = {kind: median(runs[kind], switch_ns) for kind in KINDS}
    start = {kind: median(runs[kind], lambda run: run["start_cpu_ns"] / run["tasks"]) for kind in KINDS}
    wall = {kind: median(runs[kind], lambda run: run["wall_s"]) for kind in KINDS}
    return (
        f"| {name} | {threads} | {ns['plain']:.1f} | {ns['empty']:.1f} | {ns['recount']:.1f} "
        f"| {ns['recount'] - ns['plain']:.1f} | {ns['recount'] - ns['empty']:.1f} "
        f"| {start['plain']:.0f} | {start['recount']:.0f} | {wall['plain']:.2f} | {wall['recount']:.2f} |"
    )


def memory_line(name, threads, row, options):
    runs = row["runs"]
    peak = {kind: max(run["peak_kb"] for run in runs[kind]) * 1024 for kind in KINDS}
    occupied, nominal = row["bytes"]
    return (
        f"| {name} | {threads} | {mb(peak['plain'])} | {mb(peak['recount'])} "
        f"| {(peak['recount'] - peak['plain']) / options.tasks:.0f} | {mb(occupied)} ({mb(nominal)}) "
        f"| {bytes_a_task(row, options):.0f} | {mb(row['short_bytes'][0])} |"
    )


def truth_line(name, threads, row):
    report = row["report"]
    wrong = {key: number for key, number in report["zero"].items() if number}
    checked = report["checked"].stdout.strip().splitlines()
    sums = [line for line in checked if re.match(r"\d+ checks, ", line)] or ["no checks"]
    wrongs = [line for line in checked if line not in sums and not line.startswith("verdict")]
    verdict = "equal" if report["checked"].returncode == 0 else "**not equal**: " + "; ".join(wrongs[:4])
    numbers = ", ".join(f"{key} {number}" for key, number in wrong.items()) or "none"
    return (
        f"| {name} | {threads} | {verdict} ({sums[0]}) | {numbers} "
        f"| {report['tasks']} | {report['samples']} | {report['seconds']:.1f} |"
    )


TIME_HEAD = """
## Time

Nanoseconds of the threads' CPU time, median of {rounds} interleaved rounds. A switch is one task resumed until it waits
again: for fibers both ways, with a call of a hooked function in between. "Empty" has hooks that do nothing. Starting is
making a task and running it to its first wait; with recount it takes in the first touch of the profile's pages. Wall is
the whole run in seconds, the launcher's included.

| style | threads | plain | empty | recount | - plain | - empty | start, plain | start, recount | wall s, plain | wall s, recount |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
"""

MEMORY_HEAD = """
## Memory

In MB. The peak is the target's own (VmHWM), so with recount it holds the pages of the profile that it touched, too. The
profile is what the file occupies on disk, in brackets its nominal size. **Bytes a task alive** compares profiles of {tasks}
and {few} tasks with as many switches a task each. The last column is the profile after a quarter of the switches.

| style | threads | peak, plain | peak, recount | more, bytes a task | profile | bytes a task alive | a quarter of the switches |
|---|--:|--:|--:|--:|--:|--:|--:|
"""

TRUTH_HEAD = """
## Truth

Held against what the program counted itself, by tests/truth/check.c. What the report says of losses is in the next column,
whatever is not 0.

| style | threads | counts and callers | lost or unexplained | tasks seen | samples | report s |
|---|--:|---|---|--:|--:|--:|
"""


def lines_of(bench, style):
    about, source, compilers = STYLES[style]
    for compiler, level in compilers:
        if not shutil.which(compiler):
            continue
        name = f"{about}, {compiler} {level}"
        for threads in bench.options.threads:
            print(f"{name}, {threads}", flush=True)
            try:
                bench.compile(source, compiler, level)
                row = measure(bench, threads)
            except Failure as failure:
                print(f"  {failure}", flush=True)
                failed = f"| {name} | {threads} | **{failure}** |"
                yield failed, failed, failed, None
                continue
            lines = (
                time_line(name, threads, row),
                memory_line(name, threads, row, bench.options),
                truth_line(name, threads, row),
            )
            print("\n".join("  " + line for line in lines), flush=True)
            yield *lines, row


def first_line(command):
    return (subprocess.run(command, shell=True, capture_output=True, text=True, check=False).stdout or "?").splitlines()[0]


def head(options, arguments):
    cpu = first_line("lscpu | sed -n 's/^Model name: *//p'")
    versions = ", ".join(first_line(f"{c} --version") for c in ("gcc", "clang") if shutil.which(c))
    load = " ".join(first_line("cat /proc/loadavg").split()[:3])
    return f"""# Many tasks at once

Written by `sh bench/scale.sh{''.join(' ' + a for a in arguments)}` on {datetime.date.today().isoformat()}: {cpu}, {os.cpu_count()} CPUs, Linux
{os.uname().release.split('-')[0]}, {versions}; load average {load} when it began,
and other work on the machine is in the figures.

{options.tasks} tasks alive at once, {options.switches} switches in turn, on one thread and shared by two. Fibers have stacks
of 16 KiB in one mapping.
"""


def options_of(arguments):
    parser = argparse.ArgumentParser(prog="scale.sh")
    parser.add_argument("-r", dest="rounds", type=int, default=3)
    parser.add_argument("-t", dest="seconds", type=int, default=120)
    parser.add_argument("tasks", type=int, nargs="?", default=100000)
    parser.add_argument("switches", type=int, nargs="?", default=10000000)
    parser.add_argument("styles", nargs="*", default=list(STYLES), metavar="STYLE")
    options = parser.parse_args(arguments)
    options.styles = options.styles or list(STYLES)
    options.threads = [1, 2]
    for style in options.styles:
        if style not in STYLES:
            parser.error(f"no such style: {style}")
    return options


def main(root, build, document, *arguments):
    options = options_of(arguments)
    started = head(options, arguments)
    with tempfile.TemporaryDirectory() as work:
        bench = Bench(root, build, work, options)
        rows = [row for style in options.styles for row in lines_of(bench, style)]
    heads = [
        TIME_HEAD.format(rounds=options.rounds),
        MEMORY_HEAD.format(tasks=options.tasks, few=options.tasks // 10),
        TRUTH_HEAD,
    ]
    with open(document, "w", encoding="utf-8") as file:
        file.write(started)
        for i, table in enumerate(heads):
            file.write(table + "\n".join(row[i] for row in rows))
            file.write(bound([row[3] for row in rows if row[3]], options) if table is heads[1] else "\n")
    return 0 if rows else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
