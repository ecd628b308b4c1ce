"""Produce (0) as it goes wrong: every check of a batch, with its error, its message and the records it names."""

import re
import time

from raw import batches
from raw.batches import Record, control_record, encode_record
from raw.codec import uuid_text
from wire.session import THEN, produce, produce_by_id, records

API = "Produce"
SOME = (3, 7, 8, 9, 12)  # before and after record errors (8) and flexible encoding (9)
HOUR = 3_600_000


class Refusals:
    """The session, but that an offset which was given is not compared: a batch that one broker takes and the other
    refuses would otherwise move all that come after it."""

    def __init__(self, session):
        self.session = session
        self.topic, self.ids = session.topic, session.ids

    def ask(self, what, api, version, message=None, show=lambda answer: answer):
        return self.session.ask(what, api, version, message, lambda a: without_offsets(show(a)))

    def ask_each(self, what, api, versions, message, show=lambda answer: answer):
        self.session.ask_each(what, api, versions, message, lambda a: without_offsets(show(a)))


def without_offsets(answer):
    for topic in answer.get("Responses", []) if isinstance(answer, dict) else []:
        for partition in topic["PartitionResponses"]:
            partition["BaseOffset"] = "<taken>" if partition["BaseOffset"] >= 0 else partition["BaseOffset"]
    return answer


def play(session):
    s = Refusals(session)
    addresses(s)
    frames_of_batches(s)
    headers_of_batches(s)
    records_in_batches(s)
    kinds_of_batches(s)
    sizes(s)
    times(s)
    keys(s)
    s.ask("the connection went through all of it", "ApiVersions", 0, {}, lambda a: a["ErrorCode"])


def addresses(s):
    s.topic("refused", 1)
    good = batches.batch(records(b"v"))
    s.ask_each("unknown topic", API, range(3, 13), produce("refused-unknown", good))
    s.ask_each("unknown partition", API, SOME, produce("refused", good, 1))
    s.ask_each("negative partition", API, SOME, produce("refused", good, -1))
    s.ask_each("a bad topic name", API, SOME, produce("a b", good))
    s.ask_each("an empty topic name", API, SOME, produce("", good))
    s.ask("an id that is nobody's", API, 13, produce_by_id(uuid_text(bytes(range(16))), good),
          lambda a: {k: v for k, v in a["Responses"][0].items() if k != "TopicId"})
    s.ask("the zero id", API, 13, produce_by_id("A" * 22, good))
    s.ask("unknown partition by id", API, 13, produce_by_id(s.ids["refused"], good, 1))


def frames_of_batches(s):
    good = batches.batch(records(b"v", b"w"))
    # Records that are null are left out: the real broker forgets to answer them.
    s.ask_each("records of no bytes", API, SOME, produce("refused", b""))
    for cut in (1, 11, 12, 17, 60, 61, len(good) - 1):
        s.ask_each(f"a batch cut to {cut} bytes", API, (3, 9, 12), produce("refused", good[:cut]))
    s.ask_each("two batches", API, SOME, produce("refused", good + good))
    s.ask_each("a batch and the beginning of another", API, SOME, produce("refused", good + good[:30]))
    s.ask_each("garbage", API, (3, 9), produce("refused", bytes(range(256))))
    s.ask_each("a length too small", API, (3, 9), produce("refused", batches.batch(records(b"v"), length=20)))
    s.ask_each("a length too large", API, (3, 9), produce("refused", batches.batch(records(b"v"), length=5000)))
    s.ask_each("a negative length", API, (3, 9), produce("refused", batches.batch(records(b"v"), length=-1)))


