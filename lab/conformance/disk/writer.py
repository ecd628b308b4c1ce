"""Puts into a broker what a directory may have in it, and goes on with it after the directory has changed hands."""

import random
import time

from confluent_kafka import Producer

from raw import batches
from raw.connection import Connection
from raw.topics import wait_until_gone, wait_until_led

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
THEN = 1_700_000_000_000
SEGMENT = 1 << 20  # the least that a topic's segment.bytes may be

_TOPICS = {
    **{f"disk-{codec}": (1, {}) for codec in CODECS},
    "disk-segments": (1, {"segment.bytes": str(SEGMENT), "index.interval.bytes": "1000"}),
    "disk-many": (20, {}),
    "disk-compacted": (2, {"cleanup.policy": "compact"}),
    "disk-append-time": (1, {"message.timestamp.type": "LogAppendTime"}),
    "disk-recompressed": (1, {"compression.type": "zstd", "max.message.bytes": "2000000"}),
    "disk-idempotent": (2, {}),
    "disk-shortened": (1, {"segment.bytes": str(SEGMENT)}),
    "disk-emptied": (1, {}),
    "disk-never-written": (3, {"retention.ms": "123456789"}),
}

SHORTENED = ("disk-shortened", "disk-emptied")


class Writer:
    """Remembers what it may go on with."""

    def __init__(self):
        self.producer_id = None
        self.sequences = {0: 0, 1: 0}
        self.last = {}  # partition to (batch, base offset)
        self.round = 0

    def begin(self, server, groups):
        with Connection(server.bootstrap, timeout=60) as connection:
            for name, (partitions, configs) in _TOPICS.items():
                create(connection, name, partitions, configs)
            create(connection, "disk-gone", 2, {})
            self.producer_id = producer_id(connection)
        self.go_on(server)
        groups.begin(server)
        with Connection(server.bootstrap, timeout=60) as connection:
            connection.call("DeleteTopics", 6, {"Topics": [{"Name": "disk-gone"}], "TimeoutMs": 10000})
            wait_until_gone(connection, "disk-gone")
            delete_records(connection, "disk-emptied", -1)
        groups.after_deletions(server)

    def go_on(self, server):
        """One more round of everything. The first round of a broker that has taken the directory over shows that
        appends follow where the other left off."""
        self.round += 1
        self.by_librdkafka(server)
        with Connection(server.bootstrap, timeout=60) as connection:
            for name in ("disk-append-time", "disk-emptied"):
                append(connection, name, 0, batches.batch([batches.Record(b"%d" % self.round, b"k", THEN)]))
            for partition in (0, 1):
                for _ in range(3):
                    self.idempotent(connection, partition)
            end = append(connection, "disk-shortened", 0, batches.batch([batches.Record(b"x" * 700_000, None, THEN)]))
            append(connection, "disk-shortened", 0, batches.batch([batches.Record(b"y" * 700_000, None, THEN)]))
            delete_records(connection, "disk-shortened", end)
            create(connection, f"disk-round-{self.round}", 1, {})

    def by_librdkafka(self, server):
        chance = random.Random(self.round)
        for codec in CODECS:
            producer = Producer({"bootstrap.servers": server.bootstrap, "acks": "all", "compression.type": codec, "linger.ms": 5, "log_level": 3})
            errors = []
            for i in range(300):
                for name in (f"disk-{codec}", "disk-recompressed", "disk-compacted"):
                    producer.produce(name, value=f"{codec} {i} ".encode() * 10, key=b"%d" % (i % 40), timestamp=THEN + i,
                                     headers=[("round", b"%d" % self.round)], on_delivery=lambda e, _: e and errors.append(e))
                producer.produce("disk-many", value=b"%d" % i, partition=i % 20, timestamp=THEN + i)
            for i in range(600):
                producer.produce("disk-segments", value=chance.randbytes(1000), timestamp=THEN + i)
            if producer.flush(60) or errors:
                raise AssertionError(f"not delivered: {errors[:1]}")

    def idempotent(self, connection, partition):
        sequence = self.sequences[partition]
        # A producer whose last batch is a day old by its own time is forgotten by a broker that starts.
        now = int(time.time() * 1000)
        data = batches.batch([batches.Record(b"%d" % (sequence + i), None, now) for i in range(5)],
                             producer_id=self.producer_id, producer_epoch=0, base_sequence=sequence)
        self.last[partition] = data, append(connection, "disk-idempotent", partition, data)
        self.sequences[partition] += 5

    def idempotence_goes_on(self, server):
        """What a broker must know of the producer from the directory alone: its last batch, and what comes next."""
        with Connection(server.bootstrap, timeout=60) as connection:
            for partition, (data, offset) in self.last.items():
                again = append(connection, "disk-idempotent", partition, data)
                if again != offset:
                    raise AssertionError(f"the last batch again was given offset {again}, and had {offset}")
                late = batches.batch([batches.Record(b"late", None, THEN)], producer_id=self.producer_id, producer_epoch=0,
                                     base_sequence=self.sequences[partition] + 7)
                error = produce(connection, "disk-idempotent", partition, late)["ErrorCode"]
                if error != 45:
                    raise AssertionError(f"a gap in the sequence was answered with {error}, not OUT_OF_ORDER_SEQUENCE_NUMBER")
                self.idempotent(connection, partition)


def create(connection, name, partitions, configs):
    answer = connection.call("CreateTopics", 7, {"Topics": [{"Name": name, "NumPartitions": partitions, "ReplicationFactor": 1, "Configs": [
        {"Name": k, "Value": v} for k, v in configs.items()]}]})["Topics"][0]
    if answer["ErrorCode"]:
        raise AssertionError(f"creating {name}: {answer['ErrorCode']} {answer['ErrorMessage']}")
    wait_until_led(connection, name, partitions)


def producer_id(connection):
    while True:
        answer = connection.call("InitProducerId", 4, {"TransactionalId": None, "TransactionTimeoutMs": 60000})
        if answer["ErrorCode"] != 14:  # COORDINATOR_LOAD_IN_PROGRESS
            return answer["ProducerId"]


def produce(connection, name, partition, data):
    answer = connection.call("Produce", 9, {"Acks": -1, "TimeoutMs": 30000, "TopicData": [
        {"Name": name, "PartitionData": [{"Index": partition, "Records": data}]}]})
    return answer["Responses"][0]["PartitionResponses"][0]


def append(connection, name, partition, data):
    answer = produce(connection, name, partition, data)
    if answer["ErrorCode"]:
        raise AssertionError(f"producing to {name}-{partition}: {answer['ErrorCode']} {answer['ErrorMessage']}")
    return answer["BaseOffset"]


def delete_records(connection, name, offset):
    answer = connection.call("DeleteRecords", 2, {"TimeoutMs": 10000, "Topics": [{"Name": name, "Partitions": [
        {"PartitionIndex": 0, "Offset": offset}]}]})
    if answer["Topics"][0]["Partitions"][0]["ErrorCode"]:
        raise AssertionError(f"deleting records of {name}: {answer}")
