#!/usr/bin/env python3
"""aiokafka: the clients of asyncio programs."""

import asyncio
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition  # noqa: E402
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete  # noqa: E402
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType  # noqa: E402
from aiokafka.errors import BrokerResponseError  # noqa: E402

from clients.python import cases  # noqa: E402
from clients.python.adapter import Adapter, Got, Refused  # noqa: E402

BOOTSTRAP = os.environ["BOOTSTRAP"]


def run(work):
    try:
        return asyncio.run(work)
    except BrokerResponseError as error:
        raise Refused(error.errno) from error


def raise_for(errors):
    """The admin client's answers carry error codes instead of raising."""
    for entry in errors:
        if entry[1]:
            raise Refused(entry[1])


class AioKafka(Adapter):
    null_records = False

    def produce(self, topic, records, acks="all", compression="none", idempotent=False, max_request=1_000_000, create=True):
        async def work():
            async with AIOKafkaProducer(
                    bootstrap_servers=BOOTSTRAP, acks=acks, compression_type=None if compression == "none" else compression,
                    enable_idempotence=idempotent, max_request_size=max_request, linger_ms=5) as producer:
                waiting = [
                    await producer.send(topic, value=r.value, key=r.key, headers=r.headers, timestamp_ms=r.timestamp, partition=r.partition)
                    for r in records
                ]
                # acks=0 has nothing to say where a record went.
                return [(d.partition, d.offset) for d in await asyncio.gather(*waiting) if d is not None]

        return run(work())

    def read(self, topic, starts, count, isolation="read_uncommitted", partition_bytes=1 << 20, reset="none"):
        async def work():
            async with AIOKafkaConsumer(
                    bootstrap_servers=BOOTSTRAP, enable_auto_commit=False, isolation_level=isolation,
                    max_partition_fetch_bytes=partition_bytes, auto_offset_reset=reset) as consumer:
                partitions = [TopicPartition(topic, p) for p in starts]
                consumer.assign(partitions)
                for partition in partitions:
                    start = starts[partition.partition]
                    if start == "beginning":
                        await consumer.seek_to_beginning(partition)
                    elif start == "end":
                        await consumer.seek_to_end(partition)
                    else:
                        consumer.seek(partition, start)
                got = []
                for _ in range(100 if count else 1):
                    for batch in (await consumer.getmany(timeout_ms=500)).values():
                        got += [Got(r.partition, r.offset, r.timestamp, r.timestamp_type, r.key, r.value, list(r.headers)) for r in batch]
                    if len(got) >= count:
                        break
                return got[:count] if count else got

        return run(work())

    def with_consumer(self, action):
        async def work():
            async with AIOKafkaConsumer(bootstrap_servers=BOOTSTRAP) as consumer:
                return await action(consumer)

        return run(work())

    def bounds(self, topic, partition):
        where = TopicPartition(topic, partition)

        async def action(consumer):
            return (await consumer.beginning_offsets([where]))[where], (await consumer.end_offsets([where]))[where]

        return self.with_consumer(action)

    def offset_at(self, topic, partition, timestamp):
        where = TopicPartition(topic, partition)

        async def action(consumer):
            found = (await consumer.offsets_for_times({where: timestamp}))[where]
            return found and found.offset

        return self.with_consumer(action)

    def admin(self, action):
        async def work():
            admin = AIOKafkaAdminClient(bootstrap_servers=BOOTSTRAP)
            await admin.start()
            try:
                return await action(admin)
            finally:
                await admin.close()

        return run(work())

    def create(self, name, partitions=1, replicas=1, configs=None):
        new = NewTopic(name, partitions, replicas, topic_configs=configs)
        raise_for(self.admin(lambda a: a.create_topics([new])).topic_errors)

    def delete(self, name):
        raise_for(self.admin(lambda a: a.delete_topics([name])).topic_error_codes)

    def grow(self, name, partitions):
        raise_for(self.admin(lambda a: a.create_partitions({name: NewPartitions(partitions)})).topic_errors)

    def delete_records(self, topic, offsets):
        asked = {TopicPartition(topic, p): RecordsToDelete(before_offset=o) for p, o in offsets.items()}
        self.admin(lambda a: a.delete_records(asked))

    def configs(self, topic):
        answers = self.admin(lambda a: a.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)]))
        return {entry[0]: entry[1] for entry in answers[0].resources[0][4]}

    def topics(self):
        return set(self.admin(lambda a: a.list_topics()))

    def partitions(self, topic):
        return len(self.admin(lambda a: a.describe_topics([topic]))[0]["partitions"])

    def brokers(self):
        return [(b["node_id"], b["host"], b["port"]) for b in self.admin(lambda a: a.describe_cluster())["brokers"]]


cases.run(AioKafka())
