#!/usr/bin/env python3
"""Kafka's own tools for groups, and its consumers that are members of one."""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness import cache  # noqa: E402
from harness.check import case, equal, eventually, run, true  # noqa: E402
from raw.batches import Record, batch  # noqa: E402
from raw.connection import Connection, call  # noqa: E402
from raw.topics import wait_until_led  # noqa: E402
from tools.jvm import Jvm  # noqa: E402

BOOTSTRAP = os.environ["BOOTSTRAP"]
SERVER = ("--bootstrap-server", BOOTSTRAP)
THEN = 1_700_000_000_000

jvm = Jvm()


def tool(name, *arguments, code=0):
    """Runs a tool against the broker, expects its exit code, and returns what it printed on stdout."""
    done = jvm.run(name, *SERVER, *arguments)
    if done.code != code:
        raise AssertionError(f"{name} {' '.join(map(str, arguments))} ended with {done.code}:\n{done.out[-800:]}\n{done.err[-800:]}")
    return done.out


def groups(*arguments, code=0):
    return rows(tool("kafka-consumer-groups", *arguments, code=code))


def rows(printed):
    """Lines with single blanks: how wide the columns are depends on ids and hosts."""
    return [" ".join(line.split()) for line in printed.splitlines() if line.strip()]


def topic(suffix, *counts):
    """A topic of so many records in its partitions, a minute apart."""
    name = f"tools-groups-{suffix}"
    with Connection(BOOTSTRAP) as connection:
        connection.call("CreateTopics", 7, {"Topics": [{"Name": name, "NumPartitions": len(counts), "ReplicationFactor": 1}]})
        wait_until_led(connection, name, len(counts))
        for partition, count in enumerate(counts):
            data = batch([Record(b"%d of %d" % (n, partition), None, THEN + n * 60_000) for n in range(count)])
            answer = count and connection.call("Produce", 9, {"Acks": -1, "TimeoutMs": 30000, "TopicData": [
                {"Name": name, "PartitionData": [{"Index": partition, "Records": data}]}]})
            true(not answer or not answer["Responses"][0]["PartitionResponses"][0]["ErrorCode"], f"producing: {answer}")
    return name


def commit(group, name, *offsets):
    def committed():
        answer = call(BOOTSTRAP, "OffsetCommit", 9, {"GroupId": group, "Topics": [{"Name": name, "Partitions": [
            {"PartitionIndex": p, "CommittedOffset": offset, "CommittedMetadata": ""} for p, offset in enumerate(offsets)]}]})
        return not any(p["ErrorCode"] for p in answer["Topics"][0]["Partitions"])

    # The coordinators may just be on their way.
    eventually(lambda: not call(BOOTSTRAP, "FindCoordinator", 2, {"Key": group, "KeyType": 0})["ErrorCode"], "there is a coordinator")
    eventually(committed, f"{group} commits")
    return group


# ---- consumers


@case
def the_console_consumer_from_the_beginning():
    name = topic("console", 3, 2)
    out = tool("kafka-console-consumer", "--topic", name, "--from-beginning", "--max-messages", 5, "--timeout-ms", 60000)
    equal(sorted(out.splitlines()), ["0 of 0", "0 of 1", "1 of 0", "1 of 1", "2 of 0"])
    done = jvm.run("kafka-console-consumer", *SERVER, "--topic", name, "--timeout-ms", 3000)
    true("Processed a total of 0 messages" in done.err, f"without --from-beginning: {done.out} {done.err[-300:]}")


@case
def the_console_consumer_of_a_group_goes_on_where_it_was():
    name = topic("console-group", 5)
    asked = ("--topic", name, "--group", "tools-console", "--from-beginning", "--timeout-ms", 60000)
    equal(tool("kafka-console-consumer", *asked, "--max-messages", 2).splitlines(), ["0 of 0", "1 of 0"])
    equal(tool("kafka-console-consumer", *asked, "--max-messages", 3).splitlines(), ["2 of 0", "3 of 0", "4 of 0"])
    equal(groups("--describe", "--group", "tools-console")[-1].split()[:6], ["tools-console", name, "0", "5", "5", "0"])


