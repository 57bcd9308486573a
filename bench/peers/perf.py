"""perf: native stacks of samples on a CPU; it counts no calls and sees no waiting."""
import re

from common import Peer, Said, name_of

SCRIPT = "perf script --no-inline -i perf.data -F ip,sym"


def read(outputs):
    said = Said()
    said.sampled = True
    for sample in re.split(r"\n\s*\n", outputs[SCRIPT]):
        frames = re.findall(r"^\s*[0-9a-f]+ (.*)$", sample, re.M)
        seen = set()
        for callee, caller in zip(frames, frames[1:] + ["[end of the stack]"]):
            function, _ = name_of(callee)
            if function in seen:
                continue
            seen.add(function)
            callers = said.of(function)["callers"]
            its = caller if caller.startswith("[") else name_of(caller)[0]
            callers[its] = callers.get(its, 0) + 1
    return said


PEERS = [
    Peer(
        "perf",
        ["perf"],
        "{compiler} {flags} -fno-omit-frame-pointer -o program {source} {libraries}",
        ["perf record -e cpu-clock:u -F 4999 -g -o perf.data ./program", SCRIPT],
        read,
    )
]
