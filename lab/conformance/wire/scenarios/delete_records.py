"""DeleteRecords (21): the log's start moves up."""

from raw import batches
from wire.session import records

API = "DeleteRecords"


def up_to(topic, *offsets):
    return {"Topics": [{"Name": topic, "Partitions": [{"PartitionIndex": p, "Offset": o} for p, o in offsets]}], "TimeoutMs": 10000}


def play(s):
    for version in range(0, 3):
        topic = s.topic(f"delete-records-{version}", 2)
        for value in (b"a", b"b", b"c", b"d", b"e"):
            s.append(topic, batches.batch(records(value, value, value)))
        s.ask("within a batch", API, version, up_to(topic, (0, 4)))
        s.ask("the same again", API, version, up_to(topic, (0, 4)))
        s.ask("before the start", API, version, up_to(topic, (0, 1)))
        s.ask("to the high watermark", API, version, up_to(topic, (0, -1)))
        s.ask("past the high watermark", API, version, up_to(topic, (0, 16)))
        s.ask("a negative offset", API, version, up_to(topic, (0, -2)))
        s.ask("an empty partition", API, version, up_to(topic, (1, 0)))
        s.ask("an empty partition to its high watermark", API, version, up_to(topic, (1, -1)))
        s.ask("past an empty partition", API, version, up_to(topic, (1, 1)))
        s.ask("unknown partition", API, version, up_to(topic, (7, 0)))
        s.ask("known and unknown partitions", API, version, up_to(topic, (0, 15), (7, 0), (1, 0)))
        s.ask("unknown topic", API, version, up_to("delete-records-unknown", (0, 0)))
        s.ask("no topics", API, version, {"Topics": [], "TimeoutMs": 1000})
        s.ask(f"offsets after version {version}", "ListOffsets", 7, {"ReplicaId": -1, "Topics": [{"Name": topic, "Partitions": [
            {"PartitionIndex": p, "Timestamp": -2} for p in (0, 1)]}]})
    compacted = s.topic("delete-records-compacted", cleanup_policy="compact")
    s.append(compacted, batches.batch([batches.Record(b"v", b"k", 1_700_000_000_000)]))
    s.ask("of a compacted topic", API, 2, up_to(compacted, (0, 1)))
    both = s.topic("delete-records-both", cleanup_policy="compact,delete")
    s.append(both, batches.batch([batches.Record(b"v", b"k", 1_700_000_000_000)]))
    s.ask("of a compacted and deleted topic", API, 2, up_to(both, (0, 1)))
    forever = s.topic("delete-records-forever", cleanup_policy="")
    s.append(forever, batches.batch(records(b"v")))
    s.ask("of a topic that is kept for ever", API, 2, up_to(forever, (0, 1)))