def headers_of_batches(s):
    wrong = {
        "crc 0": {"crc": 0},
        "magic 3": {"magic": 3},
        "magic -1": {"magic": -1},
        "codec 5": {"attributes": 5},
        "codec 7": {"attributes": 7},
        "log append time from the client": {"timestamp_type": 1},
        "a count too small": {"count": 1},
        "a count too large": {"count": 3},
        "a count of zero": {"count": 0},
        "a negative count": {"count": -1},
        "a huge count": {"count": 2**31 - 1},
        "a last offset delta too small": {"last_offset_delta": 0},
        "a last offset delta too large": {"last_offset_delta": 5},
        "a negative last offset delta": {"last_offset_delta": -1},
        "a base offset that is negative": {"base_offset": -5},
    }
    for what, override in wrong.items():
        s.ask_each(what, API, SOME, produce("refused", batches.batch(records(b"v", b"w"), **override)))
        if "attributes" not in override:
            s.ask(f"{what}, gzip", API, 9, produce("refused", batches.batch(records(b"v", b"w"), "gzip", **override)))
    s.ask_each("no records", API, SOME, produce("refused", batches.batch([])))
    s.ask_each("not what the codec says", API, (3, 9), produce("refused", batches.batch(records(b"v"), "gzip", payload=b"not gzip")))
    for codec in ("gzip", "snappy", "lz4", "zstd"):
        whole = batches.without_header(batches.batch(records(b"v" * 100), codec))
        s.ask(f"compressed data that is cut, {codec}", API, 9,
              produce("refused", batches.batch(records(b"v" * 100), codec, payload=whole[:-7])))
    s.ask_each("zstd before its version", API, (3, 6, 7), produce("refused", batches.batch(records(b"v"), "zstd")))


def records_in_batches(s):
    made = records(b"v", b"w", b"x")
    for codec in ("none", "gzip"):
        s.ask_each(f"offset deltas with a gap, {codec}", API, (7, 9), produce("refused", batches.batch(made, codec, offset_deltas=[0, 2, 3])))
        s.ask(f"offset deltas that fall, {codec}", API, 9, produce("refused", batches.batch(made, codec, offset_deltas=[2, 1, 0])))
        s.ask(f"offset deltas from one, {codec}", API, 9, produce("refused", batches.batch(made, codec, offset_deltas=[1, 2, 3])))
        s.ask(f"offset deltas that repeat, {codec}", API, 9, produce("refused", batches.batch(made, codec, offset_deltas=[0, 0, 0])))
        for what, data in broken_records().items():
            payload = batches.compression.compress(codec, data)
            s.ask(f"{what}, {codec}", API, 9, produce("refused", batches.batch(records(b"v"), codec, payload=payload)))


def broken_records():
    """Bytes for a batch that says it has one record."""
    good = encode_record(Record(b"v", b"k", THEN, [("h", b"1")]), 0, THEN)
    varint = batches.varint
    return {
        "a record's length too large": varint(100) + good[1:],
        "a record's length too small": varint(3) + good[1:],
        "a negative record's length": varint(-1) + good[1:],
        "a record followed by bytes": good + b"\0\0\0",
        "a record that is cut": good[:-2],
        "a key longer than its record": sized(b"\0\0\0" + varint(1000) + b"k" + varint(-1) + varint(0)),
        "a value longer than its record": sized(b"\0\0\0" + varint(-1) + varint(1000) + b"v" + varint(0)),
        "a negative number of headers": sized(b"\0\0\0" + varint(-1) + varint(-1) + varint(-1)),
        "more headers than there are": sized(b"\0\0\0" + varint(-1) + varint(-1) + varint(1000)),
        "a header without a name": sized(b"\0\0\0" + varint(-1) + varint(-1) + varint(1) + varint(-1) + varint(-1)),
        "a varint without an end": b"\xff" * 12,
    }


def sized(body):
    return batches.varint(len(body)) + body


def kinds_of_batches(s):
    s.ask_each("a control batch", API, SOME, produce("refused", batches.batch([control_record()], control=True)))
    s.ask("a control batch of an aborted transaction", API, 9, produce("refused", batches.batch(
        [control_record(kind=0)], control=True, transactional=True, producer_id=1, producer_epoch=0)))
    s.ask_each("a transactional batch without a producer", API, (9,), produce("refused", batches.batch(records(b"v"), transactional=True)))
    s.ask_each("a producer without an epoch", API, (9,), produce("refused", batches.batch(records(b"v"), producer_id=5, producer_epoch=-1, base_sequence=0)))
    s.ask_each("a producer with a negative sequence", API, (9,), produce("refused", batches.batch(records(b"v"), producer_id=5, producer_epoch=0, base_sequence=-1)))
    s.ask_each("a negative producer", API, (9,), produce("refused", batches.batch(records(b"v"), producer_id=-2, producer_epoch=0, base_sequence=0)))


