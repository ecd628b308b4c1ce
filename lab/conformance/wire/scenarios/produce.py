"""Produce (0) as it goes well: versions, codecs, acks, timestamps, and what is read back."""

from raw import batches, compression
from raw.batches import Record
from wire.session import THEN, produce, produce_by_id, records

API = "Produce"
NAMED = range(3, 13)


def read(s, what, topic, partition=0, offset=0):
    s.ask(what, "Fetch", 12, {"MaxWaitMs": 50, "MinBytes": 1, "Topics": [
        {"Topic": topic, "Partitions": [{"Partition": partition, "FetchOffset": offset, "PartitionMaxBytes": 1 << 20}]}]})


def play(s):
    every_version(s)
    every_codec(s)
    every_shape(s)
    acks(s)
    several_partitions(s)
    append_time(s)
    recompression(s)
    conversions(s)


def every_version(s):
    topic = s.topic("produce")
    for version in NAMED:
        s.ask("a batch", API, version, produce(topic, batches.batch(records(b"v%d" % version, b"w"))))
    s.ask("a batch", API, 13, produce_by_id(s.ids[topic], batches.batch(records(b"v13"))))
    read(s, "what every version wrote", topic)


def every_codec(s):
    topic = s.topic("produce-codecs")
    for codec in compression.CODECS:
        for version in (3, 6, 7, 9, 12):
            s.ask(f"{codec}", API, version, produce(topic, batches.batch(records(codec.encode(), b"more"), codec)))
    raw = batches.batch(records(b"raw", b"snappy"), attributes=2,
                        payload=compression.snappy_raw(batches.records_only(records(b"raw", b"snappy"), THEN)))
    s.ask("snappy without framing", API, 9, produce(topic, raw))
    read(s, "what every codec wrote", topic)


def every_shape(s):
    topic = s.topic("produce-shapes")
    shapes = {
        "null key and value": [Record(None, None, THEN)],
        "empty key and value": [Record(b"", b"", THEN)],
        "headers": [Record(b"v", b"k", THEN, [("a", b"1"), ("a", None), ("", b""), ("é", b"\xff\x00")])],
        "not UTF-8": [Record(b"\xff\xfe\x00", b"\x00", THEN)],
        "times out of order": [Record(b"1", None, THEN + 9), Record(b"2", None, THEN), Record(b"3", None, THEN + 5)],
        "no time": [Record(b"v", None, -1)],
        "time zero": [Record(b"v", None, 0)],
        "a hundred records": records(*[b"%d" % i for i in range(100)], step=1),
    }
    for what, made in shapes.items():
        s.ask(what, API, 9, produce(topic, batches.batch(made)))
    s.ask("a base offset of its own is not kept", API, 9, produce(topic, batches.batch(records(b"v"), base_offset=1000)))
    s.ask("a leader epoch of its own is not kept", API, 9, produce(topic, batches.batch(records(b"v"), leader_epoch=77)))
    for codec in ("none", "gzip", "zstd"):
        wrong = batches.batch(records(b"v", b"w", step=10), codec, max_timestamp=THEN + 5)
        s.ask(f"a max timestamp that is not that of its records, {codec}", API, 9, produce(topic, wrong))
        early = batches.batch(records(b"v", step=10), codec, base_timestamp=THEN - 5)
        s.ask(f"a base timestamp before the first record, {codec}", API, 9, produce(topic, early))
    s.ask("the delete horizon's bit", API, 9, produce(topic, batches.batch(records(b"v"), attributes=1 << 6)))
    s.ask("an attribute bit that means nothing", API, 9, produce(topic, batches.batch(records(b"v"), attributes=1 << 9)))
    read(s, "what every shape wrote", topic)


