"""side_by_side.py ROOT RECOUNT DOCUMENT [PROGRAM…]: runs the truth programs under each peer and writes the document."""
import datetime
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

import callgrind
import gprof
import judge
import perf
import recount
import uftrace
import xray
from common import SECONDS, run

PEERS = uftrace.PEERS + gprof.PEERS + callgrind.PEERS + xray.PEERS + perf.PEERS + recount.PEERS

CONTROLS = ["plain.c"]  # not async: shows that a peer is read rightly where it is right


class Row:
    """A program by one compiler. C++ coroutines differ by compiler, and gcc 12 fails on them from -O2 on."""

    def __init__(self, root, source, compiler, level):
        self.source, self.compiler, self.level = source, compiler, level
        self.name = os.path.basename(source)
        with open(source, encoding="utf-8") as file:
            self.text = file.read()
        plus = source.endswith(".cpp")
        self.clang = "clang++" if plus else "clang"
        self.is_clang = compiler.startswith("clang")
        standard = "-std=c++20 " if plus else "-std=gnu17 -D_GNU_SOURCE "
        if plus and not self.is_clang:
            standard += "-fcoroutines "
        if self.is_clang and "asio" in self.text:
            standard += "-DASIO_HAS_CO_AWAIT=1 -DASIO_HAS_STD_COROUTINE=1 "
        self.flags = f"{standard}-g {level} -I {root}/include -I {root}/include/recount/pt -pthread"
        modules, named = self.needs("pkg-config"), self.needs("libs")
        self.libraries = f"$(pkg-config --cflags --libs {modules}) {named}" if modules else named

    def needs(self, key):
        """What the program's comments say that it needs; tests/truth/truth.sh reads the same lines."""
        found = re.search(rf"^[ /*]*{key}: *([^*\n]*)", self.text, re.M)
        return found.group(1).strip() if found else ""

    def fill(self, template, recount_command):
        driver = "c++" if self.source.endswith(".cpp") else "cc"
        known = {
            "compiler": self.compiler,
            "clang": self.clang,
            "flags": self.flags,
            "source": self.source,
            "libraries": self.libraries,
            "recount": recount_command,
            "recount_driver": f"RECOUNT_CC={self.compiler} RECOUNT_CXX={self.compiler} {recount_command} {driver}",
        }
        return template.format(**known)

    def about(self):
        """The first sentence of the program's first comment."""
        comment = re.search(r"^\s*(?:/\*+|//)\s*(.*?)(?:\*/|\n(?!\s*(?:\*|//)))", self.text, re.S)
        words = re.sub(r"\s*\n\s*(?:\*|//)?\s*|^\*\s*", " ", comment.group(1)).strip() if comment else ""
        return re.split(r"(?<=[.:])\s", words)[0].rstrip(".:;")


def rows_of(root, sources):
    rows = []
    for source in sources:
        if source.endswith(".cpp"):
            rows += [Row(root, source, "g++", "-O1"), Row(root, source, "clang++", "-O2")]
        else:
            rows.append(Row(root, source, "gcc", "-O2"))
    programs = [row for row in rows if '#include "' in row.text and not row.needs("shared")]
    return [row for row in programs if shutil.which(row.compiler)]


class Builds:
    """A row's programs, each built once: three peers take the same -pg, and one the same plain program."""

    def __init__(self, row, recount_command, directory):
        self.row, self.recount_command, self.directory, self.known = row, recount_command, directory, {}

    def fill(self, template):
        return self.row.fill(template, self.recount_command)

    def into(self, template, work):
        """Puts the program into `work`; what the compiler said, where it failed, else ""."""
        if template not in self.known:
            place = tempfile.mkdtemp(dir=self.directory)
            built = run(self.fill(template), place, 120)
            self.known[template] = place, (built.err or built.failure) if built.failure else ""
        place, error = self.known[template]
        if not error:
            shutil.copy(place + "/program", work + "/program")
        return error


PLAIN = "{compiler} {flags} -o program {source} {libraries}"