class Verifiable:
    """kafka-verifiable-consumer in a process of its own; it prints a line of JSON for whatever happens."""

    def __init__(self, group, name, *more):
        self.log = tempfile.NamedTemporaryFile("w+", suffix=".log")
        self.process = subprocess.Popen([cache.KAFKA, "kafka-verifiable-consumer", *SERVER, "--topic", name, "--group-id", group,
                                         "--session-timeout", "10000", *more], stdout=self.log, stderr=subprocess.STDOUT)

    def events(self, name):
        lines = pathlib.Path(self.log.name).read_text().splitlines(keepends=True)
        events = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("\n")]
        return [e for e in events if e["name"] == name]

    def assigned(self):
        """The partitions that it has now."""
        mine = set()
        for line in pathlib.Path(self.log.name).read_text().splitlines():
            event = json.loads(line) if line.startswith("{") and line.endswith("}") else {"name": ""}
            for p in event.get("partitions", []):
                if event["name"] == "partitions_assigned":
                    mine.add(p["partition"])
                elif event["name"] == "partitions_revoked":
                    mine.discard(p["partition"])
        return mine

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(60)


@case
def verifiable_consumers_share_a_group():
    name = topic("verifiable", 50, 50, 50, 50)
    group = "tools-verifiable"
    one = Verifiable(group, name, "--reset-policy", "earliest")
    two = None
    try:
        eventually(lambda: one.assigned() == {0, 1, 2, 3}, "one has all", timeout=90)
        eventually(lambda: sum(e["count"] for e in one.events("records_consumed")) == 200, "it has read all", timeout=60)
        eventually(lambda: any(e["success"] for e in one.events("offsets_committed")), "it has committed", timeout=60)
        two = Verifiable(group, name, "--reset-policy", "earliest")
        eventually(lambda: (len(one.assigned()), len(two.assigned())) == (2, 2), "they have two each", timeout=90)
        equal(one.assigned() | two.assigned(), {0, 1, 2, 3})
        watched(group, name)
        two.end()
        eventually(lambda: one.assigned() == {0, 1, 2, 3}, "one has all again", timeout=60)
        equal(len(two.events("shutdown_complete")), 1, "the end of the second")
        equal(two.events("records_consumed"), [], "read again by the second")
    finally:
        for consumer in (one, two):
            if consumer:
                consumer.end()


def watched(group, name):
    """What the tools say of a group with two members who have read all."""
    described = groups("--describe", "--group", group)
    equal(described[0], "GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG CONSUMER-ID HOST CLIENT-ID")
    equal(sorted(" ".join(line.split()[:6]) for line in described[1:]), [f"{group} {name} {p} 50 50 0" for p in range(4)])
    true(all(re.fullmatch(r"consumer-\S+-[0-9a-f-]{36} /127\.0\.0\.1 consumer-\S+", " ".join(line.split()[6:])) for line in described[1:]), described)
    members = groups("--describe", "--group", group, "--members", "--verbose")
    equal(members[0], "GROUP CONSUMER-ID HOST CLIENT-ID #PARTITIONS CURRENT-EPOCH CURRENT-ASSIGNMENT TARGET-EPOCH TARGET-ASSIGNMENT")
    equal([line.split()[4] for line in members[1:]], ["2", "2"], "partitions of members")
    equal(sorted(re.search(r"tools-groups-verifiable:[\d,]+", line)[0] for line in members[1:]), [f"{name}:0,1", f"{name}:2,3"])
    state = groups("--describe", "--group", group, "--state")
    equal(state, ["GROUP COORDINATOR (ID) ASSIGNMENT-STRATEGY STATE #MEMBERS", f"{group} {BOOTSTRAP} (1) range Stable 2"])
    true(f"{group} Stable" in groups("--list", "--state"), "not in the list of stable groups")
    true(f"{group} Stable" in groups("--list", "--state", "stable"), "not in the list of stable groups alone")
    true(f"{group} Classic consumer" in rows(tool("kafka-groups", "--list")), "not in the list of kafka-groups")
    for refused, why in {
        ("--delete",): f"Group '{group}' could not be deleted due to: org.apache.kafka.common.errors.GroupNotEmptyException: The group is not empty.",
        ("--delete-offsets", "--topic", name): "GroupSubscribedToTopicException: Deleting offsets of a topic is forbidden while the consumer "
                                               "group is actively subscribed to it.",
        ("--reset-offsets", "--topic", name, "--to-earliest", "--execute"): f"Error: Assignments can only be reset if the group '{group}' is "
                                                                            "inactive, but the current state is Stable.",
    }.items():
        out = tool("kafka-consumer-groups", "--group", group, *refused)
        true(why in out, f"{refused} of a group with members: {out}")


# ---- kafka-consumer-groups


