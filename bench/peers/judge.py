"""Holds what a peer says against the truth that the program printed of itself in the same run."""
import json

RIGHT, WRONG, NONE = "✓", "✗", ""
LEAST_SHARE = 0.05  # of a function's samples, for a caller that a sampler names


class Cell:
    def __init__(self, text, mark=NONE):
        self.text, self.mark = text, mark

    def __str__(self):
        return f"{self.text} {self.mark}".strip()


def truth_in(output):
    """The last line that is a JSON object with "functions", or None."""
    for line in reversed(output.splitlines()):
        if line.startswith("{"):
            try:
                truth = json.loads(line)
            except ValueError:
                continue
            if "functions" in truth:
                return truth
    return None


def waits(truth):
    """{function: (milliseconds, the ledger's parts that they are made of)}, from members such as "awaiting_ms"."""
    found = {}
    for member, times in truth.items():
        if member.endswith("_ms") and "awaiting" in member:
            parts = [part for part in ("awaiting", "queued", "blocked", "running") if part in member]
            for function, ms in times.items():
                found.setdefault(function, (ms, parts))
    return found


def is_async(truth):
    return bool(waits(truth)) or any(f.get("resumes") for f in truth["functions"].values())


def asked(truth):
    """The function that the questions are about: the handler where there is one, else one that waits, else any."""
    known = {name: f for name, f in truth["functions"].items() if "calls" in f and f.get("callers")}
    if not known:
        known = {name: f for name, f in truth["functions"].items() if "calls" in f}
    waiting = waits(truth)
    order = sorted(known, key=lambda name: ("handler" not in name, name not in waiting))
    return order[0] if order else None


def count(truth, said, function):
    entry = said.functions.get(function)
    if said.sampled:
        return Cell("no number")
    if entry is None or (entry["calls"] is None and not entry["clones"]):
        return Cell("not seen", WRONG)
    clones = "".join(f", {name} {calls}" for name, calls in sorted(entry["clones"].items()))
    calls = entry["calls"] or 0
    right = entry["calls"] == truth["functions"][function]["calls"]
    return Cell(f"{calls}{clones}", RIGHT if right else WRONG)


def of_all(member):
    """How many of the functions that the truth has `member` of have it right."""

    def question(truth, said, _):
        known = {name: f[member] for name, f in truth["functions"].items() if f.get(member)}
        if said.sampled:
            return Cell("no number")
        wrong = [n for n, true in known.items() if said.functions.get(n, {member: None})[member] != true]
        text = f"{len(known) - len(wrong)} of {len(known)}"
        if 0 < len(wrong) < 3:
            text += f" (not {', '.join(wrong)})"
        return Cell(text, WRONG if wrong else RIGHT)

    return question


def list_of(callers, unit=""):
    most = sorted(callers.items(), key=lambda item: -item[1])
    text = ", ".join(f"{name} {number}{unit}" for name, number in most[:3])
    return text + (", …" if len(most) > 3 else "")


def callers(truth, said, function):
    true = truth["functions"][function].get("callers")
    if not true:
        return Cell("")
    entry = said.functions.get(function)
    if entry is None or not entry["callers"]:
        return Cell("no number") if said.sampled else Cell("not seen", WRONG)
    if not said.sampled:
        return Cell(list_of(entry["callers"]), RIGHT if entry["callers"] == true else WRONG)
    samples = sum(entry["callers"].values())
    shares = {name: round(100 * n / samples) for name, n in entry["callers"].items() if n >= LEAST_SHARE * samples}
    return Cell(list_of(shares, "%") + " of samples", RIGHT if set(shares) == set(true) else WRONG)


def waiting_said(truth, said, function, parts):
    """
    The peer's number. recount has one. A tracer's inclusive wall time holds the waiting: what it gives the function less
    what it gives the true callees that do not wait themselves (their share of it, by the truth's callers).
    """
    entry = said.functions.get(function)
    if entry is None:
        return None
    if entry["waiting"]:
        return sum(entry["waiting"][part] for part in parts)
    if entry["total_ms"] is None:
        return None
    rest = entry["total_ms"]
    for name, other in truth["functions"].items():
        part = other.get("callers", {}).get(function)
        its = said.functions.get(name)
        if part and name != function and name not in waits(truth) and its and its["total_ms"] is not None:
            rest -= its["total_ms"] * part / max(1, other["calls"])
    return max(0.0, rest)


def waiting(truth, said, function):
    """As tests/truth/check.c: within 5% or 2 ms, whichever is more."""
    known = waits(truth)
    if function not in known:
        return Cell("")
    ms, parts = known[function]
    number = waiting_said(truth, said, function, parts)
    if number is None:
        return Cell("no number")
    right = abs(number - ms) <= max(2, 0.05 * ms)
    return Cell(f"{number:.1f} of {ms:.1f} ms", RIGHT if right else WRONG)


QUESTIONS = [
    ("calls", count),
    ("callers", callers),
    ("waiting", waiting),
    ("calls of all functions", of_all("calls")),
    ("callers of all functions", of_all("callers")),
]


def true_cells(truth, function):
    """The column of the truth, of the run without any profiler."""
    its, known = truth["functions"][function], waits(truth)
    return [
        str(its["calls"]),
        list_of(its.get("callers", {})) or "–",
        f"{known[function][0]:.1f} ms" if function in known else "–",
        str(sum(bool(f.get("calls")) for f in truth["functions"].values())),
        str(sum(bool(f.get("callers")) for f in truth["functions"].values())),
    ]
