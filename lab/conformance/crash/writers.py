"""Two kinds of producers that go on through every crash, and remember what was acknowledged to them.

Each record's value is its number in its partition, so that a reader sees a loss, a repetition and a disorder.
"""

import threading

from confluent_kafka import Producer

from raw import batches
from raw.connection import Connection

PARTITIONS = 3


class Idempotent:
    """librdkafka's idempotent producer: it repeats what was not acknowledged, and everything must be there once."""

    def __init__(self, bootstrap, topic, codec):
        self.topic = topic
        self.acknowledged = [0] * PARTITIONS  # how many, counted without a gap
        self.produced = [0] * PARTITIONS
        self.errors = []
        self.stopping = threading.Event()
        self.producer = Producer({
            "bootstrap.servers": bootstrap, "enable.idempotence": True, "acks": "all", "compression.type": codec, "linger.ms": 2,
            "batch.num.messages": 100, "queue.buffering.max.messages": 5000, "message.timeout.ms": 0, "log_level": 2,
            "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 200, "retry.backoff.ms": 20, "retry.backoff.max.ms": 200})
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    def _work(self):
        while not self.stopping.is_set():
            for partition in range(PARTITIONS):
                number = self.produced[partition]
                try:
                    self.producer.produce(self.topic, value=b"%d" % number, partition=partition, on_delivery=self._delivered)
                except BufferError:
                    self.producer.poll(0.05)
                    continue
                self.produced[partition] += 1
            self.producer.poll(0)

    def _delivered(self, error, message):
        if error:
            self.errors.append(str(error))
        elif int(message.value()) != self.acknowledged[message.partition()]:
            self.errors.append(f"{message.value()} was acknowledged out of order")
        else:
            self.acknowledged[message.partition()] += 1

    def finish(self):
        """Stops producing and waits until all is acknowledged."""
        self.stopping.set()
        self.thread.join()
        left = self.producer.flush(60)
        if left:
            self.errors.append(f"{left} records were never acknowledged")

    def problems(self, partition, found):
        """What is wrong with the numbers that were read from a partition while this goes on."""
        if found != list(range(len(found))):
            at = next(i for i, number in enumerate(found) if number != i)
            yield f"{self.topic}-{partition}: at {at} stands {found[at]}"


class OneByOne:
    """One request at a time with acks=all, and nothing is ever repeated: a number whose answer was lost may be there
    or not, and one that was acknowledged must be there once."""

    def __init__(self, bootstrap, topic, partitions=PARTITIONS):
        self.bootstrap = bootstrap
        self.topic = topic
        self.acknowledged = [[] for _ in range(partitions)]
        self.errors = []
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    def _work(self):
        number, connection = 0, None
        while not self.stopping.is_set():
            partition = number % len(self.acknowledged)
            data = batches.batch([batches.Record(b"%d" % number, b"k", 1_700_000_000_000)], ("none", "gzip", "lz4")[number // 3 % 3])
            number += 1
            try:
                connection = connection or Connection(self.bootstrap, timeout=10)
                answer = connection.call("Produce", 9, {"Acks": -1, "TimeoutMs": 5000, "TopicData": [
                    {"Name": self.topic, "PartitionData": [{"Index": partition, "Records": data}]}]})
            except (OSError, EOFError):
                connection = None
                self.stopping.wait(0.02)
                continue
            error = answer["Responses"][0]["PartitionResponses"][0]["ErrorCode"]
            if error == 0:
                self.acknowledged[partition].append(number - 1)
            elif error not in (3, 5, 6, 7):  # not led yet after a start, or timed out
                self.errors.append(f"{self.topic}-{partition}: error {error}")

    def finish(self):
        self.stopping.set()
        self.thread.join()

    def problems(self, partition, found):
        if any(b <= a for a, b in zip(found, found[1:])):
            at = next(i for i, (a, b) in enumerate(zip(found, found[1:])) if b <= a)
            yield f"{self.topic}-{partition}: {found[at]} is followed by {found[at + 1]}"
        lost = set(self.acknowledged[partition]) - set(found)
        if lost:
            yield f"{self.topic}-{partition}: {len(lost)} acknowledged records are lost, the first is {min(lost)}"
