#!/usr/bin/env python3
"""The same directory compacted by the real broker and by the one under test, and what each makes of the other's work.

Compaction is off while records are written, so that there is one round of it, of the same records, by either.
"""

import functools
import os
import pathlib
import random
import shutil
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from confluent_kafka import Consumer, TopicPartition  # noqa: E402

from compaction.segments import differences, segments  # noqa: E402
from compaction.workload import ROLLING, TOPICS, Workload  # noqa: E402
from disk.dump import complaints  # noqa: E402
from disk.writer import append, create  # noqa: E402
from harness.check import case, equal, eventually, run, true  # noqa: E402
from harness.server import KAFKA, Server, Target  # noqa: E402
from raw import batches  # noqa: E402
from raw.connection import Connection  # noqa: E402
from raw.topics import wait_until_led  # noqa: E402
from tools.jvm import Jvm  # noqa: E402

TARGET = Target.from_environment()
WORK = pathlib.Path(os.environ["WORK"])
PORT = int(os.environ["PORTS"])

OFF, ON = "log.cleaner.enable=false", "log.cleaner.enable=true"
OFTEN = "log.cleaner.backoff.ms=50\n"


@functools.cache
def jvm():
    return Jvm()


def compacted_to(server):
    """What the checkpoint says, by topic."""
    path = server.data / "cleaner-offset-checkpoint"
    lines = path.read_text().splitlines()[2:] if path.exists() else []
    return {line.split()[0]: int(line.split()[2]) for line in lines}


def serve(server, target, *overrides):
    server = server.with_target(target)
    server.overrides = overrides
    server.start()
    return server


def compact(server, target):
    """Starts the broker until it has compacted everything that there is."""
    bounds = {name: sorted((server.data / f"{name}-0").glob("*.log"))[-1].stem for name in TOPICS}
    server = serve(server, target, ON)
    try:
        def done():
            seen = compacted_to(server)
            # Without an entry nothing of it has been compacted: right if there is only the active segment.
            return all(seen.get(name, 0) >= int(bound) for name, bound in bounds.items())

        eventually(done, f"{target.name} compacts {bounds}", timeout=120)
    finally:
        server.stop()
    return server


def contents(server):
    """Every topic's records as consumers of committed records see them."""
    seen = {}
    for name in TOPICS:
        consumer = Consumer({"bootstrap.servers": server.bootstrap, "group.id": "nobody", "isolation.level": "read_committed",
                             "enable.partition.eof": True, "enable.auto.commit": False, "log_level": 3})
        consumer.assign([TopicPartition(name, 0, 0)])
        records, end = [], time.monotonic() + 60
        while time.monotonic() < end:
            message = consumer.poll(1)
            if message is None:
                continue
            if message.error():
                break
            records.append((message.offset(), message.timestamp(), message.key(), message.value()))
        consumer.close()
        seen[name] = records
    return seen


def latest(records):
    known = {}
    for _, _, key, value in records:
        known[key] = value
    return {key: value for key, value in known.items() if value is not None and key is not None}


def copy(server, name):
    """The same directory somewhere else."""
    other = Server(server.target, WORK / name, PORT, extra=OFTEN)
    if other.data.exists():
        shutil.rmtree(other.data)
    shutil.copytree(server.data, other.data)
    return other


@case
def what_is_left_is_the_same_batch_by_batch_and_round_by_round():
    workload = Workload()
    first = Server(KAFKA, WORK / "first", PORT, extra=OFTEN)
    first.format()
    first.overrides = (OFF,)
    theirs = ours = base = None
    first.start()
    try:
        workload.begin(first)
        workload.go_on(first, without_keys=True)
        compact_from_now_on(first, "compact-not-yet")
        before = contents(first)
        first.stop()
        base = first
        for number in range(3):
            theirs, ours = compact(copy(base, f"theirs-{number}"), KAFKA), compact(copy(base, f"ours-{number}"), TARGET)
            for name in TOPICS:
                found = differences(segments(theirs.data / f"{name}-0"), segments(ours.data / f"{name}-0"))
                equal(found, [], f"round {number}: {name}, Kafka's and {TARGET.name}'s")
            true(not [*ours.data.rglob("*.cleaned"), *ours.data.rglob("*.swap")], "nothing is left behind")
            # Each takes over from the other, and shows what is left.
            theirs = serve(theirs, TARGET, OFF)
            shown = contents(theirs)
            theirs.stop()
            base = serve(ours, KAFKA, OFF)
            equal(contents(base), shown, "what consumers see")
            for name in TOPICS:
                equal(latest(shown[name]), latest(before[name]), f"the last values of {name}")
            workload.go_on(base, rounds=3)
            before = contents(base)
            base.stop()
        found, read = complaints(jvm(), base.data)
        true(read > 30, f"only {read} files were read")
        # That offsets are missing is what compaction is about.
        equal([line for line in found if "is followed by" not in line][:10], [], "what kafka-dump-log complains of")
    finally:
        for server in (first, theirs, ours, base):
            server and server.kill()


def amid_the_swap(before, after, name):
    """The directory of a broker that was killed when it had the new segments ready, and had taken none of the old away."""
    killed = copy(before, name)
    (killed.data / ".kafka_cleanshutdown").unlink()
    for topic in TOPICS:
        for path in (after.data / f"{topic}-0").glob("0*.*"):
            if path.suffix in (".log", ".index", ".timeindex", ".txnindex") and path.stem < active(before, topic):
                shutil.copy(path, killed.data / f"{topic}-0" / (path.name + ".swap"))
    return killed


