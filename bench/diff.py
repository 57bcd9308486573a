"""Draws sides from a pool of recordings that were made in turn, compares them, and prints what was found.

    diff.py RECOUNT FOLDER ROUNDS
"""
import json
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

DIFFS, SIDE, SEED = 100, 5, 20261122
PLANTED = {"three": 0.03, "ten": 0.10, "fifty": 0.50}


def diff(recount, folder, before, after):
    command = [recount, "diff", "--json", *before, "vs", *after]
    return json.loads(subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout)


def neighbours(chance, rounds):
    """As many rounds in a row as a side has runs."""
    first = chance.randint(1, rounds - SIDE + 1)
    return range(first, first + SIDE)


def same(chance, rounds):
    """Ten runs of one program, dealt to two sides."""
    pool = [f"{name}.{r}" for r in neighbours(chance, rounds) for name in ("base", "again")]
    chance.shuffle(pool)
    return pool[:SIDE], pool[SIDE:]


def different(chance, rounds, name):
    window = neighbours(chance, rounds)
    return [f"{chance.choice(('base', 'again'))}.{r}" for r in window], [f"{name}.{r}" for r in window]


def function(report, name):
    return next(f for f in report["functions"] if f["name"] == name)


def found(time, direction=1):
    return time["verdict"] == "changed" and time["change"] * direction > 0


def predicted(time, change):
    """The tool's own figure for a rise of that size; between those that it prints, on the line through them."""
    known = [(0, 0)] + [(p["change"], p["found"]) for p in time["power"]]
    for (a, p), (b, q) in zip(known, known[1:]):
        if change <= b:
            return p + (q - p) * (change - a) / (b - a)
    return known[-1][1]


def percent(share):
    return f"{100 * share:.0f}%"


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def changed_counts(report):
    return [
        (f["name"], kind)
        for f in report["functions"]
        for kind, count in f["counts"].items()
        if kind != "entries" and count["verdict"] in ("changed", "shifted")
    ]


def main():
    recount, folder, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
    chance = random.Random(SEED)

    def run(sides):
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(lambda side: diff(recount, folder, *side), sides))

    aa = run([same(chance, rounds) for _ in range(DIFFS)])
    any_change = [r for r in aa if r["changed_times"] or r["changed_counts"]]
    seconds = mean(run_["cpu_ns"] for r in aa for run_ in r["runs"]) / 1e9
    share = mean(function(r, "query")["share"]["before"] for r in aa)
    print(f"""The program runs for {seconds:.2f} s of CPU time, {percent(share)} of it in `query`, and is sampled 4000 times a second. Its variants were recorded
in turn, {rounds} rounds of six recordings. A side is {SIDE} runs, taken from {SIDE} rounds in a row as a person would record them; which
rounds, and for twice the same program which of their ten runs make which side, is drawn at random. Runs come into
several diffs, so the diffs are not independent of each other: the rates are right on average and vary somewhat more than those of
{DIFFS} independent ones would.

## Twice the same program

Of {DIFFS} diffs, {len(any_change)} reported any change (times {sum(r["changed_times"] > 0 for r in aa)}, counts {sum(r["changed_counts"] > 0 for r in aa)}); {mean(r["tests"] for r in aa):.0f} times were judged in each. The level promises at most
{percent(aa[0]["level_times"] + aa[0]["level_counts"])} on average, and at most 5 were asked for.

## What was planted in `query`

*Found*: `query`'s own CPU time is called changed, and longer. *Predicted*: the chance that the tool gives for a rise of that size, from the
spread of the runs of each diff (`power` in its JSON), averaged over the diffs. *Could see*: what it says it could,
in the median diff. *False*: any other function's time, or any count, is called changed.

| planted | found | predicted | could see | false | CPU time of the run: found | predicted |
|---|--:|--:|--:|--:|--:|--:|""")
    for name, change in PLANTED.items():
        reports = run([different(chance, rounds, name) for _ in range(DIFFS)])
        queries = [function(r, "query") for r in reports]
        whole = change * share
        detectable = sorted(q["own"]["detectable"] or float("inf") for q in queries)[DIFFS // 2]
        false = sum(
            bool(changed_counts(r)) or any(f["own"]["verdict"] == "changed" for f in r["functions"] if f["name"] != "query")
            for r in reports
        )
        print(
            f"| +{percent(change)} | {sum(found(q['own']) for q in queries)} of {DIFFS} "
            f"| {percent(mean(predicted(q['own'], change) for q in queries))} | {100 * detectable:.1f}% | {false} "
            f"| {sum(found(r['cpu']) for r in reports)} of {DIFFS} "
            f"| {percent(mean(predicted(r['cpu'], whole) for r in reports))} |"
        )
    reports = run([different(chance, rounds, "calls") for _ in range(DIFFS)])
    exact = sum(changed_counts(r) == [("note", "calls")] for r in reports)
    print(f"""
## One call more

`note` is called 701 times and not 700, a change of 0.1%: {exact} of {DIFFS} diffs name its calls, and no other count.""")


main()
