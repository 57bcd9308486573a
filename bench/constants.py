"""constants.py ROOT RECOUNT DOCUMENT ROUNDS RECORDINGS: see constants.sh."""
import json
import math
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT, RECOUNT, DOCUMENT, ROUNDS, RECORDINGS = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)]
KINDS = [("MULTIPLY", 1), ("MULTIPLY", 2), ("MULTIPLY", 3), ("MULTIPLY", 6), ("CHASE", 1), ("CHASE", 2), ("DIVIDE", 1)]
HZ, CALLS, SECONDS = 2000, 15_000_000, 2
PHASES = [30, 200]  # ms
STRETCH = 25  # ticks


def run(command, **environment):
    done = subprocess.run(command, env=dict(os.environ, **environment), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()[-300:]}")
    return done.stdout


def constant(path, name):
    """What the source says now."""
    with open(f"{ROOT}/{path}", encoding="utf-8") as source:
        found = re.search(rf"\b{name}\s*(?:=\s*)?(-?[0-9.]+)", source.read())
    return float(found.group(1))


# ---- what the hooks hide ----

def blind(*options):
    run([RECOUNT, "record", "-F", str(HZ), "-o", "data", *options, "--", "./around", str(CALLS)])
    told = json.loads(run([RECOUNT, "report", "-i", "data", "--blind", "--json"]))
    kinds = {kind["kind"]: kind["share"] for kind in told["kinds"]}
    return told["cpu_ns"], kinds.get("probe", 0), kinds.get("hooked", 0)


def around(compiler, kind, steps, chain):
    """Of one function: what of the samples in its hooks was work of the code around, as parts of these and of those in
    that code; medians of the rounds."""
    run([RECOUNT, "cc", "-O2", "-g", f"-D{kind}", f"-DSTEPS={steps}", *chain, f"{ROOT}/bench/programs/around.c", "-o",
         "around"], RECOUNT_CC=compiler)
    of_hooks, of_code, hooks_ns, code_ns, saved_ns = [], [], [], [], []
    for _ in range(ROUNDS):
        awake, in_hooks, in_code = blind()
        asleep = blind("--filter", "rules")[0]
        hooks, code, saved = in_hooks * awake / CALLS, in_code * awake / CALLS, (awake - asleep) / CALLS
        of_hooks.append((hooks - saved) / hooks)
        of_code.append((hooks - saved) / code)
        hooks_ns.append(hooks)
        code_ns.append(code)
        saved_ns.append(saved)
    row = dict(compiler=compiler, kind=kind.lower(), steps=steps, waits=bool(chain), hooks=statistics.median(hooks_ns),
               code=statistics.median(code_ns), saved=statistics.median(saved_ns), of_hooks=statistics.median(of_hooks),
               of_code=statistics.median(of_code), spread=max(of_code) - min(of_code))
    print(row, flush=True)
    return row


def hidden():
    with open("rules", "w", encoding="utf-8") as rules:
        rules.write("sleep step\n")
    return [around(compiler, kind, steps, chain) for compiler in COMPILERS for chain in ([], ["-DCHAIN"])
            for kind, steps in KINDS]


# ---- how far the ticks' clock and CPU time run apart ----

def phases(ms):
    """Errors of the share that was sampled, and the variance that the report gives it; the latter without its term for
    the clock. As p(1 - p) / n: the samples and what they stand for are told."""
    relative = constant("compare/model/statistics.c", "RELATIVE")
    errors, stated, bare, unit = [], [], [], []
    for _ in range(RECORDINGS):
        truth = float(run([RECOUNT, "record", "-o", "data", "--", "./phases", str(ms), str(SECONDS)]))
        report = json.loads(run([RECOUNT, "report", "-i", "data", "--json"]))
        share = next(f for f in report["functions"] if f["name"] == "first")["self_share"]
        p, samples = share["sampler"], report["compared_samples"]
        errors.append(p - truth)
        stated.append(p * (1 - p) / share["effective_samples"])
        unit.append(STRETCH * p * (1 - p) / samples)
        bare.append(max(0, stated[-1] - relative**2 * unit[-1]))
    squares = statistics.mean(error * error for error in errors)
    more = squares - statistics.mean(bare)
    row = dict(ms=ms, rms=math.sqrt(squares), stated=math.sqrt(statistics.mean(stated)),
               bare=math.sqrt(statistics.mean(bare)), relative=math.sqrt(max(0, more) / statistics.mean(unit)))
    print(row, flush=True)
    return row


# ---- the document ----

def model_name():
    with open("/proc/cpuinfo", encoding="utf-8") as cpu:
        return next((line.split(":", 1)[1].strip() for line in cpu if line.startswith("model name")), "unknown")


def load():
    with open("/proc/loadavg", encoding="utf-8") as average:
        return " ".join(average.read().split()[:3])