def reference(builds):
    """The truth of a run without a profiler, or (None, why not)."""
    with tempfile.TemporaryDirectory() as work:
        error = builds.into(PLAIN, work)
        if "undefined reference to `main'" in error:
            return None, ""  # a part of another program
        if error:
            return None, "does not build alone: " + first_error(error)
        ran = run("./program", work)
        truth = judge.truth_in(ran.out)
        return truth, ran.failure or ("counts no calls" if truth else "prints no truth")


def first_error(text):
    lines = [line for line in text.splitlines() if "error" in line.lower()] or text.splitlines() or ["?"]
    return re.sub(r"\S*/", "", lines[0]).strip()[:100]


def missing(peer):
    return [tool for tool in peer.needs if not shutil.which(tool)]


def hear(peer, builds):
    """(truth, said, failure): what the peer says, and the truth of the very run that it watched."""
    with tempfile.TemporaryDirectory() as work:
        error = builds.into(peer.build, work)
        if error:
            print(f"  {peer.title}: {first_error(error)}", flush=True)
            return None, None, "does not build"
        truth, outputs = None, {}
        for command in peer.commands:
            outcome = run(builds.fill(command), work)
            if not outputs:
                truth = judge.truth_in(outcome.out)
                if truth is None:
                    return None, None, outcome.failure or "the program ends without a result"
            elif outcome.failure and not outcome.out:
                return None, None, f"its reader: {outcome.failure}"
            outputs[command] = outcome.out
        return truth, peer.read(outputs), ""


def cells_of(peer, row, function, builds):
    if missing(peer):
        return [judge.Cell("not installed")] * len(judge.QUESTIONS)
    if peer.clang_only and not row.is_clang and row.source.endswith(".cpp"):
        return [judge.Cell("clang only")] * len(judge.QUESTIONS)
    truth, said, failure = hear(peer, builds)
    if failure:
        return [judge.Cell(failure, judge.WRONG)] * len(judge.QUESTIONS)
    return [question(truth, said, function) for _, question in judge.QUESTIONS]


class Table:
    """All cells, and how many a peer has right of those that ask for something."""

    def __init__(self):
        self.lines, self.score, self.skipped, self.legend = [], {}, [], {}

    def add(self, row, function, truth, columns):
        self.legend[row.name] = row.about()
        true = judge.true_cells(truth, function)
        for i, (question, _) in enumerate(judge.QUESTIONS):
            if true[i] in ("–", "0"):
                continue
            style = f"{row.name}, {row.compiler} {row.level}"
            what = question if "of all" in question else f"{question} of `{function}`"
            cells = [column[i] for column in columns]
            self.lines.append(f"| {style} | {what} | {true[i]} | " + " | ".join(map(str, cells)) + " |")
            for peer, cell in zip(PEERS, cells):
                if cell.text not in ("not installed", "clang only"):
                    right, of = self.score.get((peer.title, question), (0, 0))
                    self.score[peer.title, question] = (right + (cell.mark == judge.RIGHT), of + 1)

    def markdown(self):
        head = "| style | question | truth | " + " | ".join(peer.title for peer in PEERS) + " |"
        return "\n".join([head, "|---|---|" + "---|" * (len(PEERS) + 1)] + self.lines)

    def summary(self):
        lines = ["| right | " + " | ".join(peer.title for peer in PEERS) + " |", "|---|" + "---|" * len(PEERS)]
        for question, _ in judge.QUESTIONS:
            scores = [self.score.get((peer.title, question)) for peer in PEERS]
            cells = [f"{score[0]} of {score[1]}" if score else "–" for score in scores]
            lines.append(f"| {question} | " + " | ".join(cells) + " |")
        return "\n".join(lines)


def first_line(command):
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[0].strip() if lines else "?"


def versions():
    asked = [
        ("gcc", "gcc --version"),
        ("clang", "clang --version"),
        ("uftrace", "uftrace --version"),
        ("gprof", "gprof --version"),
        ("valgrind", "valgrind --version"),
        ("perf", "perf --version"),
        (xray.TOOL, xray.TOOL + " --version | grep -i version"),
    ]
    return ", ".join(first_line(command) for tool, command in asked if shutil.which(tool))


