#!/usr/bin/env python3
"""Different libraries in the same group: each may become the leader and divide the partitions among all of them.

    mixed.py '{"NAME": [COMMAND...], ...}'
"""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from clients.groups.host import eventually  # noqa: E402
from clients.groups.stage import LONG_SESSION, Library, Stage, wait_for_coordinators  # noqa: E402
from harness.check import case, equal, run  # noqa: E402

LIBRARIES = {name: Library(name, command) for name, command in json.loads(sys.argv.pop()).items()}


def together(strategy, names):
    """Lets one after the other join and then leave, oldest first, so that each leads for a while; nothing is lost or read twice."""
    partitions = len(names) + 1
    stage = Stage(next(iter(LIBRARIES.values())), f"mixed-{strategy}")
    topic = stage.topic(partitions)
    members, gone = [], []
    try:
        for name in names:
            members.append(stage.join(topic, host=LIBRARIES[name].host, strategies=[strategy], session=LONG_SESSION))
            stage.wait_until_balanced(topic, partitions, members)
        equal(stage.describe()["protocol"], {"cooperative": "cooperative-sticky"}.get(strategy, strategy))
        while members:
            written = set(stage.write_everywhere(topic, partitions, 3))
            eventually(lambda: written <= {v for m in members for v in m.values()}, f"all is read by {[m.name for m in members]}")
            for member in members:
                member.commit([[topic, p, after, ""] for (_, p), after in positions(member).items()])
            gone.append(members.pop(0))
            gone[-1].leave()
            if members:
                stage.wait_until_balanced(topic, partitions, members)
        read = [value for m in gone for value in m.values()]
        equal(len(read), len(set(read)), "records read, and different ones among them")
    finally:
        stage.close()


def positions(member):
    """The offset after the last record of each partition that a member has and has read from."""
    return {(t, p): offset + 1 for t, p, offset, _ in member.records if (t, p) in member.assignment}


@case
def all_divide_by_range():
    together("range", [name for name in LIBRARIES if name != "kafkajs"])


@case
def all_divide_in_turn():
    together("roundrobin", [name for name in reversed(LIBRARIES) if name != "kafkajs"])


@case
def all_that_can_rebalance_cooperatively():
    together("cooperative", [name for name, library in LIBRARIES.items() if "cooperative" in library.features])


@case
def one_that_divides_in_its_own_way_is_refused():
    stage = Stage(LIBRARIES["franz-go"], "mixed-refused")
    topic = stage.topic(1)
    try:
        stage.join(topic, strategies=["range"]).wait_for_partitions(1)
        other = stage.join(topic, host=LIBRARIES["kafkajs"].host)
        other.wait_for_error("INCONSISTENT_GROUP_PROTOCOL")
    finally:
        stage.close()


wait_for_coordinators()
run()
