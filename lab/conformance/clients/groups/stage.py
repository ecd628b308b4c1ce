"""What a case stands on: topics and groups of its own, members that are gone when it ends, a client that writes."""

import pathlib
import os
import threading
import time

from raw.batches import Record, batch
from raw.connection import Connection
from raw.topics import wait_until_led

from .host import Host, Refused, eventually

BOOTSTRAP = os.environ["BOOTSTRAP"]
SESSION = 6000  # milliseconds: the shortest that a broker allows if it is not told otherwise
LONG_SESSION = 45000  # longer than a case waits for anything: what happens in time is not owed to its expiry
HEARTBEAT = 500


def wait_for_coordinators():
    """Waits until a fresh broker answers for groups of every partition of __consumer_offsets, which asking for one makes.

    On a busy machine that can take longer than kafkajs tries.
    """
    groups = [f"ready-{n}" for n in range(300)]  # of which some belong to each of the fifty partitions
    asked = {"Groups": [{"GroupId": group, "Topics": None} for group in groups], "RequireStable": False}

    def ready():
        with Connection(BOOTSTRAP) as connection:
            found = connection.call("FindCoordinator", 4, {"KeyType": 0, "CoordinatorKeys": groups})
            if any(c["ErrorCode"] for c in found["Coordinators"]):
                return False
            return not any(g["ErrorCode"] for g in connection.call("OffsetFetch", 8, asked)["Groups"])

    eventually(ready, "the broker answers for every group")


class Library:
    """A client library under test: its command, and a program that most members share."""

    def __init__(self, name, command):
        self.name, self.command = name, command
        self.log = (pathlib.Path(os.environ["WORK"]) / f"{name}-members.log").open("ab", buffering=0)
        self.host = self.another_host()

    def another_host(self):
        return Host(self.command, self.log)

    @property
    def features(self):
        return self.host.features


class Stage:
    """One case's own: everything on it carries the case's name, so that cases can run at the same time."""

    def __init__(self, library, case):
        self.library = library
        self.name = f"groups-{library.name}-{case}"
        self.group = f"{self.name}-group"
        self.hosts = []
        self.members = []
        self.written = {}  # topic -> how many values were written to it

    def close(self):
        for member in self.members:
            if not member.has_left and member.host not in self.hosts:
                try:
                    member.leave()
                except Refused:
                    pass  # one that never joined, or was thrown out
        for host in self.hosts:
            host.kill()

    # ---- topics

    def topic(self, partitions, suffix="topic"):
        name = f"{self.name}-{suffix}"
        with Connection(BOOTSTRAP) as connection:
            answer = connection.call("CreateTopics", 7, {"Topics": [
                {"Name": name, "NumPartitions": partitions, "ReplicationFactor": 1}], "timeoutMs": 30000})
            if answer["Topics"][0]["ErrorCode"]:
                raise RuntimeError(f"creating {name}: {answer['Topics'][0]}")
            wait_until_led(connection, name, partitions)
        return name

    def grow(self, topic, partitions):
        with Connection(BOOTSTRAP) as connection:
            answer = connection.call("CreatePartitions", 3, {"Topics": [{"Name": topic, "Count": partitions, "Assignments": None}], "TimeoutMs": 30000})
            if answer["Results"][0]["ErrorCode"]:
                raise RuntimeError(f"growing {topic}: {answer['Results'][0]}")
            wait_until_led(connection, topic, partitions)

    def write(self, topic, partition, count):
        """Appends so many values to a partition, and returns them: no value is in a topic twice."""
        first = self.written.get(topic, 0)
        self.written[topic] = first + count
        values = [f"{partition}-{n}" for n in range(first, first + count)]
        records = [Record(v.encode(), timestamp=int(time.time() * 1000)) for v in values]
        with Connection(BOOTSTRAP) as connection:
            answer = connection.call("Produce", 9, {"Acks": -1, "TimeoutMs": 30000, "TopicData": [
                {"Name": topic, "PartitionData": [{"Index": partition, "Records": batch(records)}]}]})
        code = answer["Responses"][0]["PartitionResponses"][0]["ErrorCode"]
        if code:
            raise RuntimeError(f"writing to {topic}-{partition}: error {code}")
        return values

    def write_everywhere(self, topic, partitions, count):
        """`count` values to each partition."""
        return [value for partition in range(partitions) for value in self.write(topic, partition, count)]

    # ---- members

    def another_host(self):
        host = self.library.another_host()
        self.hosts.append(host)
        return host

    def join(self, topics, host=None, group=None, **settings):
        """A member of the case's group: the short session, from the beginning, no commits but those that it is told."""
        settings = {"group": group or self.group, "session": SESSION, "heartbeat": HEARTBEAT, "reset": "earliest"} | settings
        if isinstance(topics, str):
            topics = [topics]
        member = (host or self.library.host).join(f"{self.name}-{len(self.members)}", topics=topics, **settings)
        self.members.append(member)
        return member

    def call(self, what, **more):
        """One of the library's administrative calls."""
        return self.library.host.call(what, **more)

    def describe(self, group=None):
        return self.call("describe", group=group or self.group)

    def committed(self, group=None):
        """What the group has committed: {(topic, partition): (offset, metadata)}."""
        found = self.call("offsets", group=group or self.group, topics=list(self.written))
        return {(topic, partition): (offset, metadata) for topic, partition, offset, metadata in found if offset >= 0}

    def offsets(self, group=None):
        """The offsets of what the group has committed: a library may put words of its own into the metadata."""
        return {partition: offset for partition, (offset, _) in self.committed(group).items()}

    def wait_until_balanced(self, topic, partitions, members, group=None):
        """Every partition has one owner, no member has two more than another, and the coordinator says that it is so."""
        wanted = {(topic, p) for p in range(partitions)}

        def divided():
            owned = [m.assignment for m in members]
            sizes = [len(o) for o in owned]
            return sum(sizes) == partitions and set().union(*owned) == wanted and max(sizes) - min(sizes) <= 1

        def balanced():
            if not divided():
                return False
            described = self.describe(group)
            # What was divided before may have been of the generation before, which those who joined have given up by now.
            return described["state"] == "Stable" and len(described["members"]) == len(members) and divided()

        try:
            eventually(balanced, f"{partitions} partitions are balanced over {len(members)}", interval=0.1)
        except AssertionError as error:
            shown = "; ".join(f"{m.name}: {m.standing()}" for m in members)
            raise AssertionError(f"{error}; {shown}; {self.describe(group)}") from None


class Writing(threading.Thread):
    """Writes a value at a time, round the partitions, until it is told to stop."""

    def __init__(self, stage, topic, partitions):
        super().__init__(daemon=True)
        self.stage, self.topic, self.partitions = stage, topic, partitions
        self.values, self.stopping, self.error = [], threading.Event(), None

    def run(self):
        try:
            while not self.stopping.is_set():
                for partition in range(self.partitions):
                    self.values += self.stage.write(self.topic, partition, 1)
                time.sleep(0.02)
        except Exception as error:  # noqa: BLE001 - told in finish()
            self.error = error

    def finish(self):
        """Ends the writing; everything that was acknowledged."""
        self.stopping.set()
        self.join()
        if self.error:
            raise self.error
        return self.values
