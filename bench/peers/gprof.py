"""gprof: the call graph has counts and edges; its time is CPU time and knows no waiting."""
import re

from common import Peer, Said

GRAPH = "gprof -b -q -z program gmon.out"


def calls_of(text):
    """"30", "30/180" (of all its calls, these), "500+200" (besides, 200 from within itself)."""
    return sum(int(part) for part in text.split("/")[0].split("+"))


def read(outputs):
    said = Said()
    for block in re.split(r"-{20,}", outputs[GRAPH]):
        callers, primary = [], None
        for line in block.splitlines():
            row = re.match(r"(\[\d+\])?\s+(?:[\d.]+\s+)*(\d+(?:[/+]\d+)*)\s+(\S.*?) (?:<cycle \d+> )?\[\d+\]$", line)
            if not row:
                continue
            if row.group(1):
                primary = row
            elif not primary:
                callers.append(row)
        if not primary:
            continue
        said.count(primary.group(3), calls_of(primary.group(2)))
        for row in callers:
            said.call(row.group(3), primary.group(3), calls_of(row.group(2)))
    return said


PEERS = [
    Peer(
        "gprof",
        ["gprof"],
        "{compiler} {flags} -pg -o program {source} {libraries}",
        ["./program", GRAPH],
        read,
    )
]
