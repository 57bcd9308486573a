"""What the peers' readers share: running a command, and reading a function's name as a peer prints it."""
import re
import subprocess

SECONDS = 20  # the most that one command may take

# What the name of a coroutine's clone carries besides the function's: gcc's .actor, clang's .resume, and .destroy; and
# what that of a part of a function does.
# What gcc adds to a function that it has made cheaper to call: it is still the whole function.
CHEAPER = re.compile(r"\.(isra|constprop|lto_priv)(\.\d+)?(?=[\])\s.]|$)")
CLONE = re.compile(r"\.(actor|resume|destroy|cleanup|part\.\d+|cold)(?=[\])\s.]|$)")


class Outcome:
    """How a command ended: its output, its errors, and `failure` in words ("" where it ended well)."""

    def __init__(self, out, err, failure):
        self.out, self.err, self.failure = out, err, failure


def run(command, directory, seconds=SECONDS):
    """Runs a shell command in its own session; a command that hangs is ended, with all that it started."""
    done = subprocess.run(
        ["timeout", "-k", "2", str(seconds), "sh", "-c", command],
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        check=False,
    )
    out, err = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    return Outcome(out, err, failure_of(done.returncode, out + err))


def failure_of(status, text):
    """Words for an exit status; a tool that outlives its target says the target's signal in its own words."""
    if status in (124, 137):
        return f"hangs: ended after {SECONDS} s"
    named = re.search(r"(?:terminated|killed|process terminating).*?signal:? (\d+)", text)
    if named:
        return f"crash: signal {named.group(1)}"
    if status > 128:
        return f"crash: signal {status - 128}"
    if status < 0:
        return f"crash: signal {-status}"
    return f"ends with status {status}" if status else ""


def without_groups(text):
    """Drops what stands in <…> and (…), however nested."""
    kept, depth = [], 0
    for character in text:
        if character in "<(":
            depth += 1
        elif character in ">)":
            depth = max(0, depth - 1)
        elif depth == 0:
            kept.append(character)
    return "".join(kept)


def name_of(printed):
    """(function, clone) of a name as a profiler prints it: no arguments, no type, no marks of cycles or recursion."""
    text = CHEAPER.sub("", re.sub(r"'\d+$|\s*<cycle \d+>", "", printed.strip()))
    clone = CLONE.search(text)
    plain = without_groups(text.replace("(anonymous namespace)::", "")).split("[")[0].strip()
    words = [word for word in CLONE.sub("", plain).split() if word not in ("const", "&", "&&")]
    return (words[-1] if words else text), clone.group(0) if clone else ""


class Said:
    """What a peer says, a function: calls, clones' calls apart, callers and inclusive time; None: no such number."""

    def __init__(self):
        self.functions = {}
        self.sampled = False  # callers are shares of samples, not counts

    def of(self, function):
        return self.functions.setdefault(function, {"calls": None, "clones": {}, "callers": {}, "waiting": {},
                                                    "total_ms": None})

    def count(self, printed, calls, total_ms=None):
        """A row of a flat profile. Rows of one name are one function to who reads them."""
        function, clone = name_of(printed)
        entry = self.of(function)
        if clone:
            entry["clones"][clone] = entry["clones"].get(clone, 0) + calls
            return
        entry["calls"] = (entry["calls"] or 0) + calls
        if total_ms is not None:
            entry["total_ms"] = (entry["total_ms"] or 0) + total_ms

    def call(self, caller, callee, calls):
        """An edge. The calls of a clone are not the function's; a call by a clone is the function's."""
        function, clone = name_of(callee)
        if clone:
            return
        callers = self.of(function)["callers"]
        its = name_of(caller)[0]
        callers[its] = callers.get(its, 0) + calls


class Peer:
    """One column: how to build, run and read. `build` and `run` are shell commands with {names} to fill in."""

    def __init__(self, title, needs, build, commands, read, clang_only=False):
        self.title, self.needs, self.build, self.commands = title, needs, build, commands
        self.read, self.clang_only = read, clang_only
