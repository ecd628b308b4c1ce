"""Topics that there is something to compact in, written with the real broker: with transactions, which it has."""

import random
import time

from confluent_kafka import Producer

from disk.writer import append, create, producer_id
from raw import batches
from raw.connection import Connection
from raw.topics import wait_until_led

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
THEN = 1_700_000_000_000
SECOND = 1000

# A record that is a second younger than the segment's first begins a new segment.
ROLLING = {"segment.ms": str(SECOND), "cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.01"}
TOPICS = {
    "compact-codecs": ROLLING,
    "compact-producers": ROLLING,
    "compact-transactions": ROLLING,
    "compact-tombstones": ROLLING | {"delete.retention.ms": "1"},
    "compact-short-transactions": ROLLING | {"delete.retention.ms": "1"},
    "compact-append-time": ROLLING | {"message.timestamp.type": "LogAppendTime", "segment.ms": "20"},
    "compact-and-delete": ROLLING | {"cleanup.policy": "compact,delete"},
    "compact-not-yet": {"segment.ms": str(SECOND)},
}


class Workload:
    """Goes on with the same producers from round to round."""

    def __init__(self):
        self.chance = random.Random(7)
        self.producers = []
        self.sequences = {}
        self.clock = THEN
        self.began = int(time.time() * 1000)

    def begin(self, server):
        with Connection(server.bootstrap, timeout=60) as connection:
            for name, configs in TOPICS.items():
                create(connection, name, 1, configs)
                wait_until_led(connection, name, 1)
            self.producers = [producer_id(connection) for _ in range(3)]

    def go_on(self, server, rounds=6, without_keys=False):
        """More of everything. A topic takes records without keys until it is compacted."""
        with Connection(server.bootstrap, timeout=60) as connection:
            for _ in range(rounds):
                self.clock += 2 * SECOND
                for codec in CODECS:
                    self.put(connection, "compact-codecs", self.some(4), codec=codec)
                for number in self.producers:
                    self.put_idempotently(connection, number, self.some(3))
                self.put(connection, "compact-producers", self.some(2))
                self.put(connection, "compact-tombstones", self.some(4, tombstones=0.5))
                self.put(connection, "compact-append-time", self.some(4), codec=self.chance.choice(CODECS[:4]))
                self.put(connection, "compact-and-delete", self.some(4))
                self.put(connection, "compact-not-yet", self.some(3) + [batches.Record(b"nobody's", None, self.clock)] * without_keys)
                time.sleep(0.05)
        for topic in ("compact-transactions", "compact-short-transactions"):
            self.transactions(server, topic, rounds)

    def some(self, count, tombstones=0.2):
        return [batches.Record(None if self.chance.random() < tombstones else b"%d" % self.chance.randrange(10**6) * 5,
                               b"key-%d" % self.chance.randrange(15), self.clock + i, [("h", b"%d" % i)]) for i in range(count)]

    def put(self, connection, topic, records, **more):
        append(connection, topic, 0, batches.batch(records, **more))

    def put_idempotently(self, connection, number, records):
        # A producer whose records are days old is forgotten when the log is opened.
        now = self.began + self.clock - THEN
        records = [batches.Record(r.value, r.key, now + i) for i, r in enumerate(records)]
        sequence = self.sequences.get(number, 0)
        self.put(connection, "compact-producers", records, producer_id=number, producer_epoch=0, base_sequence=sequence)
        self.sequences[number] = sequence + len(records)

    def transactions(self, server, topic, rounds):
        for name in ("a", "b"):
            producer = Producer({"bootstrap.servers": server.bootstrap, "transactional.id": f"{topic}-{name}", "linger.ms": 0, "log_level": 3})
            producer.init_transactions(60)
            for number in range(rounds):
                producer.begin_transaction()
                self.clock += 2 * SECOND
                for record in self.some(3):
                    producer.produce(topic, value=record.value, key=record.key, timestamp=record.timestamp, partition=0)
                    producer.flush(30)
                if number % 3 == 1:
                    producer.abort_transaction(30)
                else:
                    producer.commit_transaction(30)
