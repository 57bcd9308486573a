"""callgrind: its own file, with names written out; a function's calls are the sum over its callers."""
from common import Peer, Said

RUN = (
    "valgrind --tool=callgrind --callgrind-out-file=callgrind.out --compress-strings=no --compress-pos=no ./program"
)
FILE = "cat callgrind.out"


def read(outputs):
    said = Said()
    caller = callee = ""
    for line in outputs[FILE].splitlines():
        if line.startswith("fn="):
            caller = line[3:]
        elif line.startswith("cfn="):
            callee = line[4:]
        elif line.startswith("calls="):
            calls = int(line[6:].split()[0])
            said.count(callee, calls)
            said.call(caller, callee, calls)
    return said


PEERS = [
    Peer(
        "callgrind",
        ["valgrind"],
        "{compiler} {flags} -o program {source} {libraries}",
        [RUN, FILE],
        read,
    )
]
