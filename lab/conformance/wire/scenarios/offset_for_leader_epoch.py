"""OffsetForLeaderEpoch (23): where an epoch ended, so that a client sees that a log was cut."""

from raw import batches
from wire.session import records

API = "OffsetForLeaderEpoch"


def asked(topic, epoch, current=-1, partition=0, replica=-1):
    return {"ReplicaId": replica, "Topics": [{"Topic": topic, "Partitions": [
        {"Partition": partition, "CurrentLeaderEpoch": current, "LeaderEpoch": epoch}]}]}


def play(s):
    s.topic("epochs", 2)
    s.topic("epochs-empty")
    s.append("epochs", batches.batch(records(b"a", b"b", b"c")))
    s.append("epochs", batches.batch(records(b"d")))

    for epoch in (0, 1, 7, -1, -2, 2147483647):
        s.ask_each(f"epoch {epoch}", API, range(2, 5), asked("epochs", epoch))
    s.ask_each("a partition without records", API, range(2, 5), asked("epochs", 0, partition=1))
    s.ask_each("a topic without records", API, range(2, 5), asked("epochs-empty", 0))
    for current in (0, 1, 9, -2):
        s.ask_each(f"current epoch {current}", API, range(2, 5), asked("epochs", 0, current))
    s.ask_each("unknown topic", API, range(2, 5), asked("epochs-unknown", 0))
    s.ask_each("unknown partition", API, range(2, 5), asked("epochs", 0, partition=5))
    s.ask_each("negative partition", API, (4,), asked("epochs", 0, partition=-1))
    s.ask_each("a bad topic name", API, (4,), asked("a b", 0))
    s.ask_each("no topics", API, range(2, 5), {"ReplicaId": -1, "Topics": []})
    s.ask_each("as a debugging reader", API, (3, 4), asked("epochs", 0, replica=-2))
