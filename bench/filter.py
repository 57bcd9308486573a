"""Holds a proposed filter's prediction against what it saved: filter.py NAME PROPOSAL AWAKE... -- ASLEEP...

Each file is what `recount report --blind --json` prints of one recording. PROPOSAL is the one that the filter was made
of; AWAKE and ASLEEP are recordings without and with it, in pairs of neighbours. Prints one row of a Markdown table."""
import json
import math
import sys

# Student's t, 97.5%, by degrees of freedom.
T975 = [0, 12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13, 2.12, 2.11, 2.10, 2.09]


def load(path):
    with open(path) as file:
        return json.load(file)


def seconds(ns):
    return f"{ns / 1e9:.3f} s"


def interval(values):
    n = len(values)
    mean = sum(values) / n
    if n < 2:
        return mean, float("nan")
    deviation = math.sqrt(sum((v - mean) ** 2 for v in values) / (n - 1))
    return mean, T975[min(n - 1, len(T975) - 1)] * deviation / math.sqrt(n)


def main():
    name, proposal = sys.argv[1], load(sys.argv[2])
    divide = sys.argv.index("--")
    awake = [load(path)["cpu_ns"] for path in sys.argv[3:divide]]
    asleep = [load(path)["cpu_ns"] for path in sys.argv[divide + 1 :]]
    told = proposal["proposal"]
    sampled = told["sampled"]
    predicted, low, high = told["of_cpu"], told["of_cpu_low"], told["of_cpu_high"]
    saved, half = interval([1 - b / a for a, b in zip(awake, asleep)])
    saved_ns, half_ns = interval([a - b for a, b in zip(awake, asleep)])
    functions = [p["name"].split("(")[0] for p in proposal["probes"] if p["proposed"]]
    shown = ", ".join(f"`{f}`" for f in functions[:3]) + (f" and {len(functions) - 3} more" if len(functions) > 3 else "")
    held = low <= saved <= high
    near = not half < float("inf") or low - half <= saved <= high + half
    print(
        f"| {name} | {shown or '–'} | {seconds(sum(awake) / len(awake))} | {100 * low:.1f}–{100 * high:.1f}%, "
        f"{100 * predicted:.1f}% | {sampled['samples']}: {100 * sampled['low']:.1f}–{100 * sampled['high']:.1f}% | "
        f"{seconds(saved_ns)} ± {half_ns / 1e9:.3f}, {100 * saved:.1f}% ± {100 * half:.1f} | "
        f"{100 * (saved - predicted):+.1f} | {'yes' if held else 'within its error' if near else 'no'} |"
    )


main()