def acks(s):
    topic = s.topic("produce-acks")
    for wanted in (-1, 1):
        s.ask(f"acks {wanted}", API, 9, produce(topic, batches.batch(records(b"a")), acks=wanted))
    for wanted in (2, -2, 100, 32767):
        s.ask_each(f"acks {wanted}", API, (3, 9, 12), produce(topic, batches.batch(records(b"no")), acks=wanted))
    for timeout in (0, -1, 1):
        s.ask(f"a timeout of {timeout}", API, 9, produce(topic, batches.batch(records(b"t")), timeout=timeout))
    # acks=0 has no answer: the next answer on the connection belongs to the next question.
    s.connection.send(API, 9, produce(topic, batches.batch(records(b"unanswered")), acks=0), answered=False)
    s.ask("after a batch that nobody answers", "ApiVersions", 0, {}, lambda a: a["ErrorCode"])
    read(s, "what every kind of acks wrote", topic)
    # There is no answer to say what is wrong, so the connection ends.
    for what, bad in [("a wrong CRC", produce(topic, batches.batch(records(b"x"), crc=1), acks=0)),
                      ("an unknown topic", produce("produce-unknown", batches.batch(records(b"x")), acks=0))]:
        s.connection.send(API, 9, bad, answered=False)
        s.ask(f"after {what} that nobody answers", "ApiVersions", 0, {}, lambda a: a["ErrorCode"])


def several_partitions(s):
    one, two = s.topic("produce-several", 3), s.topic("produce-second")

    def request(*topics):
        return {"TransactionalId": None, "Acks": -1, "TimeoutMs": 30000, "TopicData": [
            {"Name": t, "PartitionData": [{"Index": p, "Records": d} for p, d in ps]} for t, ps in topics]}

    good, bad = batches.batch(records(b"good")), batches.batch(records(b"bad"), crc=1)
    s.ask_each("three partitions of two topics", API, (3, 9, 12), request((one, [(0, good), (2, good)]), (two, [(0, good)])))
    s.ask_each("one of them wrong, one unknown", API, (3, 9, 12),
               request((one, [(0, good), (1, bad), (5, good)]), ("produce-unknown", [(0, good)])))
    s.ask_each("no topics", API, (3, 9), request())
    s.ask_each("no partitions", API, (3, 9), request((one, [])))
    s.ask_each("a partition twice", API, (3, 9), request((one, [(0, good), (0, good)])))
    s.ask_each("a topic twice", API, (3, 9), request((one, [(0, good)]), (one, [(1, good)])))
    for partition in range(3):
        read(s, f"what was written to partition {partition}", one, partition)


def append_time(s):
    topic = s.topic("produce-append-time", message_timestamp_type="LogAppendTime")
    for codec in ("none", "gzip", "snappy", "lz4"):
        s.ask(f"log append time, {codec}", API, 9, produce(topic, batches.batch(records(b"a", b"b", step=5), codec)))
    s.ask("log append time, no time given", API, 9, produce(topic, batches.batch([Record(b"v", None, -1)])))
    s.ask("log append time, already said so", API, 9, produce(topic, batches.batch(records(b"v"), timestamp_type=1)))
    s.ask("log append time, from the far future", API, 9, produce(topic, batches.batch(records(b"v", at=THEN * 3))))
    read(s, "what was written at log append time", topic)


def recompression(s):
    """A topic's own codec is used whatever the producer chose; the records stay the same."""
    for codec in ("uncompressed", "gzip", "snappy", "lz4", "zstd", "producer"):
        topic = s.topic(f"produce-to-{codec}", compression_type=codec)
        for sent in compression.CODECS:
            s.ask(f"{sent} to a topic of {codec}", API, 9, produce(topic, batches.batch(records(b"a" * 50, b"b" * 50, step=7), sent)))
        read(s, f"what is in a topic of {codec}", topic)


def conversions(s):
    """What the old formats' senders get: version 3 and later take batches alone."""
    topic = s.topic("produce-old-formats")
    for magic in (0, 1):
        s.ask_each(f"a message set of magic {magic}", API, (3, 9), produce(topic, batches.message_set(records(b"old"), magic)))
