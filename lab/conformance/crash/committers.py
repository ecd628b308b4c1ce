"""Those who commit and join through every crash, and remember what was acknowledged to them."""

import random
import threading
import time

from confluent_kafka import Consumer, KafkaException

from raw.connection import Connection
from wire.members import Member, admit, described, protocols
from wire.session import Session

PARTITIONS = 6
GROUPS = 12
# Who leaves while the broker is away is missed by the others for so long.
SESSION_MS = 2000
_NOT_YET = (14, 15, 16)  # COORDINATOR_LOAD_IN_PROGRESS COORDINATOR_NOT_AVAILABLE NOT_COORDINATOR
REBALANCE_IN_PROGRESS = 27
_GONE = (OSError, EOFError)


class Actor:
    """A thread that goes on until it is finished, and says what it found wrong."""

    def __init__(self):
        self.errors = []
        self.stopping = threading.Event()
        self.may_commit = threading.Event()
        self.may_commit.set()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            self.work()
        except Exception as error:  # noqa: BLE001 - an actor that stops has found something
            self.errors.append(f"{type(self).__name__}: {type(error).__name__}: {error}")

    def pause(self):
        """Until it may go on it commits nothing, which would hide the loss of what it committed before."""
        self.may_commit.clear()

    def go_on(self):
        self.may_commit.set()

    def finish(self):
        self.stopping.set()
        self.go_on()
        self.thread.join(60)
        if self.thread.is_alive():
            self.errors.append(f"{type(self).__name__} does not come to an end")


class Simple(Actor):
    """Commits numbers for groups that have no members, one request at a time. Each group's only ever grow."""

    def __init__(self, bootstrap, topic):
        self.bootstrap, self.topic = bootstrap, topic
        self.acknowledged = {f"crash-simple-{n}": -1 for n in range(GROUPS)}
        super().__init__()

    def work(self):
        number, connection = 0, None
        while not self.stopping.is_set():
            group = f"crash-simple-{number % GROUPS}"
            self.may_commit.wait()
            try:
                connection = connection or Connection(self.bootstrap, timeout=20)
                answer = connection.call("OffsetCommit", 9, {"GroupId": group, "Topics": [{"Name": self.topic, "Partitions": [
                    {"PartitionIndex": p, "CommittedOffset": number, "CommittedMetadata": f"number {number}"} for p in (0, 1)]}]})
            except _GONE:
                connection = None
                self.stopping.wait(0.02)
                number += 1
                continue
            errors = {p["ErrorCode"] for p in answer["Topics"][0]["Partitions"]}
            if errors == {0}:
                self.acknowledged[group] = number
            elif not errors <= {3, *_NOT_YET}:  # 3: what the broker knows of its topics is still being read
                self.errors.append(f"a commit of {group} was answered with {errors}")
            number += 1

    def snapshot(self):
        return dict(self.acknowledged)

    def problems(self, connection, before):
        for group, number in before.items():
            found = fetched(connection, group, self.topic, (0, 1))
            if any(offset < number for offset, _ in found.values()):
                yield f"{group}: {number} was acknowledged, {found} is there"
            for offset, metadata in found.values():
                if offset >= 0 and metadata != f"number {offset}":
                    yield f"{group}: {offset} stands beside {metadata!r}"


