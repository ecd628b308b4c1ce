#!/usr/bin/env python3
"""kafka-python's consumers and what its admin client does with groups, on command."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from kafka import ConsumerRebalanceListener, KafkaConsumer, OffsetAndMetadata, TopicPartition  # noqa: E402
from kafka import errors  # noqa: E402
from kafka.admin import KafkaAdminClient, MemberToRemove, OffsetSpec  # noqa: E402
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor  # noqa: E402
from kafka.coordinator.assignors.range import RangePartitionAssignor  # noqa: E402
from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor  # noqa: E402
from kafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor  # noqa: E402

from clients.python import members  # noqa: E402

# A poll that ends while a member joins for the first time can lose its assignment, so that it must take longer than that.
POLL_MILLISECONDS = 1000
STRATEGIES = {
    "range": RangePartitionAssignor, "roundrobin": RoundRobinPartitionAssignor,
    "sticky": StickyPartitionAssignor, "cooperative": CooperativeStickyAssignor,
}


def pairs(partitions):
    return [[p.topic, p.partition] for p in partitions]


def partitions_of(pairs):
    return [TopicPartition(t, p) for t, p in pairs]


class Listener(ConsumerRebalanceListener):
    def __init__(self, tell):
        self.tell = tell

    def on_partitions_assigned(self, assigned):
        self.tell("assigned", partitions=pairs(assigned))

    def on_partitions_revoked(self, revoked):
        self.tell("revoked", partitions=pairs(revoked))

    def on_partitions_lost(self, lost):
        self.tell("revoked", partitions=pairs(lost))


class Consumer(members.Consumer):
    def __init__(self, name, settings, tell):
        more = {}
        if settings.get("strategies"):
            more["partition_assignment_strategy"] = [STRATEGIES[s] for s in settings["strategies"]]
        self.consumer = KafkaConsumer(
            bootstrap_servers=members.BOOTSTRAP, client_id=name, group_id=settings["group"],
            group_instance_id=settings.get("instance"), session_timeout_ms=settings["session"],
            heartbeat_interval_ms=settings["heartbeat"], auto_offset_reset=settings["reset"], metadata_max_age_ms=500,
            enable_auto_commit=bool(settings.get("autoCommit")), auto_commit_interval_ms=settings.get("autoCommit") or 5000,
            fetch_max_wait_ms=100, max_poll_interval_ms=60000, **more)
        if settings.get("assign"):
            self.consumer.assign(partitions_of(settings["assign"]))
        else:
            self.consumer.subscribe(topics=settings["topics"] or (), pattern=settings.get("pattern"), listener=Listener(tell))

    def poll(self):
        found = self.consumer.poll(timeout_ms=POLL_MILLISECONDS).values()
        return [[r.topic, r.partition, r.offset, r.value.decode()] for batch in found for r in batch]

    def commit(self, offsets):
        self.consumer.commit(offsets and {TopicPartition(t, p): OffsetAndMetadata(o, m, -1) for t, p, o, m in offsets})

    def pause(self, partitions):
        self.consumer.pause(*partitions_of(partitions))

    def resume(self, partitions):
        self.consumer.resume(*partitions_of(partitions))

    def seek(self, partition, offset):
        self.consumer.seek(TopicPartition(*partition), offset)

    def close(self):
        self.consumer.close()


def with_admin(action):
    def call(**arguments):
        admin = KafkaAdminClient(bootstrap_servers=members.BOOTSTRAP)
        try:
            return action(admin, **arguments)
        finally:
            admin.close()
    return call


def raise_any(results):
    """Some calls answer with an error's class for each thing instead of raising it."""
    for kind in results.values():
        if kind is not errors.NoError:
            raise kind()


def groups(admin):
    return [g["group_id"] for g in admin.list_groups()]


def describe(admin, group):
    found = admin.describe_groups([group])[group]
    if found["error"]:
        raise errors.KafkaError(found["error"])
    return {"state": found["group_state"], "protocol": found["protocol_data"],
            "members": [{"client": m["client_id"], "instance": m["group_instance_id"], "partitions": assigned(m)} for m in found["members"]]}


def assigned(member):
    assignment = member["member_assignment"]
    topics = assignment["assigned_partitions"] if assignment else []
    return [[t["topic"], p] for t in topics for p in t["partitions"]]


def offsets(admin, group, topics):
    found = admin.list_group_offsets({group: None})[group]
    return [[p.topic, p.partition, o.offset, o.metadata] for p, o in found.items()]


def set_offsets(admin, group, offsets):
    raise_any(admin.alter_group_offsets(group, {TopicPartition(t, p): OffsetAndMetadata(o, "", -1) for t, p, o in offsets}))


def reset_offsets(admin, group, topic, end):
    where = OffsetSpec.EARLIEST if end == "earliest" else OffsetSpec.LATEST
    partitions = range(len(admin.describe_topics([topic])[0]["partitions"]))
    done = admin.reset_group_offsets(group, {TopicPartition(topic, p): where for p in partitions})
    raise_any({p: result["error"] for p, result in done.items()})


def delete_offsets(admin, group, partitions):
    raise_any(admin.delete_group_offsets(group, partitions_of(partitions)))


def delete(admin, group):
    result = admin.delete_groups([group])[group]
    if result != "OK":
        raise getattr(errors, result)()


def remove_members(admin, group, instances):
    raise_any(admin.remove_group_members(group, [MemberToRemove(group_instance_id=i) for i in instances]))


class Library(members.Library):
    # Not "grows" and "pattern-refresh": where the leader's topics change and poll() gives up between its JoinGroup and its
    # SyncGroup, the next poll() sees nothing to join for, and the member stays without an assignment (3.0.12).
    features = ("pattern", "cooperative", "static", "strategies", "assign", "reset-none",
                "describes-assignments", "delete-group", "set-offsets", "set-offsets-refused", "reset-offsets", "delete-offsets",
                "remove-members")
    consumer = Consumer
    calls = {
        "groups": with_admin(groups), "describe": with_admin(describe), "offsets": with_admin(offsets),
        "set-offsets": with_admin(set_offsets), "reset-offsets": with_admin(reset_offsets), "delete-offsets": with_admin(delete_offsets),
        "delete": with_admin(delete), "remove-members": with_admin(remove_members),
    }

    @staticmethod
    def error_name(error):
        if isinstance(error, errors.NoOffsetForPartitionError):
            return "NO_OFFSET"
        return getattr(error, "message", None) or f"{type(error).__name__}: {error}"


members.run(Library)
