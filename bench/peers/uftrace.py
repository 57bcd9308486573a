"""uftrace: `report` for counts and times, `dump --graphviz` for who called whom."""
import re

from common import Peer, Said

REPORT = "uftrace report --no-pager -d data"
GRAPH = "uftrace dump --no-pager --graphviz -d data"
MS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


def read(outputs):
    said = Said()
    for line in outputs[REPORT].splitlines():
        row = re.match(r"\s*([\d.]+) (us|ms| s| m)\s+[\d.]+ (?:us|ms| s| m)\s+(\d+)\s+(\S.*)", line)
        if row:
            said.count(row.group(4), int(row.group(3)), float(row.group(1)) * MS[row.group(2).strip()])
    for line in outputs[GRAPH].splitlines():
        edge = re.match(r'\s*"(.*)" -> "(.*)" \[xlabel = "(\d+)"\]', line)
        if edge:
            said.call(edge.group(1), edge.group(2), int(edge.group(3)))
    return said


def column(title, flag, options):
    return Peer(
        title,
        ["uftrace"],
        "{compiler} {flags} " + flag + " -o program {source} {libraries}",
        [f"uftrace record {options}-d data ./program", REPORT, GRAPH],
        read,
    )


PEERS = [
    column("uftrace", "-pg", ""),
    column("uftrace, no libcall", "-pg", "--no-libcall "),
    column("uftrace, the flag", "-finstrument-functions", "--no-libcall "),
]
