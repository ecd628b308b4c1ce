"""Groups in every state that a directory may hold, and how each goes on with the broker that takes the directory over."""

from confluent_kafka import Consumer, Producer, TopicPartition

from raw.codec import uuid_text
from raw.connection import Connection
from raw.topics import wait_until
from wire.members import Member, admit, committed, coordinators_are_ready, described, rebalance, stable
from wire.session import Session

# Groups that are only the real broker's to speak of begin with this.
KAFKAS = "kafkas-"

# Expired offsets are looked for every second, and no member of these groups is ever too late.
PROPERTIES = """\
offsets.retention.check.interval.ms=1000
transaction.state.log.num.partitions=3
group.consumer.max.session.timeout.ms=900000
group.consumer.session.timeout.ms=900000
"""
_SESSION_TIMEOUT = 1_800_000
_REBALANCE_TIMEOUT = 300_000

_MANY = 120  # groups, so that hardly a partition of __consumer_offsets has none


class Groups:
    """What groups have been told, by whoever held the directory last."""

    def __init__(self):
        self.round = 0
        self.live = {}  # name to (member id, instance), and the leader is the first
        self.generation = 0
        self.history = 0  # generation of the group that is empty

    def begin(self, server):
        session = Session(server.bootstrap)
        coordinators_are_ready(session)
        for n in range(_MANY):
            commit(session, f"disk-many-{n}", {"disk-many": {n % 20: (n, f"of {n}", -1)}})
        commit(session, "disk-simple", {"disk-many": {0: (1, "größer 🦦", 0), 1: (2**63 - 1, "", -1), 2: (0, None, 7)},
                                       "disk-none": {0: (5, "x" * 4096, 0)}})
        commit(session, "disk-name größer 🦦 " + "x" * 500, {"disk-none": {0: (1, "", -1)}})
        commit(session, "disk-forgotten", {"disk-many": {p: (p, "", -1) for p in range(4)}})
        session.quietly("OffsetDelete", 0, {"GroupId": "disk-forgotten", "Topics": [{"Name": "disk-many", "Partitions": [
            {"PartitionIndex": p} for p in (0, 2)]}]})
        for name in ("disk-deleted", "disk-deleted-with-a-generation"):
            commit(session, name, {"disk-many": {0: (1, "", -1)}})
        self._leave(session, "disk-deleted-with-a-generation")
        deleted = session.quietly("DeleteGroups", 2, {"GroupsNames": ["disk-deleted", "disk-deleted-with-a-generation"]})
        expect(not any(r["ErrorCode"] for r in deleted["Results"]), f"deleting groups: {deleted}")
        commit(session, "disk-expired", {"disk-many": {0: (1, "", -1)}}, retention=1)
        wait_until(lambda: "disk-expired" not in listed(session), "what is retained for a millisecond has expired")
        commit(session, "disk-of-gone", {"disk-gone": {1: (1, "", -1)}, "disk-none": {0: (2, "", -1)}})
        worker, = stable(session, "disk-connect", "worker", protocol_type="connect", supported=("sessioned",), metadata=b"\0\1",
                         session_timeout=_SESSION_TIMEOUT)
        worker.close()
        self.history = self._leave(session, "disk-history")
        self._begin_live(session)
        session.reconnect()
        self.go_on(server)

    def after_deletions(self, server):
        """The offsets of a deleted topic go a moment after it."""
        session = Session(server.bootstrap)
        wait_until(lambda: len(fetched(session, "disk-of-gone")["Topics"]) == 1, "the offsets of a deleted topic are gone")
        session.reconnect()

    def _leave(self, session, group):
        """A member joins, commits and leaves. Returns its generation."""
        member, = stable(session, group, f"once in {group}")
        member.commit(None, committed("disk-many", member.generation, partition=3))
        member.leave()
        member.close()
        return member.generation

    def _begin_live(self, session):
        about = {"session_timeout": _SESSION_TIMEOUT, "rebalance_timeout": _REBALANCE_TIMEOUT}
        members = []
        admit(members, Member(session, "disk-live", "dynamic", **about))
        admit(members, Member(session, "disk-live", "static", instance="disk-instance", **about))
        self._remember(members)

    def _remember(self, members):
        self.live = {m.name: (m.member_id, m.instance) for m in members}
        self.generation = members[0].generation
        for m in members:
            m.close()

    def go_on(self, server):
        """Whoever was in a group still is, and all of them commit once more. Then they join again."""
        self.round += 1
        session = Session(server.bootstrap)
        coordinators_are_ready(session)
        members = []
        for name, (member_id, instance) in self.live.items():
            m = Member(session, "disk-live", name, instance=instance, session_timeout=_SESSION_TIMEOUT, rebalance_timeout=_REBALANCE_TIMEOUT)
            m.member_id, m.generation = member_id, self.generation
            members.append(m)
            answers = [m.heartbeat(), m.sync(), m.commit(None, [{"Name": "disk-many", "Partitions": [
                {"PartitionIndex": 5, "CommittedOffset": self.round, "CommittedMetadata": name}]}])]
            expect(not answers[0]["ErrorCode"], f"a heartbeat of {name} was answered with {answers[0]}")
            expect(answers[1]["Assignment"] == f"for {name}".encode(), f"{name} asked what it is assigned to, and was answered with {answers[1]}")
            expect(not answers[2]["Topics"][0]["Partitions"][0]["ErrorCode"], f"{name} committed, and was answered with {answers[2]}")
        self._restart_the_static_one(members[1])
        rebalance(members)
        expect(members[0].generation == self.generation + 1, f"generation {self.generation} is followed by {members[0].generation}")
        self._remember(members)
        now = self._leave(session, "disk-history")
        expect(self.round == 1 or now > self.history, f"generation {self.history} of an empty group is followed by {now}")
        self.history = now
        for n in range(0, _MANY, 3):
            commit(session, f"disk-many-{n}", {"disk-many": {n % 20: (n + self.round, f"in round {self.round}", self.round)}})
        commit(session, f"disk-round-{self.round}", {"disk-none": {0: (self.round, "", -1)}})
        session.reconnect()

    @staticmethod
    def _restart_the_static_one(member):
        old, generation = member.member_id, member.generation
        member.member_id = ""
        answer = member.join()
        expect((answer["ErrorCode"], answer["GenerationId"]) == (0, generation), f"a static member came back, and was answered with {answer}")
        fenced = member.heartbeat(MemberId=old)
        expect(fenced["ErrorCode"] == 82, f"a static member's old id was answered with {fenced}, not FENCED_INSTANCE_ID")
        member.sync()


