#!/usr/bin/env python3
"""kafka-python: KafkaProducer, KafkaConsumer and KafkaAdminClient."""

import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

import kafka  # noqa: E402
from kafka import TopicPartition  # noqa: E402
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewPartitions, NewTopic  # noqa: E402
from kafka.errors import BrokerResponseError  # noqa: E402

from clients.python import cases  # noqa: E402
from clients.python.adapter import Adapter, Got, Refused  # noqa: E402

BOOTSTRAP = os.environ["BOOTSTRAP"]


def refused(action):
    try:
        return action()
    except BrokerResponseError as error:
        raise Refused(error.errno) from error


class KafkaPython(Adapter):
    null_headers = False
    null_records = False

    def produce(self, topic, records, acks="all", compression="none", idempotent=False, max_request=1_000_000, create=True):
        producer = kafka.KafkaProducer(
            bootstrap_servers=BOOTSTRAP, acks=acks, compression_type=None if compression == "none" else compression,
            enable_idempotence=idempotent, max_request_size=max_request, linger_ms=5, allow_auto_create_topics=create)
        try:
            waiting = [
                producer.send(topic, value=r.value, key=r.key, headers=r.headers, timestamp_ms=r.timestamp, partition=r.partition)
                for r in records
            ]
            producer.flush(60)
            done = [refused(lambda f=f: f.get(30)) for f in waiting]
            return [(d.partition, d.offset) for d in done]
        finally:
            producer.close()

    def consumer(self, **settings):
        return kafka.KafkaConsumer(bootstrap_servers=BOOTSTRAP, enable_auto_commit=False, **settings)

    def read(self, topic, starts, count, isolation="read_uncommitted", partition_bytes=1 << 20, reset="none"):
        consumer = self.consumer(isolation_level=isolation, max_partition_fetch_bytes=partition_bytes, auto_offset_reset=reset)
        try:
            partitions = [TopicPartition(topic, p) for p in starts]
            consumer.assign(partitions)
            for partition in partitions:
                start = starts[partition.partition]
                if start == "beginning":
                    consumer.seek_to_beginning(partition)
                elif start == "end":
                    consumer.seek_to_end(partition)
                else:
                    consumer.seek(partition, start)
            got = []
            for _ in range(100 if count else 1):
                for batch in consumer.poll(500).values():
                    got += [Got(r.partition, r.offset, r.timestamp, r.timestamp_type, r.key, r.value, list(r.headers)) for r in batch]
                if len(got) >= count:
                    break
            return got[:count] if count else got
        finally:
            consumer.close()

    def bounds(self, topic, partition):
        consumer, where = self.consumer(), TopicPartition(topic, partition)
        try:
            return consumer.beginning_offsets([where])[where], consumer.end_offsets([where])[where]
        finally:
            consumer.close()

    def offset_at(self, topic, partition, timestamp):
        consumer, where = self.consumer(), TopicPartition(topic, partition)
        try:
            found = consumer.offsets_for_times({where: timestamp})[where]
            return found and found.offset
        finally:
            consumer.close()

    def admin(self, action):
        admin = KafkaAdminClient(bootstrap_servers=BOOTSTRAP)
        try:
            return refused(lambda: action(admin))
        finally:
            admin.close()

    def create(self, name, partitions=1, replicas=1, configs=None):
        self.admin(lambda a: a.create_topics([NewTopic(name, partitions, replicas, topic_configs=configs)]))

    def delete(self, name):
        self.admin(lambda a: a.delete_topics([name]))

    def grow(self, name, partitions):
        self.admin(lambda a: a.create_partitions({name: NewPartitions(partitions)}))

    def delete_records(self, topic, offsets):
        self.admin(lambda a: a.delete_records({TopicPartition(topic, p): o for p, o in offsets.items()}))

    def configs(self, topic):
        resource = ConfigResource(ConfigResourceType.TOPIC, topic)
        answer = self.admin(lambda a: a.describe_configs([resource], config_filter="all"))
        return {name: entry["value"] for name, entry in answer[ConfigResourceType.TOPIC.name.lower()][topic].items()}

    def topics(self):
        return set(self.admin(lambda a: a.list_topics()))

    def partitions(self, topic):
        return len(self.admin(lambda a: a.describe_topics([topic]))[0]["partitions"])

    def brokers(self):
        return [(b["broker_id"], b["host"], b["port"]) for b in self.admin(lambda a: a.describe_cluster())["brokers"]]


cases.run(KafkaPython())
