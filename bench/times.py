"""times.py ROOT RECOUNT DOCUMENT ROUNDS: see times.sh."""
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

ROOT, RECOUNT, DOCUMENT, ROUNDS = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
PROGRAMS = {"tiny": "40 M calls of 1.6 ns", "short": "4.4 M calls of 17 ns", "middling": "0.85 M calls of 90 ns",
            "nested": "100 M calls in their parent"}
COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)]
HZ = 2000
TWICE_HZ, TWICE_PART = 4000, "400"  # of two runs; percent of a second's work, and so 0.4 points at 50%
PART = "2"  # percent of the calls, for those that write each of them down
PERIODS = [99_991, 103_007, 109_013, 113_021, 118_033, 121_039, 127_031]  # ns, of no common measure


def run(command, **environment):
    done = subprocess.run(command, env=dict(os.environ, **environment), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()[-300:]}")
    return done.stdout


def percent(hot, whole):
    return 100 * hot / whole if whole else math.nan


def perf(program, turn, part="100", around=()):
    """Share of hot among the samples of a build, in user code; another period each turn."""
    run([*around, "perf", "record", "-q", "-e", "cpu-clock:u", "-c", str(PERIODS[turn % len(PERIODS)]), "-o",
         "perf.data", program, part])
    hits = run(["perf", "script", "-i", "perf.data", "-F", "ip,sym"]).split("\n")
    hits = [line.split()[-1] for line in hits if line.strip()]
    return percent(hits.count("hot"), len(hits))


def perf_asleep(program, turn):
    """The same of the run asleep, whose samples are the last that perf wrote."""
    return perf(program, turn, TWICE_PART, [RECOUNT, "record", "--twice", "-F", "1", "-o", "recount.data", "--"])


def recount(program, *options):
    hz, part = (TWICE_HZ, TWICE_PART) if options else (HZ, "100")
    run([RECOUNT, "record", "-F", str(hz), "-o", "recount.data", *options, "--", program, part])
    report = json.loads(run([RECOUNT, "report", "-i", "recount.data", "--json"]))
    if options and not report.get("pair"):
        raise RuntimeError("the report knows of no second run")
    hot = next(f for f in report["functions"] if f["name"] == "hot")
    whole = sum(f["self_ns"] for f in report["functions"])
    return (percent(hot["self_ns"], whole), percent(hot["self_low_ns"], whole - hot["self_ns"] + hot["self_low_ns"]),
            percent(hot["self_high_ns"], whole - hot["self_ns"] + hot["self_high_ns"]))


SCALE = {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60}


def uftrace(program):
    shutil.rmtree("uftrace.data", ignore_errors=True)
    run(["uftrace", "record", "--no-libcall", "-d", "uftrace.data", program, PART])
    own = {}
    for line in run(["uftrace", "report", "--no-pager", "-d", "uftrace.data", "-f", "self"]).split("\n"):
        found = re.match(r"\s*([\d.]+)\s+(us|ms|s|m)\s+(\w+)$", line)
        if found:
            own[found.group(3)] = float(found.group(1)) * SCALE[found.group(2)]
    return percent(own["hot"], sum(own.values()))


def xray(program):
    run([program, PART], XRAY_OPTIONS="patch_premain=true xray_mode=xray-basic verbosity=0 xray_logfile_base=xray.")
    log = next(name for name in os.listdir(".") if name.startswith("xray."))
    rows = {}
    for line in run(["llvm-xray", "account", log, f"--instr_map={program}", "--format=csv"]).split("\n")[1:]:
        cells = line.split(",")
        if len(cells) > 8:
            rows[cells[-1].strip('"')] = float(cells[7])
    os.remove(log)
    return percent(rows.get("hot", 0), rows.get("main") or sum(rows.values()))


def gprof(program):
    run([program])
    for line in run(["gprof", "-bp", program, "gmon.out"]).split("\n"):
        cells = line.split()
        if cells and cells[-1] == "hot":
            return float(cells[0])
    return 0.0