def sizes(s):
    s.topic("refused-small", max_message_bytes=1000)
    s.ask_each("larger than the topic takes", API, SOME, produce("refused-small", batches.batch(records(b"x" * 2000))))
    exact = 1000 - len(batches.batch(records(b"x" * 900))) + 900
    s.ask("exactly what the topic takes", API, 9, produce("refused-small", batches.batch(records(b"x" * exact))))
    s.ask("one byte more than the topic takes", API, 9, produce("refused-small", batches.batch(records(b"x" * (exact + 1)))))
    s.ask("larger before compression than the topic takes", API, 9, produce("refused-small", batches.batch(records(b"x" * 5000), "gzip")))
    s.ask("larger than the default takes", API, 9, produce("refused", batches.batch(records(b"x" * 1_100_000))))
    s.topic("refused-segment", segment_bytes=1048576, max_message_bytes=5_000_000)
    s.ask_each("larger than a segment", API, (9, 12), produce("refused-segment", batches.batch(records(b"x" * 1_200_000))))
    s.topic("refused-grows", compression_type="uncompressed", max_message_bytes=2000)
    s.ask("larger once the topic has uncompressed it", API, 9, produce("refused-grows", batches.batch(records(b"x" * 5000), "gzip")))


def times(s):
    now = int(time.time() * 1000)
    s.topic("refused-times", message_timestamp_before_max_ms=HOUR, message_timestamp_after_max_ms=HOUR)
    for what, at in [("too old", now - 3 * HOUR), ("too new", now + 3 * HOUR), ("none", -1), ("right", now)]:
        s.ask_each(f"a time that is {what}", API, SOME, produce("refused-times", batches.batch(records(b"v", at=at))), times_hidden)
    mixed = [Record(b"0", None, now), Record(b"1", None, now - 3 * HOUR), Record(b"2", None, now), Record(b"3", None, now + 3 * HOUR)]
    for codec in ("none", "gzip"):
        s.ask_each(f"two times of four that are wrong, {codec}", API, SOME, produce("refused-times", batches.batch(mixed, codec)), times_hidden)
    s.ask("a time an hour ahead, which is the default's bound", API, 9, produce("refused", batches.batch(records(b"v", at=now + 2 * HOUR))), times_hidden)
    s.topic("refused-append-time", message_timestamp_type="LogAppendTime", message_timestamp_before_max_ms=1)
    s.ask("no time is wrong at log append time", API, 9, produce("refused-append-time", batches.batch(records(b"v"))))


def times_hidden(answer):
    """The messages name the record's time and the bounds, which move with the clock."""
    def hidden(text):
        return text and re.sub(r"\d{12,}", "<time>", text)

    for topic in answer["Responses"]:
        for partition in topic["PartitionResponses"]:
            if "ErrorMessage" in partition:
                partition["ErrorMessage"] = hidden(partition["ErrorMessage"])
            for error in partition.get("RecordErrors", []):
                error["BatchIndexErrorMessage"] = hidden(error["BatchIndexErrorMessage"])
    return answer


def keys(s):
    for policy in ("compact", "compact,delete"):
        topic = s.topic(f"refused-{policy.replace(',', '-')}", cleanup_policy=policy)
        s.ask_each(f"no key, {policy}", API, SOME, produce(topic, batches.batch(records(b"v"))))
        mixed = [Record(b"0", b"k", THEN), Record(b"1", None, THEN), Record(b"2", b"", THEN), Record(b"3", None, THEN)]
        for codec in ("none", "lz4"):
            s.ask_each(f"two keys of four missing, {policy}, {codec}", API, SOME, produce(topic, batches.batch(mixed, codec)))
        s.ask(f"a key and no value, {policy}", API, 9, produce(topic, batches.batch([Record(None, b"k", THEN)])))
