"""XRay: `account` for counts and times, `graph` for who called whom. Its filters for short calls and deep stacks are off."""
import csv
import glob
import os
import re

from common import Peer, Said

RUN = (
    "XRAY_BASIC_OPTIONS='func_duration_threshold_us=0 max_stack_depth=100000' "
    "XRAY_OPTIONS='patch_premain=true xray_mode=xray-basic xray_logfile_base=log. verbosity=0' ./program"
)


def newest_tool():
    """The reader that fits the `clang` in use, under the name that Debian gives it."""
    for name in ["llvm-xray-14", "llvm-xray"] + sorted(map(os.path.basename, glob.glob("/usr/bin/llvm-xray-*"))):
        if os.path.exists("/usr/bin/" + name):
            return name
    return "llvm-xray"


TOOL = newest_tool()
ACCOUNT = TOOL + " account log.* -m program -f csv -k -d"
GRAPH = TOOL + " graph log.* -m program -e count -k -d -o -"


def read(outputs):
    said = Said()
    for row in csv.DictReader(outputs[ACCOUNT].splitlines()):
        said.count(row["function"], int(row["count"]), float(row["sum"]) * 1e3)
    names = dict(re.findall(r'^F(\d+) \[label="(.*)"\];$', outputs[GRAPH], re.M))
    for caller, callee, calls in re.findall(r'^F(\d+) -> F(\d+) \[label="(\d+)"\];$', outputs[GRAPH], re.M):
        if callee in names:
            said.call(names.get(caller, "[root]"), names[callee], int(calls))
    return said


PEERS = [
    Peer(
        "XRay",
        ["clang", TOOL],
        "{clang} {flags} -fxray-instrument -fxray-instruction-threshold=1 -o program {source} {libraries}",
        [RUN, ACCOUNT, GRAPH],
        read,
        clang_only=True,
    )
]
