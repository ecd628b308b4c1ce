#!/usr/bin/env python3
"""A broker that is killed, and one that is ended, under the groups of every library: they come back and go on.

    restart.py '{"NAME": [COMMAND...], ...}'
"""

import concurrent.futures
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

PORT = int(os.environ["PORTS"])
os.environ["BOOTSTRAP"] = f"127.0.0.1:{PORT}"  # of the server that is started here

from clients.groups.host import eventually  # noqa: E402
from clients.groups.stage import Library, Stage, wait_for_coordinators  # noqa: E402
from harness.check import case, equal, run  # noqa: E402
from harness.server import Server, Target  # noqa: E402
from raw.connection import call  # noqa: E402

PARTITIONS = 3
LIBRARIES = {name: Library(name, command) for name, command in json.loads(sys.argv.pop()).items()}


def of_all(action, stages):
    """The same with every library at once; the first that goes wrong is told with its name."""
    with concurrent.futures.ThreadPoolExecutor(len(stages)) as pool:
        working = {stage.library.name: pool.submit(action, stage) for stage in stages}
    wrong = {name: str(done.exception()) for name, done in working.items() if done.exception()}
    equal(wrong, {}, "libraries with which it went wrong")


def begin(stage):
    stage.topic_name = stage.topic(PARTITIONS)
    stage.pair = [stage.join(stage.topic_name, autoCommit=200) for _ in range(2)]
    stage.wait_until_balanced(stage.topic_name, PARTITIONS, stage.pair)
    read_and_commit(stage)


def read_and_commit(stage):
    """Writes to every partition, and waits until the group has read and committed it."""
    stage.end = getattr(stage, "end", 0) + 5
    written = set(stage.write_everywhere(stage.topic_name, PARTITIONS, 5))
    eventually(lambda: written <= {v for m in stage.pair for v in m.values()}, "all is read")
    expected = {(stage.topic_name, p): stage.end for p in range(PARTITIONS)}
    eventually(lambda: committed(stage) == expected, f"the group has committed {stage.end} everywhere")
    stage.expected = expected


def committed(stage):
    """What the group has committed; None while the broker that came back does not answer for the group yet.

    Asked by hand: librdkafka's administrative client may end its process when its broker goes away under a call.
    """
    answer = call(os.environ["BOOTSTRAP"], "OffsetFetch", 8, {"Groups": [{"GroupId": stage.group, "Topics": None}], "RequireStable": False})
    group = answer["Groups"][0]
    if group["ErrorCode"]:
        return None
    return {(topic["Name"], p["PartitionIndex"]): p["CommittedOffset"] for topic in group["Topics"] for p in topic["Partitions"]}


def go_on(stage):
    eventually(lambda: committed(stage) == stage.expected, f"{stage.expected} is still committed")
    read_and_commit(stage)


@case
def groups_survive_a_killed_and_a_restarted_broker():
    server = Server(Target.from_environment(), pathlib.Path(os.environ["WORK"]) / "server", PORT)
    server.format()
    server.start()
    wait_for_coordinators()
    stages = [Stage(library, "restart") for library in LIBRARIES.values()]
    try:
        of_all(begin, stages)
        server.kill()
        server.start()
        of_all(go_on, stages)
        server.stop()
        server.start()
        of_all(go_on, stages)
        for stage in stages:
            stage.close()
        server.stop()
    finally:
        server.kill()


run()
