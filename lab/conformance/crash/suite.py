#!/usr/bin/env python3
"""kill -9 while everybody writes with acks=all: every record that was acknowledged is there once, and in order.

CRASH_ROUNDS says how often (20 times if it does not).
"""

import os
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from confluent_kafka import Consumer, TopicPartition  # noqa: E402

from crash.writers import PARTITIONS, Idempotent, OneByOne  # noqa: E402
from disk.writer import create  # noqa: E402
from harness.check import case, equal, run, true  # noqa: E402
from harness.server import Server, Target  # noqa: E402
from raw.connection import Connection  # noqa: E402
from raw.topics import wait_until_led  # noqa: E402

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "20"))
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
SMALL_SEGMENTS = {"segment.bytes": str(1 << 20), "segment.index.bytes": "4096"}

TOPICS = {"crash-idempotent": {}, "crash-idempotent-lz4": SMALL_SEGMENTS, "crash-one-by-one": {}}


class Reader:
    """Everything that was ever read of each partition, read on from where it was left."""

    def __init__(self, bootstrap):
        self.bootstrap = bootstrap
        self.found = {}  # (topic, partition) to numbers

    def read_on(self):
        """Reads to the ends as they are now. An offset that does not follow the one before is an error."""
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "not-used", "enable.auto.commit": False,
                             "log_level": 2, "auto.offset.reset": "error", "fetch.wait.max.ms": 20})
        ends = {}
        for topic in TOPICS:
            for partition in range(PARTITIONS):
                ends[topic, partition] = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=30)[1]
        numbers = {where: self.found.setdefault(where, []) for where in ends}
        behind = {where for where in ends if len(numbers[where]) < ends[where]}
        consumer.assign([TopicPartition(*where, len(numbers[where])) for where in behind])
        limit = time.monotonic() + 60
        while behind:
            true(time.monotonic() < limit, f"could not read to the end of {sorted(behind)}")
            for message in consumer.consume(5000, 0.2):
                equal(message.error(), None)
                where = message.topic(), message.partition()
                if message.offset() >= ends[where]:
                    continue
                equal(message.offset(), len(numbers[where]), f"the next offset of {where}")
                numbers[where].append(int(message.value()))
                if len(numbers[where]) == ends[where]:
                    behind.discard(where)
        consumer.close()
        for where, end in ends.items():
            true(len(numbers[where]) == end, f"{where} ends at {end}, and {len(numbers[where])} records were read before")


def check(reader, writers, acknowledged):
    """`acknowledged` was taken before the reading began: what is acknowledged later may not have been read."""
    problems = [problem for writer in writers for problem in writer.errors]
    for writer, counts in zip(writers, acknowledged):
        for partition in range(PARTITIONS):
            found = reader.found[writer.topic, partition]
            problems += writer.problems(partition, found)
            if counts and len(found) < counts[partition]:
                problems.append(f"{writer.topic}-{partition}: {counts[partition]} were acknowledged, {len(found)} are there")
    equal(problems[:10], [])


@case
def what_was_acknowledged_is_there_once_and_in_order():
    chance = random.Random(SEED)
    server = Server(Target.from_environment(), pathlib.Path(os.environ["WORK"]) / "node", int(os.environ["PORTS"]))
    server.format()
    server.start()
    with Connection(server.bootstrap) as connection:
        for topic, configs in TOPICS.items():
            create(connection, topic, PARTITIONS, configs)
    idempotent = [Idempotent(server.bootstrap, "crash-idempotent", "none"), Idempotent(server.bootstrap, "crash-idempotent-lz4", "lz4")]
    one_by_one = OneByOne(server.bootstrap, "crash-one-by-one")
    reader = Reader(server.bootstrap)
    try:
        for number in range(1, ROUNDS + 1):
            time.sleep(chance.uniform(0.3, 3.0))
            acknowledged = [list(w.acknowledged) for w in idempotent]
            server.kill()
            took = server.start()
            wait_until_all_is_led(server)
            reader.read_on()
            check(reader, idempotent, acknowledged)
            print(f"# round {number}: {sum(map(sum, acknowledged))} acknowledged, served again after {took:.1f} s", flush=True)
        for writer in (*idempotent, one_by_one):
            writer.finish()
        # The last word is that of a broker which ended cleanly in between.
        server.stop()
        server.start()
        wait_until_all_is_led(server)
        whole = Reader(server.bootstrap)
        whole.read_on()
        check(whole, [*idempotent, one_by_one], [w.acknowledged for w in idempotent] + [None])
        for writer in idempotent:
            for partition in range(PARTITIONS):
                equal(len(whole.found[writer.topic, partition]), writer.produced[partition], f"records of {writer.topic}-{partition}")
        true(all(len(a) > ROUNDS for a in one_by_one.acknowledged), "hardly anything was acknowledged")
        server.stop()
    finally:
        server.kill()


def wait_until_all_is_led(server):
    with Connection(server.bootstrap) as connection:
        for topic in TOPICS:
            wait_until_led(connection, topic, PARTITIONS)


print(f"# SEED={SEED}, {ROUNDS} rounds", flush=True)
run()
