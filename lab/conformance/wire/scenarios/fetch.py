"""Fetch (1) without a session: offsets, limits, epochs, isolation, names and ids."""

from raw import batches
from raw.codec import uuid_text
from wire.session import THEN, records

API = "Fetch"
ALL = range(4, 19)
NOBODY = uuid_text(bytes(range(16)))


class Asker:
    """Makes requests for a version: by name up to 12, by id from 13."""

    def __init__(self, ids):
        self.ids = ids

    def partition(self, version, topic, offset, partition=0, size=1 << 20, **more):
        where = {"TopicId": self.ids.get(topic, NOBODY)} if version >= 13 else {"Topic": topic}
        return where | {"Partitions": [{"Partition": partition, "FetchOffset": offset, "PartitionMaxBytes": size} | more]}

    def request(self, topics, **more):
        return {"MaxWaitMs": 50, "MinBytes": 1, "MaxBytes": 1 << 22, "Topics": topics} | more

    def one(self, version, topic, offset, partition=0, size=1 << 20, epoch=-1, last_epoch=-1, **more):
        asked = self.partition(version, topic, offset, partition, size, CurrentLeaderEpoch=epoch, LastFetchedEpoch=last_epoch)
        return self.request([asked], **more)


def play(s):
    s.topic("fetch", 2)
    s.topic("fetch-other")
    ask = Asker(s.ids)
    s.append("fetch", batches.batch(records(b"a", b"b", b"c", step=10)))
    s.append("fetch", batches.batch(
        [batches.Record(None, b"key", THEN + 30, [("h", b"1"), ("h", None), ("", b"")]), batches.Record(b"", None, THEN + 31)], "gzip"))
    s.append("fetch", batches.batch(records(b"lz4", at=THEN + 40), "lz4"))
    s.append("fetch", batches.batch(records(b"snappy", at=THEN + 50), "snappy"))
    s.append("fetch", batches.batch(records(b"zstd", at=THEN + 60), "zstd"), version=9)
    s.append("fetch-other", batches.batch(records(b"other")))

    s.ask_each("all of it", API, ALL, lambda v: ask.one(v, "fetch", 0))
    for offset in (1, 2, 3, 4, 7, 8, 9, -1, -2):
        s.ask_each(f"from {offset}", API, (4, 11, 12, 13, 18), lambda v: ask.one(v, "fetch", offset))
    s.ask_each("an empty partition", API, (4, 11, 13, 18), lambda v: ask.one(v, "fetch", 0, 1))
    s.ask_each("past an empty partition", API, (4, 11, 13, 18), lambda v: ask.one(v, "fetch", 1, 1))
    s.ask_each("unknown partition", API, (4, 11, 13, 18), lambda v: ask.one(v, "fetch", 0, 9))
    s.ask_each("negative partition", API, (4, 13), lambda v: ask.one(v, "fetch", 0, -1))
    s.ask_each("unknown topic", API, (4, 11, 12), lambda v: ask.one(v, "fetch-unknown", 0))
    s.ask_each("a bad topic name", API, (4, 12), lambda v: ask.one(v, "a b", 0))
    s.ask_each("an empty topic name", API, (4, 12), lambda v: ask.one(v, "", 0))
    s.ask_each("an id that is nobody's", API, (13, 18), lambda v: ask.one(v, "nobody", 0), lambda a: hide(a, NOBODY))
    s.ask_each("the zero id", API, (13, 18), lambda v: ask.request(
        [{"Partitions": [{"Partition": 0, "FetchOffset": 0, "PartitionMaxBytes": 100}]}]))
    s.ask_each("no topics", API, (4, 13, 18), lambda v: ask.request([]))

    limits(s, ask)
    epochs(s, ask)
    several(s, ask)
    isolation(s, ask)
    deleted(s, ask)


def hide(answer, topic_id):
    for topic in answer["Responses"]:
        topic["TopicId"] = "<asked>" if topic["TopicId"] == topic_id else topic["TopicId"]
    return answer