def machine():
    cpu = first_line("lscpu | sed -n 's/^Model name: *//p'")
    return f"{cpu}, {os.cpu_count()} CPUs, Linux {os.uname().release.split('-')[0]}"


def commands():
    lines = []
    for peer in PEERS:
        lines.append(f"**{peer.title}**\n\n```")
        lines += [peer.build.replace("{recount_driver}", "recount cc")] + peer.commands
        lines.append("```\n")
    return "\n".join(lines).replace("{recount} ", "recount ")


HEAD = """# Peers on async code

Written by `sh bench/peers-async.sh{arguments}` on {date}: {machine}; load average
{load} when it began.
{versions}.

Each program counts its own calls and times its own waiting, and prints them at its end. It is built and run once for each
peer; what the peer says is compared, by a script, with what the program printed **in that run**. ✓ equal; ✗ not equal,
nothing said of a function that ran, or no result because the program or the tool failed; "no number": the tool does not
state such a thing. A machine under load stretches the waiting, but the truth and the peer see the same stretch.

- **calls**: of the function asked about, by the row that bears its name; a coroutine's clones that a peer shows as rows of
  their own are listed, not held against it; rows that it prints under one name are one number.
- **callers**: logical ones, with their numbers, all of them and no others. A sampler's: the functions with at least 5% of
  the function's samples, without numbers.
- **waiting**: within 5% or 2 ms. recount states it. For tracers with wall time (uftrace, XRay) it is what they give the
  function in all, less what they give its true callees that do not wait. The truth's column is of a run without profiler.
- **calls, callers of all functions**: how many of the functions that the program counts are right in it.

plain.c is no async code and stands for comparison. C programs by gcc are built by clang for XRay, which gcc does not have.
"""


def write(document, table, load, arguments):
    with open(document, "w", encoding="utf-8") as file:
        date = datetime.date.today().isoformat()
        said = "".join(" " + os.path.basename(a) for a in arguments)
        file.write(HEAD.format(arguments=said, date=date, machine=machine(), load=load, versions=versions()))
        for peer in PEERS:
            if missing(peer):
                file.write(f"\nNot installed: {', '.join(missing(peer))}; {peer.title} is left out.\n")
        file.write("\n## How many are right\n\n" + table.summary() + "\n")
        file.write("\n## Every answer\n\n" + table.markdown() + "\n")
        file.write("\n## The programs\n\n")
        file.write("".join(f"- {name}: {about}\n" for name, about in sorted(table.legend.items())))
        if table.skipped:
            file.write("\nLeft out:\n\n" + "".join(f"- {text}\n" for text in table.skipped))
        file.write(f"\n## The commands\n\nEach is ended after {SECONDS} s.\n\n" + commands().rstrip() + "\n")


def add_row(table, row, builds, chosen):
    """One program by one compiler; one that is not async is left out, unless it was asked for by name."""
    truth, why = reference(builds)
    function = judge.asked(truth) if truth else None
    if not function:
        table.skipped += [f"{row.name}, {row.compiler} {row.level}: {why}"] if why else []
        return
    if not chosen and not judge.is_async(truth) and row.name not in CONTROLS:
        return
    print(f"{row.name}, {row.compiler} {row.level}", flush=True)
    table.add(row, function, truth, [cells_of(peer, row, function, builds) for peer in PEERS])


def main(root, recount_command, document, *arguments):
    found = sorted(glob.glob(root + "/tests/truth/*.c") + glob.glob(root + "/tests/truth/*.cpp"))
    sources = [os.path.abspath(a) for a in arguments] or found
    table, load = Table(), " ".join(first_line("cat /proc/loadavg").split()[:3])
    for row in rows_of(root, sources):
        with tempfile.TemporaryDirectory() as directory:
            add_row(table, row, Builds(row, recount_command, directory), bool(arguments))
    write(document, table, load, arguments)
    print(table.summary())
    return 0 if table.lines else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