def compared(rows, clocks):
    saving, spans, samples = "compare/model/blind_saving.c", "compare/model/spans", "compare/model/statistics.c"
    waits = [row for row in rows if row["waits"]]
    free = [row for row in rows if not row["waits"]]
    means = [statistics.mean(row["of_code"] for row in kind) for kind in (free, waits)]
    hooks = [statistics.mean(row["of_hooks"] for row in kind) for kind in (free, waits)]
    rms = math.sqrt(statistics.mean(row["relative"] ** 2 for row in clocks))
    return [
        ("HIDDEN_MOST", saving, constant(saving, "HIDDEN_MOST"), "the most of the column *of the code around*",
         f"{max(row['of_code'] for row in rows):.2f}"),
        ("HIDDEN_GUESS", saving, constant(saving, "HIDDEN_GUESS"), "between its means, calls that do not wait and calls "
         "that do", f"{means[0]:.2f} and {means[1]:.2f}"),
        ("SPILT_MOST", saving, constant(saving, "SPILT_MOST"), "the least of the column *of the hooks*, its sign turned",
         f"{-min(row['of_hooks'] for row in rows):.2f}"),
        ("RC_HIDDEN", spans + "_study.h", constant(spans + "_study.h", "RC_HIDDEN"), "between its means",
         f"{hooks[0]:.2f} and {hooks[1]:.2f}"),
        ("HIDDEN_LEAST", spans + "_tell.c", constant(spans + "_tell.c", "HIDDEN_LEAST"), "its mean, calls that do not wait",
         f"{hooks[0]:.2f}"),
        ("RELATIVE", samples, constant(samples, "RELATIVE"), "the clock's table below, root mean square", f"{rms:.3f}"),
    ]


def document(rows, clocks):
    text = f"""# Numbers in the source that were measured

Written by `sh bench/constants.sh {ROUNDS} {RECORDINGS}` on {time.strftime("%Y-%m-%d")}: {model_name()}, {os.cpu_count()} CPUs, Linux
{platform.release().split("-")[0]}; the machine's load average was {LOAD} when it began and {load()} when it ended, of which some 1 is this; what is more was other work,
and is in all figures.

The source's numbers were chosen from such measurements, and from others on the same machine ([the model](model.md) says which is a
limit, which a mean and which a convention). This table is what the same measurements say where and when it was written; it
changes nothing. Where they are far apart, the ranges that `recount filter` and short calls' own times state are to be read with
that in mind.

| number | in | there | what it stands for | measured |
|---|---|--:|---|--:|
"""
    text += "".join(f"| {name} | {path} | {value:g} | {what} | {measured} |\n"
                    for name, path, value, what, measured in compared(rows, clocks))
    text += f"""
## What the hooks hide

`bench/programs/around.c`: one function, called {CALLS / 1e6:g} M times, so that each call waits for the last one's result or not;
recorded at {HZ} Hz as it is, and again with the function asleep, {ROUNDS} rounds, medians. Nanoseconds a call: sampled in the hooks, sampled in the code
around them (the function and its caller), and saved by sleeping. What was not saved of the hooks' time is work of the code around
that was done beside them: the last two columns have it as a part of the hooks' samples and as a multiple of the samples in the
code around. A negative one is the hooks' time that was sampled in the code around. *Spread*: of the last column, over the rounds.

| compiler | kind | steps | calls wait | in the hooks | in the code around | saved | of the hooks | of the code around | spread |
|---|---|--:|---|--:|--:|--:|--:|--:|--:|
"""
    text += "".join(f"| {r['compiler']} | {r['kind']} | {r['steps']} | {'yes' if r['waits'] else 'no'} | {r['hooks']:.1f} | {r['code']:.1f} | "
                    f"{r['saved']:.1f} | {r['of_hooks']:.2f} | {r['of_code']:.2f} | {r['spread']:.2f} |\n" for r in rows)
    text += f"""
## The clock's term of the interval

`bench/programs/phases.c`: two functions in turn, for so many milliseconds on average, {SECONDS} s of CPU time; {RECORDINGS} recordings each at the
default rate. The share of the first, by samples, less what the program measured of itself with its thread's CPU clock:
root mean square, percentage points. *Stated* is the standard error that the report gives, *without the clock* the same
without the term RELATIVE, and *RELATIVE, so* what that would have to be for the stated one to be the measured one (0: no term is
needed). The mean square of {RECORDINGS} errors is itself known within a factor of {math.sqrt(2 / RECORDINGS):.1f} of itself (one standard error). On a quiet machine it
is smaller than on a busy one; the number in the source is a busy machine's.

| phases, ms | measured | stated | without the clock | RELATIVE, so |
|---|--:|--:|--:|--:|
"""
    text += "".join(f"| {r['ms']} | {100 * r['rms']:.2f} | {100 * r['stated']:.2f} | {100 * r['bare']:.2f} | {r['relative']:.3f} |\n"
                    for r in clocks)
    with open(DOCUMENT, "w", encoding="utf-8") as out:
        out.write(text)
    print(f"wrote {DOCUMENT}")


LOAD = load()
with tempfile.TemporaryDirectory() as work:
    os.chdir(work)
    run([RECOUNT, "cc", "-O2", "-g", f"{ROOT}/bench/programs/phases.c", "-o", "phases"], RECOUNT_CC=COMPILERS[0])
    ROWS = hidden()
    document(ROWS, [phases(ms) for ms in PHASES])
    os.chdir("/")
