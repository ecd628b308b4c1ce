#!/usr/bin/env python3
"""confluent-kafka's consumers and what its admin client does with groups, on command."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from confluent_kafka import Consumer as KafkaConsumer  # noqa: E402
from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, KafkaException, TopicPartition  # noqa: E402
from confluent_kafka.admin import AdminClient  # noqa: E402

from clients.python import members  # noqa: E402

STRATEGIES = {"range": "range", "roundrobin": "roundrobin", "cooperative": "cooperative-sticky"}
STATES = {"PREPARING_REBALANCING": "PreparingRebalance", "COMPLETING_REBALANCING": "CompletingRebalance"}


def pairs(partitions):
    return [[p.topic, p.partition] for p in partitions]


def partitions_of(pairs):
    return [TopicPartition(t, p) for t, p in pairs]


class Consumer(members.Consumer):
    def __init__(self, name, settings, tell):
        self.tell = tell
        config = {
            "bootstrap.servers": members.BOOTSTRAP, "client.id": name, "group.id": settings["group"], "log_level": 3,
            "session.timeout.ms": settings["session"], "heartbeat.interval.ms": settings["heartbeat"],
            "auto.offset.reset": "error" if settings["reset"] == "none" else settings["reset"],
            "enable.auto.commit": bool(settings.get("autoCommit")), "auto.commit.interval.ms": settings.get("autoCommit") or 5000,
            "topic.metadata.refresh.interval.ms": 500, "fetch.wait.max.ms": 100, "max.poll.interval.ms": 60000,
        }
        if settings.get("instance"):
            config["group.instance.id"] = settings["instance"]
        if settings.get("strategies"):
            config["partition.assignment.strategy"] = ",".join(STRATEGIES[s] for s in settings["strategies"])
        self.consumer = KafkaConsumer(config)
        if settings.get("assign"):
            self.consumer.assign(partitions_of(settings["assign"]))
        else:
            topics = settings["topics"] or [settings["pattern"]]
            self.consumer.subscribe(topics, on_assign=self.assigned, on_revoke=self.revoked, on_lost=self.revoked)

    def assigned(self, _, partitions):
        self.tell("assigned", partitions=pairs(partitions))

    def revoked(self, _, partitions):
        self.tell("revoked", partitions=pairs(partitions))

    def poll(self):
        found = []
        for message in self.consumer.consume(500, members.POLL_SECONDS):
            if message.error():
                raise KafkaException(message.error())
            found.append([message.topic(), message.partition(), message.offset(), message.value().decode()])
        return found

    def commit(self, offsets):
        if offsets is None:
            self.consumer.commit(asynchronous=False)
            return
        done = self.consumer.commit(offsets=[TopicPartition(t, p, o, metadata=m) for t, p, o, m in offsets], asynchronous=False)
        for partition in done:
            if partition.error:
                raise KafkaException(partition.error)

    def pause(self, partitions):
        self.consumer.pause(partitions_of(partitions))

    def resume(self, partitions):
        self.consumer.resume(partitions_of(partitions))

    def seek(self, partition, offset):
        self.consumer.seek(TopicPartition(*partition, offset))

    def close(self):
        self.consumer.close()


ADMIN = AdminClient({"bootstrap.servers": members.BOOTSTRAP, "log_level": 3})


def groups():
    found = ADMIN.list_consumer_groups().result(30)
    if found.errors:
        raise found.errors[0]
    return [g.group_id for g in found.valid]


def describe(group):
    found = ADMIN.describe_consumer_groups([group])[group].result(30)
    state = STATES.get(found.state.name, found.state.name.capitalize())
    return {"state": state, "protocol": found.partition_assignor, "members": [
        {"client": m.client_id, "instance": m.group_instance_id, "partitions": pairs(m.assignment.topic_partitions)} for m in found.members]}


def offsets(group, topics):
    found = ADMIN.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result(30)
    return [[p.topic, p.partition, p.offset, p.metadata or ""] for p in found.topic_partitions]


def set_offsets(group, offsets):
    asked = ConsumerGroupTopicPartitions(group, [TopicPartition(t, p, o) for t, p, o in offsets])
    for partition in ADMIN.alter_consumer_group_offsets([asked])[group].result(30).topic_partitions:
        if partition.error:
            raise KafkaException(partition.error)


def delete(group):
    ADMIN.delete_consumer_groups([group])[group].result(30)


class Library(members.Library):
    features = ("grows", "pattern", "pattern-refresh", "cooperative", "static", "strategies", "assign", "reset-none",
                "describes-assignments", "delete-group", "set-offsets", "set-offsets-refused")
    consumer = Consumer
    calls = {"groups": groups, "describe": describe, "offsets": offsets, "set-offsets": set_offsets, "delete": delete}

    @staticmethod
    def error_name(error):
        if not isinstance(error, KafkaException):
            return f"{type(error).__name__}: {error}"
        reason = error.args[0]
        if reason.code() == KafkaError._AUTO_OFFSET_RESET:
            return "NO_OFFSET"
        # A fatal error stands for the one that made it so, which its text has.
        return f"{reason.name()}: {reason.str()}" if reason.name().startswith("_") else reason.name()


members.run(Library)
