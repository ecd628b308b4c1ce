#!/usr/bin/env python3
"""aiokafka's consumers and what its admin client does with groups, on command."""

import asyncio
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition  # noqa: E402
from aiokafka import errors  # noqa: E402
from aiokafka.admin import AIOKafkaAdminClient  # noqa: E402
from aiokafka.coordinator.assignors.range import RangePartitionAssignor  # noqa: E402
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor  # noqa: E402

from clients.python import members  # noqa: E402

STRATEGIES = {"range": RangePartitionAssignor, "roundrobin": RoundRobinPartitionAssignor}


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


class Consumer(members.Consumer):
    """Its event loop runs while it polls, which is nearly always."""

    def __init__(self, name, settings, tell):
        self.loop = asyncio.new_event_loop()
        self.tell = tell
        self.loop.run_until_complete(self.open(name, settings))

    async def open(self, name, settings):
        more = {}
        if settings.get("strategies"):
            more["partition_assignment_strategy"] = [STRATEGIES[s] for s in settings["strategies"]]
        self.consumer = AIOKafkaConsumer(
            bootstrap_servers=members.BOOTSTRAP, client_id=name, group_id=settings["group"],
            group_instance_id=settings.get("instance"), session_timeout_ms=settings["session"],
            heartbeat_interval_ms=settings["heartbeat"], auto_offset_reset=settings["reset"], metadata_max_age_ms=500,
            enable_auto_commit=bool(settings.get("autoCommit")), auto_commit_interval_ms=settings.get("autoCommit") or 5000,
            fetch_max_wait_ms=100, max_poll_interval_ms=60000, **more)
        if settings.get("assign"):
            self.consumer.assign(partitions_of(settings["assign"]))
        else:
            topics = settings["topics"] or ()
            self.consumer.subscribe(topics, pattern=settings.get("pattern"), listener=Listener(self.tell))
        await self.consumer.start()

    def poll(self):
        found = self.loop.run_until_complete(self.consumer.getmany(timeout_ms=int(members.POLL_SECONDS * 1000)))
        return [[r.topic, r.partition, r.offset, r.value.decode()] for batch in found.values() for r in batch]

    def commit(self, offsets):
        asked = offsets and {TopicPartition(t, p): (o, m) for t, p, o, m in offsets}
        self.loop.run_until_complete(self.consumer.commit(asked))

    def in_loop(self, action):
        """Some calls that are no coroutines want to be made in one."""
        async def work():
            action()
        self.loop.run_until_complete(work())

    def pause(self, partitions):
        self.in_loop(lambda: self.consumer.pause(*partitions_of(partitions)))

    def resume(self, partitions):
        self.in_loop(lambda: self.consumer.resume(*partitions_of(partitions)))

    def seek(self, partition, offset):
        self.in_loop(lambda: self.consumer.seek(TopicPartition(*partition), offset))

    def close(self):
        self.loop.run_until_complete(self.consumer.stop())


def with_admin(action):
    def call(**arguments):
        async def work():
            admin = AIOKafkaAdminClient(bootstrap_servers=members.BOOTSTRAP)
            await admin.start()
            try:
                return await action(admin, **arguments)
            finally:
                await admin.close()
        return asyncio.run(work())
    return call


async def groups(admin):
    return [g[0] for g in await admin.list_consumer_groups()]


async def describe(admin, group):
    _, _, state, _, protocol, found, *_ = (await admin.describe_consumer_groups([group]))[0].groups[0]
    return {"state": state, "protocol": protocol, "members": [{"client": client} for _, client, *_ in found]}


async def offsets(admin, group, topics):
    found = await admin.list_consumer_group_offsets(group)
    return [[p.topic, p.partition, o.offset, o.metadata] for p, o in found.items()]


class Library(members.Library):
    features = ("grows", "pattern", "pattern-refresh", "strategies", "assign", "reset-none")
    consumer = Consumer
    calls = {"groups": with_admin(groups), "describe": with_admin(describe), "offsets": with_admin(offsets)}

    @staticmethod
    def error_name(error):
        if isinstance(error, errors.NoOffsetForPartitionError):
            return "NO_OFFSET"
        return getattr(error, "message", None) or f"{type(error).__name__}: {error}"


members.run(Library)
