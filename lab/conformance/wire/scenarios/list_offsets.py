"""ListOffsets (2): offsets by time and by the special timestamps."""

from raw import batches
from wire.session import THEN, records

API = "ListOffsets"
ALL = range(1, 12)

LATEST, EARLIEST, MAX_TIMESTAMP, EARLIEST_LOCAL, LATEST_TIERED, EARLIEST_PENDING_UPLOAD = -1, -2, -3, -4, -5, -6


def asked(topic, timestamp, partition=0, **more):
    epoch = more.pop("epoch", -1)
    return {"ReplicaId": -1, "TimeoutMs": 1000, "Topics": [{"Name": topic, "Partitions": [
        {"PartitionIndex": partition, "Timestamp": timestamp, "CurrentLeaderEpoch": epoch}]}]} | more


def play(s):
    s.topic("offsets", 2)
    # Offsets 0-2 at 0, 10 and 20 ms; 3-5 gzipped at 30, 40, 50; then a batch whose latest record is its first; 8 again early.
    s.append("offsets", batches.batch(records(b"a", b"b", b"c", step=10)))
    s.append("offsets", batches.batch(records(b"d", b"e", b"f", at=THEN + 30, step=10), "gzip"))
    s.append("offsets", batches.batch([batches.Record(b"g", None, THEN + 90), batches.Record(b"h", None, THEN + 60)], "lz4"))
    s.append("offsets", batches.batch(records(b"i", at=THEN + 5)))

    for special in (LATEST, EARLIEST, MAX_TIMESTAMP, EARLIEST_LOCAL, LATEST_TIERED, EARLIEST_PENDING_UPLOAD, -7):
        s.ask_each(f"timestamp {special}", API, ALL, asked("offsets", special))
        s.ask_each(f"timestamp {special} of an empty partition", API, (7, 8, 9, 11), asked("offsets", special, 1))
        s.ask_each(f"timestamp {special}, committed records", API, (2, 11), asked("offsets", special, IsolationLevel=1))
    for after in (-100000, 0, 1, 10, 20, 25, 30, 35, 50, 55, 60, 61, 90, 91, 100000):
        s.ask_each(f"{after} ms", API, (1, 11), asked("offsets", THEN + after))
    s.ask_each("time zero", API, (1, 11), asked("offsets", 0))
    s.ask_each("the end of time", API, (1, 11), asked("offsets", 2**63 - 1))
    s.ask_each("a time of an empty partition", API, (1, 11), asked("offsets", THEN, 1))
    for epoch in (0, 1, -2):
        s.ask_each(f"current epoch {epoch}", API, (4, 11), asked("offsets", LATEST, epoch=epoch))

    s.ask_each("unknown topic", API, (1, 4, 11), asked("offsets-unknown", LATEST))
    s.ask_each("unknown partition", API, (1, 4, 11), asked("offsets", LATEST, 9))
    s.ask_each("negative partition", API, (1, 11), asked("offsets", LATEST, -1))
    s.ask_each("a bad topic name", API, (1, 11), asked("a b", LATEST))
    s.ask_each("no topics", API, (1, 11), {"ReplicaId": -1, "Topics": []})
    s.ask_each("a partition twice", API, (1, 11), {"ReplicaId": -1, "Topics": [{"Name": "offsets", "Partitions": [
        {"PartitionIndex": 0, "Timestamp": LATEST}, {"PartitionIndex": 0, "Timestamp": EARLIEST}]}]})
    s.ask_each("several partitions and topics", API, (1, 11), {"ReplicaId": -1, "Topics": [
        {"Name": "offsets", "Partitions": [{"PartitionIndex": p, "Timestamp": LATEST} for p in (0, 1, 2)]},
        {"Name": "offsets-unknown", "Partitions": [{"PartitionIndex": 0, "Timestamp": LATEST}]}]})
    for replica in (-2, 1, 5):
        s.ask_each(f"as replica {replica}", API, (4, 11), asked("offsets", LATEST, ReplicaId=replica))
        s.ask_each(f"as replica {replica}, by time", API, (4, 11), asked("offsets", THEN + 10, ReplicaId=replica))
    s.ask_each("an isolation level that is none", API, (2, 11), asked("offsets", LATEST, IsolationLevel=7))

    after_deletion(s)
    append_time(s)


def after_deletion(s):
    topic = s.topic("offsets-deleted")
    s.append(topic, batches.batch(records(b"a", b"b", b"c", step=10)))
    s.append(topic, batches.batch(records(b"d", at=THEN + 30)))
    s.quietly("DeleteRecords", 2, {"TimeoutMs": 5000, "Topics": [{"Name": topic, "Partitions": [{"PartitionIndex": 0, "Offset": 2}]}]})
    for timestamp in (EARLIEST, LATEST, MAX_TIMESTAMP, EARLIEST_LOCAL, THEN, THEN + 15, THEN + 30):
        s.ask(f"records deleted, timestamp {timestamp}", API, 11, asked(topic, timestamp))
    s.quietly("DeleteRecords", 2, {"TimeoutMs": 5000, "Topics": [{"Name": topic, "Partitions": [{"PartitionIndex": 0, "Offset": -1}]}]})
    for timestamp in (EARLIEST, LATEST, MAX_TIMESTAMP, THEN):
        s.ask(f"all records deleted, timestamp {timestamp}", API, 11, asked(topic, timestamp))


def append_time(s):
    topic = s.topic("offsets-append-time", message_timestamp_type="LogAppendTime")
    s.append(topic, batches.batch(records(b"a", b"b")))
    for timestamp in (MAX_TIMESTAMP, THEN, 0):
        s.ask(f"log append time, timestamp {timestamp}", API, 11, asked(topic, timestamp))