class KafkasOwn:
    """What only the real broker can put into __consumer_offsets so far, and must find again: offsets that a transaction
    committed, those that one did not, and a group of the consumer protocol (KIP-848) with a member."""

    GROUP = KAFKAS + "consumers"

    def __init__(self):
        self.member_id = None
        self.seen = None

    def begin(self, server):
        in_transactions(server)
        self.member_id = uuid_text(bytes(range(16)))
        with Connection(server.bootstrap, timeout=60) as connection:
            epoch = 0

            def assigned():
                nonlocal epoch
                answer = self._heartbeat(connection, epoch, first=epoch == 0)
                epoch = answer["MemberEpoch"]
                return answer["Assignment"] and answer["Assignment"]["TopicPartitions"]

            wait_until(assigned, "a consumer is assigned to")
            answer = connection.call("OffsetCommit", 9, {"GroupId": self.GROUP, "MemberId": self.member_id, "GenerationIdOrMemberEpoch": epoch,
                                                         "Topics": [topic_of("disk-compacted", {0: (4, "by its epoch", -1)})]})
            expect(not answer["Topics"][0]["Partitions"][0]["ErrorCode"], f"a consumer committed, and was answered with {answer}")
        self.epoch = epoch
        self.seen = self.photograph(server)

    def check(self, server):
        """All of it is as it was, and the member goes on."""
        now = self.photograph(server)
        expect(now == self.seen, f"what the real broker had put there was {self.seen} and is {now}")
        with Connection(server.bootstrap, timeout=60) as connection:
            answer = self._heartbeat(connection, self.epoch, first=False)
            expect(not answer["ErrorCode"], f"a heartbeat was answered with {answer}")

    def _heartbeat(self, connection, epoch, first):
        answer = connection.call("ConsumerGroupHeartbeat", 1, {
            "GroupId": self.GROUP, "MemberId": self.member_id, "MemberEpoch": epoch, "RebalanceTimeoutMs": _REBALANCE_TIMEOUT if first else -1,
            "SubscribedTopicNames": ["disk-compacted"] if first else None, "TopicPartitions": [] if first else None})
        expect(not answer["ErrorCode"], f"a heartbeat was answered with {answer}")
        return answer

    def photograph(self, server):
        with Connection(server.bootstrap, timeout=60) as connection:
            return (connection.call("ConsumerGroupDescribe", 1, {"GroupIds": [self.GROUP]})["Groups"][0],
                    connection.call("OffsetFetch", 9, {"Groups": [{"GroupId": self.GROUP, "Topics": None}]})["Groups"][0])


