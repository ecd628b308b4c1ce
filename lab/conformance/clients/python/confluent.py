#!/usr/bin/env python3
"""confluent-kafka, and with it the librdkafka that it brings along."""

import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from confluent_kafka import (  # noqa: E402
    OFFSET_BEGINNING,
    OFFSET_END,
    Consumer,
    IsolationLevel,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic, OffsetSpec  # noqa: E402

from clients.python import cases  # noqa: E402
from clients.python.adapter import Adapter, Got, Refused  # noqa: E402

BOOTSTRAP = os.environ["BOOTSTRAP"]
QUIET = {"bootstrap.servers": BOOTSTRAP, "log_level": 3}
NOT_A_TIME = 0


def refused(action):
    try:
        return action()
    except KafkaException as error:
        raise Refused(error.args[0].code()) from error


class Confluent(Adapter):
    def produce(self, topic, records, acks="all", compression="none", idempotent=False, max_request=1_000_000, create=True):
        producer = Producer(QUIET | {
            "acks": acks, "compression.type": compression, "enable.idempotence": idempotent, "message.max.bytes": max_request,
            "linger.ms": 5, "partitioner": "murmur2_random", "allow.auto.create.topics": create})
        placed, errors = [None] * len(records), []
        for index, r in enumerate(records):
            def delivered(error, message, index=index):
                if error:
                    errors.append(error)
                else:
                    placed[index] = (message.partition(), message.offset())

            producer.produce(topic, value=r.value, key=r.key, headers=r.headers, on_delivery=delivered,
                             timestamp=r.timestamp or NOT_A_TIME, partition=-1 if r.partition is None else r.partition)
        left = producer.flush(60)
        if errors:
            raise Refused(errors[0].code())
        if left:
            raise TimeoutError(f"{left} records were not delivered")
        return placed

    def read(self, topic, starts, count, isolation="read_uncommitted", partition_bytes=1 << 20, reset="none"):
        consumer = Consumer(QUIET | {
            "group.id": "not-used", "enable.auto.commit": False, "isolation.level": isolation,
            "max.partition.fetch.bytes": partition_bytes, "auto.offset.reset": "error" if reset == "none" else reset,
            "fetch.wait.max.ms": 100})
        special = {"beginning": OFFSET_BEGINNING, "end": OFFSET_END}
        try:
            consumer.assign([TopicPartition(topic, p, special.get(start, start)) for p, start in starts.items()])
            got = []
            for _ in range(100 if count else 1):
                for m in consumer.consume(1000, 0.5):
                    if m.error():
                        raise Refused(m.error().code())
                    kind, timestamp = m.timestamp()
                    got.append(Got(m.partition(), m.offset(), timestamp, kind - 1, m.key(), m.value(), m.headers() or []))
                if len(got) >= count:
                    break
            return got[:count] if count else got
        finally:
            consumer.close()

    def with_consumer(self, action):
        consumer = Consumer(QUIET | {"group.id": "not-used"})
        try:
            return refused(lambda: action(consumer))
        finally:
            consumer.close()

    def bounds(self, topic, partition):
        return self.with_consumer(lambda c: c.get_watermark_offsets(TopicPartition(topic, partition), timeout=30))

    def offset_at(self, topic, partition, timestamp):
        found = self.with_consumer(lambda c: c.offsets_for_times([TopicPartition(topic, partition, timestamp)], timeout=30))[0]
        return None if found.offset == OFFSET_END else found.offset

    def admin(self, action):
        admin = AdminClient(QUIET)
        return refused(lambda: action(admin))

    def create(self, name, partitions=1, replicas=1, configs=None):
        new = NewTopic(name, partitions, replicas, config=configs or {})
        self.admin(lambda a: a.create_topics([new])[name].result(60))

    def delete(self, name):
        self.admin(lambda a: a.delete_topics([name])[name].result(60))

    def grow(self, name, partitions):
        self.admin(lambda a: a.create_partitions([NewPartitions(name, partitions)])[name].result(60))

    def delete_records(self, topic, offsets):
        asked = [TopicPartition(topic, p, OFFSET_END if o == -1 else o) for p, o in offsets.items()]
        self.admin(lambda a: [f.result(60) for f in a.delete_records(asked).values()])

    def configs(self, topic):
        resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
        return {name: e.value for name, e in self.admin(lambda a: a.describe_configs([resource])[resource].result(60)).items()}

    def topics(self):
        return set(self.admin(lambda a: a.list_topics(timeout=30)).topics)

    def partitions(self, topic):
        return len(self.admin(lambda a: a.list_topics(topic, timeout=30)).topics[topic].partitions)

    def brokers(self):
        nodes = self.admin(lambda a: a.describe_cluster().result(60)).nodes
        return [(n.id, n.host, n.port) for n in nodes]


@cases.case
def the_admin_lists_offsets_of_every_kind():
    name = cases.topic("list-offsets")
    times = [cases.THEN, cases.THEN + 9, cases.THEN + 3]
    cases.client.produce(name, [cases.Sent(b"v", timestamp=t) for t in times])
    where, admin = TopicPartition(name, 0), AdminClient(QUIET)
    for spec, expected in [(OffsetSpec.earliest(), 0), (OffsetSpec.latest(), 3), (OffsetSpec.max_timestamp(), 1),
                           (OffsetSpec.for_timestamp(cases.THEN + 1), 1)]:
        found = admin.list_offsets({where: spec}, isolation_level=IsolationLevel.READ_UNCOMMITTED)[where].result(60)
        cases.equal(found.offset, expected, str(spec))


cases.run(Confluent())