class Sharing:
    """librdkafka consumers that share a topic, commit what they have read, and come and go."""

    GROUP = "crash-sharing"

    def __init__(self, bootstrap, topic, members=3):
        self.topic = topic
        self.lock = threading.Lock()
        self.acknowledged = dict.fromkeys(range(PARTITIONS), -1)
        self.commits = 0
        self.members = [self._Consumer(self, bootstrap, stays=n == 0, seed=n) for n in range(members)]

    class _Consumer(Actor):
        def __init__(self, shared, bootstrap, stays, seed):
            self.shared, self.bootstrap, self.stays = shared, bootstrap, stays
            self.chance = random.Random(seed)
            super().__init__()

        def work(self):
            while not self.stopping.is_set():
                consumer = Consumer({
                    "bootstrap.servers": self.bootstrap, "group.id": Sharing.GROUP, "enable.auto.commit": False, "auto.offset.reset": "earliest",
                    "session.timeout.ms": SESSION_MS, "heartbeat.interval.ms": 200, "log_level": 2, "fetch.wait.max.ms": 50,
                    "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 200, "retry.backoff.ms": 20, "coordinator.query.interval.ms": 200})
                consumer.subscribe([self.shared.topic])
                until = float("inf") if self.stays else time.monotonic() + self.chance.uniform(1, 4)
                try:
                    while time.monotonic() < until and not self.stopping.is_set():
                        self._read_and_commit(consumer)
                finally:
                    consumer.close()

        def _read_and_commit(self, consumer):
            read = [m for m in consumer.consume(50, 0.1) if not m.error()]
            if not read:
                return
            self.may_commit.wait()
            try:
                done = consumer.commit(asynchronous=False)
            except KafkaException:
                return  # the broker is gone, or the group joins anew: it is not acknowledged
            with self.shared.lock:
                for place in done:
                    if place.error is None and place.offset >= 0:
                        self.shared.commits += 1
                        self.shared.acknowledged[place.partition] = max(self.shared.acknowledged[place.partition], place.offset)

    @property
    def errors(self):
        return [error for member in self.members for error in member.errors]

    def pause(self):
        for member in self.members:
            member.pause()

    def go_on(self):
        for member in self.members:
            member.go_on()

    def finish(self):
        for member in self.members:
            member.stopping.set()
        for member in self.members:
            member.finish()

    def snapshot(self):
        with self.lock:
            return dict(self.acknowledged)

    def problems(self, connection, before):
        # Nobody begins before what was committed, and so it never falls.
        for partition, (offset, _) in fetched(connection, self.GROUP, self.topic, range(PARTITIONS)).items():
            if offset < before[partition]:
                yield f"{self.GROUP}: {before[partition]} of {partition} was acknowledged, {offset} is there"


class Rebalancing(Actor):
    """Two members that join again and again, a generation after the other. What both were told of the last one must
    still be so after a crash, unless the next one had been assigned already when the answer was lost."""

    GROUP = "crash-rebalancing"

    def __init__(self, bootstrap):
        self.bootstrap = bootstrap
        self.acknowledged = 0  # generations
        members = self._members()
        leader, follower = members
        admit([], leader)
        admit([leader], follower)
        self.ids = {m.name: m.member_id for m in members}
        self.told = leader.generation, {m.name: f"for {m.name}".encode() for m in members}  # what both were answered
        self.sent = None  # the same, that the leader has sent since
        super().__init__()

    def work(self):
        while not self.stopping.is_set():
            try:
                members = self._members()
                for m in members:
                    m.member_id = self.ids[m.name]
                self._until_loaded(members[0].session)
                self._look(members)
                while not self.stopping.is_set():
                    self._next_generation(members)
            except _GONE:
                self.stopping.wait(0.02)

    def _members(self):
        session = Session(self.bootstrap)
        return [Member(session, self.GROUP, name, session_timeout=1_800_000, rebalance_timeout=60_000) for name in ("leader", "follower")]

    def _until_loaded(self, session):
        while described(session, self.GROUP)["ErrorCode"] in _NOT_YET:
            self.stopping.wait(0.01)

    def _look(self, members):
        """After a crash: is the last generation, or the one that was just being assigned, still there?"""
        seen = []
        for generation, assigned in filter(None, (self.told, self.sent)):
            answers = [m.sync(GenerationId=generation) for m in members]
            seen.append([(generation, a["ErrorCode"], a["Assignment"]) for a in answers])
            if all(a["ErrorCode"] == 0 and a["Assignment"] == assigned[m.name] for m, a in zip(members, answers)):
                self.told, self.sent = (generation, assigned), None
                for m in members:
                    m.generation = generation
                return
        self.errors.append(f"both members were told {self.told}, {self.sent} was sent, and now they are answered {seen}")

    def _next_generation(self, members):
        leader, follower = members
        about = f"after {self.acknowledged}"
        # The leader's metadata change, which makes the other join again.
        leader.send_join(Protocols=protocols("range", about=about))
        while not (error := follower.heartbeat()["ErrorCode"]):
            self.stopping.wait(0.005)
        if error != REBALANCE_IN_PROGRESS:
            raise AssertionError(f"a heartbeat in generation {follower.generation} was answered with error {error}")
        follower.send_join()
        answers = [m.receive() for m in members]
        generation = self.told[0] + 1
        if [(a["ErrorCode"], a["GenerationId"]) for a in answers] != [(0, generation)] * 2:
            raise AssertionError(f"joins after generation {self.told[0]} were answered with {answers}")
        assigned = {m.name: f"{m.name} of generation {generation}, {about}".encode() for m in members}
        self.sent = generation, assigned
        answers = [leader.sync(assignments=[(m, assigned[m.name]) for m in members]), follower.sync()]
        if all(a["ErrorCode"] == 0 and a["Assignment"] == assigned[m.name] for m, a in zip(members, answers)):
            self.told, self.sent = self.sent, None
            self.acknowledged += 1
        elif any(a["ErrorCode"] not in (REBALANCE_IN_PROGRESS, *_NOT_YET) for a in answers):
            self.errors.append(f"generation {generation} was assigned, and that was answered with {answers}")

    def snapshot(self):
        return self.acknowledged

    def problems(self, connection, before):
        yield from ()


def fetched(connection, group, topic, partitions):
    """Offsets and metadata by partition."""
    while True:
        answer = connection.call("OffsetFetch", 9, {"Groups": [{"GroupId": group, "Topics": [{"Name": topic, "PartitionIndexes": list(partitions)}]}]})
        got = answer["Groups"][0]
        if got["ErrorCode"] not in _NOT_YET:
            break
        time.sleep(0.01)
    if got["ErrorCode"]:
        raise AssertionError(f"OffsetFetch of {group}: error {got['ErrorCode']}")
    return {p["PartitionIndex"]: (p["CommittedOffset"], p["Metadata"]) for p in got["Topics"][0]["Partitions"]}