def active(server, topic):
    """The name of the segment that is appended to."""
    return max(path.stem for path in (server.data / f"{topic}-0").glob("*.log"))


@case
def a_swap_that_was_begun_is_completed_by_either():
    workload = Workload()
    first = Server(KAFKA, WORK / "begun", PORT, extra=OFTEN)
    first.format()
    first.overrides = (OFF,)
    completed = None
    first.start()
    try:
        workload.begin(first)
        workload.go_on(first)
        compact_from_now_on(first, "compact-not-yet")
        first.stop()
        compacted = compact(copy(first, "compacted"), TARGET)
        expected = {name: segments(compacted.data / f"{name}-0") for name in TOPICS}
        for target in (KAFKA, TARGET):
            completed = serve(amid_the_swap(first, compacted, f"amid-{target.name}"), target, OFF)
            contents(completed)
            completed.stop()
            true(not [*completed.data.rglob("*.swap")], f"{target.name} leaves no .swap")
            for name in TOPICS:
                equal(differences(segments(completed.data / f"{name}-0"), expected[name]), [], f"{target.name}: {name}")
    finally:
        for server in (first, completed):
            server and server.kill()


def compact_from_now_on(server, topic):
    """Makes a compacted topic of one that was not."""
    with Connection(server.bootstrap, timeout=60) as connection:
        answer = connection.call("IncrementalAlterConfigs", 1, {"Resources": [{"ResourceType": 2, "ResourceName": topic, "Configs": [
            {"Name": name, "ConfigOperation": 0, "Value": ROLLING[name]} for name in ROLLING]}], "ValidateOnly": False})
        equal(answer["Responses"][0]["ErrorCode"], 0, "the answer to IncrementalAlterConfigs")


def updates(connection, topic, numbers):
    """One record for each number, in a segment of its own."""
    for number in numbers:
        record = batches.Record(b"%d" % number, b"key-%d" % (number % 10), 1_700_000_000_000 + number * 2000)
        append(connection, topic, 0, batches.batch([record]))


def live(name):
    server = Server(TARGET, WORK / name, PORT, extra=OFTEN)
    server.format()
    server.start()
    with Connection(server.bootstrap, timeout=60) as connection:
        create(connection, "live", 1, ROLLING)
        wait_until_led(connection, "live", 1)
    return server


def offsets_and_values(server):
    """What lies in the directory of a broker that is at work; None if it is just about to lie otherwise."""
    try:
        found = segments(server.data / "live-0")
    except FileNotFoundError:
        return None
    return [(offset, int(value)) for base in found for batch in found[base]["batches"] for offset, _, _, value, _ in batch["records"]]


@case
def a_topic_that_is_written_to_holds_the_last_of_each_key_before_long():
    server = live("live")
    try:
        with Connection(server.bootstrap, timeout=60) as connection:
            updates(connection, "live", range(200))
        # The last record is in the active segment, and its key's one before that is the last that is compacted.
        expected = [(number, number) for number in [*range(189, 199), 199]]
        eventually(lambda: offsets_and_values(server) == expected, "only the last of each key are left", timeout=60)
        server.stop()
        server = serve(server, KAFKA)
        with Connection(server.bootstrap, timeout=60) as connection:
            updates(connection, "live", range(200, 230))
        eventually(lambda: offsets_and_values(server) == [(number, number) for number in range(219, 230)],
                   "Kafka goes on with it", timeout=60)
        server.stop()
        server = serve(server, TARGET)
        with Connection(server.bootstrap, timeout=60) as connection:
            updates(connection, "live", range(230, 260))
        eventually(lambda: offsets_and_values(server) == [(number, number) for number in range(249, 260)],
                   f"and {TARGET.name} with what Kafka left", timeout=60)
    finally:
        server.kill()


@case
def a_broker_that_is_killed_while_it_compacts_has_lost_nothing():
    chance, server, number = random.Random(3), live("killed"), 0
    try:
        for round_ in range(6):
            end = time.monotonic() + chance.uniform(0.3, 1.5)
            with Connection(server.bootstrap, timeout=60) as connection:
                while time.monotonic() < end:
                    updates(connection, "live", [number])
                    number += 1
            server.kill()
            server = serve(server, KAFKA if round_ % 3 == 2 else TARGET)
            seen = latest_of_live(server)
            equal(seen, {b"key-%d" % (n % 10): b"%d" % n for n in range(max(number - 10, 0), number)}, f"after {number} records")
    finally:
        server.kill()


def latest_of_live(server):
    with Connection(server.bootstrap, timeout=60) as connection:
        wait_until_led(connection, "live", 1)
        end = connection.call("ListOffsets", 7, {"ReplicaId": -1, "Topics": [{"Name": "live", "Partitions": [
            {"PartitionIndex": 0, "Timestamp": -1}]}]})["Topics"][0]["Partitions"][0]["Offset"]
        at, known = 0, {}
        while at < end:
            part = connection.call("Fetch", 4, {"ReplicaId": -1, "MaxWaitMs": 100, "MinBytes": 1, "MaxBytes": 1 << 20, "IsolationLevel": 0,
                                                "Topics": [{"Topic": "live", "Partitions": [{"Partition": 0, "FetchOffset": at, "PartitionMaxBytes": 1 << 20}]}]})
            read = batches.read_batches(part["Responses"][0]["Partitions"][0]["Records"])
            true(read, f"there is something at {at} of {end}")
            for batch in read:
                known.update({record.key: record.value for _, record in batch.records})
                at = batch.base_offset + batch.last_offset_delta + 1
    return known


run()