def build(compiler, name):
    source = f"{ROOT}/bench/programs/shares_{name}.c"
    flag = "-finstrument-functions" if compiler == "gcc" else "-finstrument-functions-after-inlining"
    run([compiler, "-O2", "-g", source, "-o", "plain"])
    run([RECOUNT, "cc", "-O2", "-g", source, "-o", "counted"], RECOUNT_CC=compiler)
    run([compiler, "-O2", "-c", f"{ROOT}/bench/programs/empty.c", "-o", "empty.o"])
    run([compiler, "-O2", "-g", flag, source, "empty.o", "-o", "flagged"])
    run([compiler, "-O2", "-finstrument-functions", source, "-o", "traced"])
    run([compiler, "-O2", "-pg", source, "-o", "profiled"])
    if compiler == "clang":
        run([compiler, "-O2", "-fxray-instrument", source, "-o", "xrayed"])
        run([compiler, "-O2", "-fxray-instrument", "-fxray-instruction-threshold=1", source, "-o", "xrayed-all"])


def attempt(measure, *arguments):
    try:
        return measure(*arguments)
    except (RuntimeError, StopIteration, KeyError, OSError) as error:
        print(f"times.py: {measure.__name__}: {error}", file=sys.stderr)
        return math.nan


def off(value, truth):
    return "-" if math.isnan(value) else f"{value - truth:+.1f}"


def of_pairs(measured, truth):
    own = sorted(one[0] for one in measured if isinstance(one, tuple)) or [math.nan]
    return off(statistics.median(own), truth), f"{off(own[0], truth)} to {off(own[-1], truth)}"


def measure(compiler, name):
    build(compiler, name)
    truths, singles, twice, plain, asleep, flagged = [], [], [], [], [], []
    for turn in range(ROUNDS):  # in turn, so that what the machine does meanwhile falls on all alike
        truths.append(perf("./plain", turn))
        singles.append(recount("./counted"))
        twice.append(attempt(recount, "./counted", "--twice"))
        plain.append(attempt(recount, "./counted", "--twice", "--plain", "./plain"))
        asleep.append(attempt(perf_asleep, "./counted", turn))
        flagged.append(perf("./flagged", turn))
    truth = statistics.mean(truths)
    error = f" ± {statistics.stdev(truths) / math.sqrt(ROUNDS):.1f}" if ROUNDS > 1 else ""
    own = sorted(single[0] for single in singles)
    low, high = statistics.median(s[1] for s in singles), statistics.median(s[2] for s in singles)
    cells = [name, f"{truth:.1f}{error}", off(statistics.median(own), truth),
             f"{own[0] - truth:+.1f} to {own[-1] - truth:+.1f}", f"{low:.1f} to {high:.1f}",
             *of_pairs(twice, truth), *of_pairs(plain, truth),
             off(attempt(uftrace, "./traced"), truth) if shutil.which("uftrace") else "-"]
    for program in ("xrayed", "xrayed-all"):
        measured = compiler == "clang" and shutil.which("llvm-xray")
        cells.append(off(attempt(xray, "./" + program), truth) if measured else "-")
    cells.append(off(attempt(gprof, "./profiled"), truth))
    cells.append(off(statistics.median(asleep), truth))
    cells.append(off(statistics.median(flagged), truth))
    print(" | ".join(cells), flush=True)
    return cells


def hidden(compiler, chain):
    """Rows: ns a call without and with hooks, and of the latter the samples in its own code and in its hooks."""
    run([RECOUNT, "cc", "-O2", "-g", *chain, f"{ROOT}/bench/programs/hidden.c", "-o", "hidden"], RECOUNT_CC=compiler)
    printed = run([RECOUNT, "record", "-F", str(2 * HZ), "-o", "recount.data", "--", "./hidden"])
    seen = {f["name"]: f["seen"] for f in json.loads(run([RECOUNT, "report", "-i", "recount.data", "--json"]))["functions"]}
    for line in printed.strip().split("\n"):
        number, plain, hooked = line.split()
        own, hooks = seen[f"hooked_{number}"]["self"], seen[f"hooked_{number}"]["in_probe"]
        in_hooks = float(hooked) * hooks / (own + hooks)
        own_ns = float(hooked) - in_hooks
        yield [compiler, "yes" if chain else "no", plain, hooked, f"{own_ns:.1f}", f"{in_hooks:.1f}",
               f"{100 * (float(plain) - own_ns) / in_hooks:.0f}%"]


