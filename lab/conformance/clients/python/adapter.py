"""What every Python client is asked to do, in one vocabulary: an adapter for each says it in the client's own."""

from dataclasses import dataclass, field


@dataclass
class Sent:
    """A record to be produced. Without a partition the client's partitioner chooses one."""

    value: bytes | None
    key: bytes | None = None
    headers: list = field(default_factory=list)  # of (str, bytes | None)
    timestamp: int | None = None  # milliseconds
    partition: int | None = None


@dataclass
class Got:
    """A record that was read."""

    partition: int
    offset: int
    timestamp: int
    timestamp_type: int  # 0 create time, 1 log append time
    key: bytes | None
    value: bytes | None
    headers: list


_ERRORS = {
    3: "UNKNOWN_TOPIC_OR_PARTITION",
    10: "MESSAGE_TOO_LARGE",
    17: "INVALID_TOPIC_EXCEPTION",
    36: "TOPIC_ALREADY_EXISTS",
    37: "INVALID_PARTITIONS",
    38: "INVALID_REPLICATION_FACTOR",
    40: "INVALID_CONFIG",
}


class Refused(Exception):
    """The broker's error, by the name that the protocol gives it: clients have names of their own."""

    def __init__(self, code):
        self.name = _ERRORS.get(code, f"error {code}")
        super().__init__(self.name)


class Adapter:
    """One client library. Every method opens what it needs and closes it."""

    #: Whether its consumer hands out a header whose value is null as None, and its producer takes one.
    null_headers = True
    #: Whether its producer takes a record with neither key nor value.
    null_records = True
    #: Which codecs it can send.
    codecs = ("none", "gzip", "snappy", "lz4", "zstd")

    def produce(self, topic, records, acks="all", compression="none", idempotent=False, max_request=1_000_000, create=True):
        """Sends the records and returns (partition, offset) of each, or raises `Refused`."""
        raise NotImplementedError

    def read(self, topic, starts, count, isolation="read_uncommitted", partition_bytes=1 << 20, reset="none"):
        """Reads `count` records from the partitions in `starts`: an offset, "beginning" or "end" for each."""
        raise NotImplementedError

    def bounds(self, topic, partition):
        """The first offset, and the one after the last."""
        raise NotImplementedError

    def offset_at(self, topic, partition, timestamp):
        """The first offset at or after a time, None where there is none."""
        raise NotImplementedError

    def create(self, name, partitions=1, replicas=1, configs=None):
        raise NotImplementedError

    def delete(self, name):
        raise NotImplementedError

    def grow(self, name, partitions):
        raise NotImplementedError

    def delete_records(self, topic, offsets):
        """Deletes the records before the offset given for each partition; -1 means all there are."""
        raise NotImplementedError

    def configs(self, topic):
        """Every configuration of a topic, by name."""
        raise NotImplementedError

    def topics(self):
        """The names of all topics."""
        raise NotImplementedError

    def partitions(self, topic):
        """How many partitions a topic has."""
        raise NotImplementedError

    def brokers(self):
        """(id, host, port) of every broker."""
        raise NotImplementedError