def limits(s, ask):
    """A first batch comes whole however small the limit, so that a reader gets on; a later one does not."""
    for size in (0, 1, 60, 100, 150, 250, -1):
        s.ask_each(f"{size} bytes of a partition", API, (4, 12, 18), lambda v: ask.one(v, "fetch", 0, size=size))
        s.ask_each(f"{size} bytes in all", API, (4, 12, 18), lambda v: ask.one(v, "fetch", 0, MaxBytes=size))
    s.ask_each("more bytes wanted than there are", API, (4, 18), lambda v: ask.one(v, "fetch", 0, MinBytes=1 << 20, MaxWaitMs=10))
    s.ask_each("no waiting", API, (4, 18), lambda v: ask.one(v, "fetch", 8, MaxWaitMs=0))
    s.ask_each("a negative wait", API, (4, 18), lambda v: ask.one(v, "fetch", 8, MaxWaitMs=-1))
    s.ask_each("no bytes wanted", API, (4, 18), lambda v: ask.one(v, "fetch", 8, MinBytes=0, MaxWaitMs=10000))
    large = s.topic("fetch-large", max_message_bytes=3000000)
    s.append(large, batches.batch(records(b"x" * 1500000)))
    s.append(large, batches.batch(records(b"y" * 100)))
    for size in (1, 1000, 1499000, 1600000):
        s.ask_each(f"{size} bytes of a large record", API, (4, 12, 18), lambda v: ask.one(v, large, 0, size=size, MaxBytes=size))


def epochs(s, ask):
    for epoch in (0, 1, 7, -2):
        s.ask_each(f"current epoch {epoch}", API, (9, 12, 13, 18), lambda v: ask.one(v, "fetch", 0, epoch=epoch))
    for last in (0, 1, 5, -2):
        s.ask_each(f"last fetched epoch {last}", API, (12, 13, 18), lambda v: ask.one(v, "fetch", 3, last_epoch=last))
    s.ask_each("last fetched epoch past the end", API, (12, 18), lambda v: ask.one(v, "fetch", 99, last_epoch=0))


def several(s, ask):
    def both(version, *partitions, **more):
        return ask.request([ask.partition(version, *p) for p in partitions], **more)

    s.ask_each("two topics", API, (4, 12, 13, 18), lambda v: both(v, ("fetch", 3), ("fetch-other", 0)))
    s.ask_each("one of two is unknown", API, (4, 12), lambda v: both(v, ("fetch", 3), ("fetch-unknown", 0)))
    s.ask_each("one of two is out of range", API, (4, 13), lambda v: both(v, ("fetch", 99), ("fetch-other", 0)))
    s.ask_each("an error does not wait", API, (4, 13), lambda v: both(v, ("fetch", 99), ("fetch", 0, 1), MaxWaitMs=20000))
    # The limit in all is used up in the order of the request: the first gets its batch, the next nothing.
    s.ask_each("too little for two", API, (4, 12, 18), lambda v: both(v, ("fetch", 0), ("fetch-other", 0), MaxBytes=1))
    s.ask_each("too little for two, the other way round", API, (4, 12, 18),
               lambda v: both(v, ("fetch-other", 0), ("fetch", 0), MaxBytes=1))
    s.ask_each("a partition twice", API, (4, 13), lambda v: both(v, ("fetch", 0), ("fetch", 7)))


def isolation(s, ask):
    for level in (0, 1, 2):
        s.ask_each(f"isolation level {level}", API, (4, 12, 18), lambda v: ask.one(v, "fetch", 6, IsolationLevel=level))
    s.ask_each("a rack", API, (11, 18), lambda v: ask.one(v, "fetch", 7, RackId="somewhere"))
    s.ask_each("another cluster's id", API, (12, 18), lambda v: ask.one(v, "fetch", 7, ClusterId="another"))
    s.ask("as a replica that is none", API, 14, ask.one(14, "fetch", 0, ReplicaId=9))
    s.ask("as a replica that is none", API, 18, ask.one(18, "fetch", 0, ReplicaState={"ReplicaId": 9, "ReplicaEpoch": 1}))
    s.ask("as a debugging reader", API, 11, ask.one(11, "fetch", 7, ReplicaId=-2))


def deleted(s, ask):
    topic = s.topic("fetch-deleted")
    s.append(topic, batches.batch(records(b"a", b"b", b"c", step=10)))
    s.append(topic, batches.batch(records(b"d", at=THEN + 30)))
    s.quietly("DeleteRecords", 2, {"TimeoutMs": 5000, "Topics": [{"Name": topic, "Partitions": [{"PartitionIndex": 0, "Offset": 1}]}]})
    for offset in (0, 1, 3, 4):
        s.ask_each(f"start moved into a batch, from {offset}", API, (4, 5, 12, 18), lambda v: ask.one(v, topic, offset))
    s.quietly("DeleteTopics", 6, {"Topics": [{"Name": topic}], "TimeoutMs": 10000})
    s.wait_until_gone(topic)
    s.ask("a deleted topic by name", API, 12, ask.one(12, topic, 0))
    s.ask("a deleted topic by id", API, 13, ask.one(13, topic, 0))