HIDDEN_HEAD = ["compiler", "calls wait for each other", "ns without hooks", "with hooks", "sampled in its code",
               "sampled in its hooks", "of those its own"]

HEAD = ["program", "plain, %", "recount, one run", "(all rounds)", "states, %", "--twice", "(all rounds)",
        "--twice, plain build", "(all rounds)", "uftrace", "XRay", "XRay, threshold 1", "gprof", "perf, asleep",
        "perf, hooks empty"]


def model_name():
    with open("/proc/cpuinfo", encoding="utf-8") as cpu:
        return next((line.split(":", 1)[1].strip() for line in cpu if line.startswith("model name")), "unknown")


def twice_error(share):
    return 100 * math.sqrt(share * (1 - share) / (TWICE_HZ * int(TWICE_PART) / 100))


def document(tables):
    text = f"""# How far reported times are off

Written by `sh bench/times.sh {ROUNDS}` on {time.strftime("%Y-%m-%d")}: {model_name()}, {os.cpu_count()} CPUs, Linux
{platform.release().split("-")[0]}; the machine's load average was {LOAD} when it began. All builds are -O2.

`bench/programs/shares_*.c`: one function, `hot`, and few long ones. The column *plain* is hot's share of the running time in a
build without any flag, sampled by perf (cpu-clock:u, every 0.1 ms, another period each round; mean of {ROUNDS} rounds ± standard error).
The others are the differences from it, in percentage points. recount samples at {HZ} Hz: in one run, chance alone moves a share of 8% by
{100 * math.sqrt(.08 * .92 / HZ):.1f} points (one standard error, of 1 s) and one of 50% by {100 * math.sqrt(.25 / HZ):.1f}; the median of {ROUNDS} rounds is shown, and the
rounds that are furthest off. *states* is what recount says the share may be, for what the hooks hide ([the model](model.md#short-calls)).
uftrace and XRay write each call down and make {PART}% of the calls (and of everything else); XRay's basic mode is left as it is by
default; gprof is `-pg`; *perf, asleep* is perf on the very process whose hooks `--twice` puts to sleep, and *perf, hooks empty* perf on a
build with the flag and hooks that do nothing.

With `--twice` the programs do {TWICE_PART}% of their work at {TWICE_HZ} Hz: chance moves a share of 8% by {twice_error(.08):.1f} points and one of 50%
by {twice_error(.5):.1f} (one standard error, of {TWICE_PART[0]} s), in a single round. *--twice, plain build* is `--twice --plain`, whose second run is the very build that *plain* is of.

Where *--twice* is off and *perf, asleep* is off by the same, it is not the sampler that errs: the program itself spends its time
otherwise. A hook that sleeps has its call taken out, and no more. The code around it still makes the hook's arguments, keeps what
the call would have overwritten in saved registers and on the stack, and a call at the end cannot become a jump. In a function of a
nanosecond or two (*tiny*, *nested*) that is a good part of its time. No patch of a call undoes it; a build without hooks has none of it.
"""
    for compiler, rows in tables:
        text += f"\n## {compiler}\n\n| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}\n"
        text += "".join(f"| {' | '.join(row)} |\n" for row in rows)
    text += "\n" + "; ".join(f"*{name}*: {what}" for name, what in PROGRAMS.items()) + ".\n"
    text += f"""
## What the hooks hide

`bench/programs/hidden.c`: functions of growing length, each called so that every call waits for the result of the last one, or
so that none does; nanoseconds a call. The last column is what of the samples in the hooks is the function's own time.

| {' | '.join(HIDDEN_HEAD)} |\n|{'---|' * len(HIDDEN_HEAD)}
"""
    text += "".join(f"| {' | '.join(row)} |\n" for row in HIDDEN)
    with open(DOCUMENT, "w", encoding="utf-8") as out:
        out.write(text)


with open("/proc/loadavg", encoding="utf-8") as average:
    LOAD = " ".join(average.read().split()[:3])
with tempfile.TemporaryDirectory() as work:
    os.chdir(work)
    HIDDEN = [row for compiler in COMPILERS for chain in ([], ["-DCHAIN"]) for row in hidden(compiler, chain)]
    document([(compiler, [measure(compiler, name) for name in PROGRAMS]) for compiler in COMPILERS])
    os.chdir("/")