def in_transactions(server):
    """One group's offsets are committed by a transaction, and then left by one that is not."""
    producer = Producer({"bootstrap.servers": server.bootstrap, "transactional.id": "disk", "log_level": 2})
    consumer = Consumer({"bootstrap.servers": server.bootstrap, "group.id": "disk-transactions", "log_level": 2})
    producer.init_transactions(60)
    for offset, end in [(5, producer.commit_transaction), (99, producer.abort_transaction)]:
        producer.begin_transaction()
        producer.send_offsets_to_transaction([TopicPartition("disk-none", 0, offset), TopicPartition("disk-many", 1, offset)],
                                             consumer.consumer_group_metadata(), 60)
        end(60)
    consumer.close()


def photograph_groups(server):
    """Every group: its kind and state, its members with all that they have said and been told, its offsets."""
    session = Session(server.bootstrap)
    coordinators_are_ready(session)
    found = {}
    for group in listed(session).values():
        name = group["GroupId"]
        if not name.startswith(KAFKAS):
            offsets = fetched(session, name)
            about = described(session, name)
            found[f"group {name}"] = {
                "listed": group,
                "described": about | {"Members": {m["MemberId"]: m for m in about["Members"]}},
                "offsets": {f"{t['Name']}-{p['PartitionIndex']}": p for t in offsets["Topics"] for p in t["Partitions"]}}
    session.reconnect()
    if len(found) < _MANY:
        raise AssertionError(f"only {len(found)} groups are there")
    return found


def listed(session):
    return {g["GroupId"]: g for g in session.quietly("ListGroups", 5, {})["Groups"]}


def fetched(session, group):
    return session.quietly("OffsetFetch", 9, {"Groups": [{"GroupId": group, "Topics": None}]})["Groups"][0]


def topic_of(name, partitions):
    return {"Name": name, "Partitions": [
        {"PartitionIndex": p, "CommittedOffset": offset, "CommittedMetadata": metadata, "CommittedLeaderEpoch": epoch}
        for p, (offset, metadata, epoch) in partitions.items()]}


def commit(session, group, topics, retention=None):
    """By nobody in particular. Only old versions know of a retention."""
    asked = {"GroupId": group, "Topics": [topic_of(*t) for t in topics.items()]}
    version, more = (9, {}) if retention is None else (4, {"RetentionTimeMs": retention})
    answer = session.quietly("OffsetCommit", version, asked | more)
    expect(not any(p["ErrorCode"] for t in answer["Topics"] for p in t["Partitions"]), f"a commit of {group} was answered with {answer}")


def expect(condition, otherwise):
    if not condition:
        raise AssertionError(otherwise)
