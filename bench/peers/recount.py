"""recount: `report --json`."""
import json

from common import Peer, Said, name_of

REPORT = "{recount} report -i recount.data --json"
PARTS = ["awaiting", "queued", "blocked", "running"]


def read(outputs):
    said = Said()
    for function in json.loads(outputs[REPORT])["functions"]:
        if not function["entries"] and not function["calls"]:
            continue  # only sampled
        name, _ = name_of(function["name"])
        entry = said.of(name)
        entry["calls"] = (entry["calls"] or 0) + function["calls"]
        for part in PARTS:
            entry["waiting"][part] = entry["waiting"].get(part, 0) + function["time_ns"][part] / 1e6
        for caller in function["callers"]:
            its, _ = name_of(caller["name"]) if not caller["name"].startswith("[") else (caller["name"], "")
            entry["callers"][its] = entry["callers"].get(its, 0) + caller["calls"]
    return said


PEERS = [
    Peer(
        "recount",
        [],
        "{recount_driver} {flags} -o program {source} {libraries}",
        ["{recount} record -o recount.data ./program", REPORT],
        read,
    )
]