@case
def groups_are_listed():
    name = topic("listed", 1)
    commit("tools-listed", name, 1)
    true("tools-listed" in groups("--list"), "not in the list")
    true("tools-listed Empty" in groups("--list", "--state"), "not in the list with states")
    true("tools-listed Classic" in groups("--list", "--type"), "not in the list with types")
    true("tools-listed Classic Empty" in groups("--list", "--state", "empty", "--type", "classic"), "not in the list of these")
    true("tools-listed Stable" not in groups("--list", "--state", "stable"), "in the list of stable groups")
    true("tools-listed Consumer" not in groups("--list", "--type", "consumer"), "in the list of groups of another type")
    for chosen in ((), ("--group-type", "classic"), ("--consumer",)):
        listed = rows(tool("kafka-groups", "--list", *chosen))
        equal(listed[0], "GROUP TYPE PROTOCOL")
        true("tools-listed Classic" in listed, f"not in the list of kafka-groups {chosen}")


@case
def a_group_without_members_is_described():
    name = topic("described", 10, 4)
    commit("tools-described", name, 3, 4)
    equal(groups("--describe", "--group", "tools-described"), [
        "GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG CONSUMER-ID HOST CLIENT-ID",
        f"tools-described {name} 0 3 10 7 - - -", f"tools-described {name} 1 4 4 0 - - -"])
    equal(groups("--describe", "--group", "tools-described", "--state"),
          ["GROUP COORDINATOR (ID) ASSIGNMENT-STRATEGY STATE #MEMBERS", f"tools-described {BOOTSTRAP} (1) - Empty 0"])
    equal(groups("--describe", "--group", "tools-described", "--members"), ["GROUP CONSUMER-ID HOST CLIENT-ID #PARTITIONS"])
    equal(groups("--describe", "--group", "tools-no-such"), [
        "Error: Executing consumer group command failed due to org.apache.kafka.common.errors.GroupIdNotFoundException: Group tools-no-such not found."])


RESETS = {
    ("--to-earliest",): (0, 0), ("--to-latest",): (10, 4), ("--to-current",): (3, 4), ("--shift-by", "2"): (5, 4), ("--shift-by", "-2"): (1, 2),
    ("--to-offset", "7"): (7, 4), ("--to-datetime", "2023-11-14T22:15:20.000"): (2, 2), ("--by-duration", "P1D"): (10, 4),
}


@case
def offsets_are_reset_in_every_way():
    name = topic("reset", 10, 4)
    for how, expected in RESETS.items():
        group = commit("tools-reset", name, 3, 4)
        asked = ("--reset-offsets", "--group", group, "--topic", name, *how)
        planned = new_offsets(*asked, "--dry-run")
        equal(sorted(planned), sorted(["GROUP TOPIC PARTITION NEW-OFFSET"] + [f"{group} {name} {p} {o}" for p, o in enumerate(expected)]), f"{how}")
        equal(committed(group, name), (3, 4), f"offsets after a dry run of {how}")
        equal(sorted(new_offsets(*asked, "--execute")), sorted(planned), f"{how} in earnest")
        equal(committed(group, name), expected, f"offsets after {how}")


def new_offsets(*arguments):
    """What is printed of a reset, without the warnings of times that nothing is as young as."""
    return [line for line in groups(*arguments) if not line.startswith("Warn: ")]


def committed(group, name):
    answer = call(BOOTSTRAP, "OffsetFetch", 9, {"Groups": [{"GroupId": group, "Topics": [{"Name": name, "PartitionIndexes": [0, 1]}]}]})
    return tuple(p["CommittedOffset"] for p in sorted(answer["Groups"][0]["Topics"][0]["Partitions"], key=lambda p: p["PartitionIndex"]))


@case
def offsets_are_exported_and_reset_from_a_file():
    name = topic("file", 10, 4)
    group = commit("tools-file", name, 3, 4)
    exported = tool("kafka-consumer-groups", "--reset-offsets", "--group", group, "--topic", f"{name}:0", "--to-offset", 8, "--export", "--dry-run")
    equal(exported.strip(), f"{name},0,8")
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as plan:
        plan.write(exported)
        plan.flush()
        groups("--reset-offsets", "--group", group, "--from-file", plan.name, "--execute")
    equal(committed(group, name), (8, 4))


@case
def offsets_and_groups_are_deleted():
    name = topic("deleted", 3, 3)
    group = commit("tools-deleted", name, 1, 2)
    out = groups("--delete-offsets", "--group", group, "--topic", f"{name}:0")
    equal(out, [f"Request succeeded for deleting offsets from group {group}.", "TOPIC PARTITION STATUS", f"{name} 0 Successful"])
    equal(committed(group, name), (-1, 2))
    equal(groups("--delete", "--group", group), [f"Deletion of requested consumer groups ('{group}') was successful."])
    true(group not in groups("--list"), "it is still in the list")
    equal(groups("--delete", "--group", group), [
        "Error: Deletion of some consumer groups failed:",
        f"* Group '{group}' could not be deleted due to: org.apache.kafka.common.errors.GroupIdNotFoundException: The group id does not exist."])


run()
