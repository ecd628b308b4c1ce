"""The cases that every Python client goes through. A client's own program ends with `cases.run(its adapter)`."""

import os
import time

from harness import check
from harness.check import case, equal, eventually, raises, true
from raw.connection import Connection
from raw.topics import wait_until_gone, wait_until_led

from .adapter import Got, Refused, Sent

THEN = 1_700_000_000_000
BOOTSTRAP = os.environ.get("BOOTSTRAP", "")

client = None  # the adapter


def run(adapter):
    global client
    client = adapter
    check.run()


def topic(name, partitions=1, **configs):
    """A topic of this client's own, led and ready."""
    name = f"{type(client).__name__.lower()}-{name}"
    client.create(name, partitions, configs={k.replace("_", "."): str(v) for k, v in configs.items()})
    ready(name, partitions)
    return name


def ready(name, partitions):
    with Connection(BOOTSTRAP) as connection:
        wait_until_led(connection, name, partitions)


def text(records):
    return [r.value for r in sorted(records, key=lambda r: (r.partition, r.offset))]


@case
def keys_values_headers_and_nulls_come_back_as_they_were():
    name = topic("shapes")
    sent = [
        Sent(b"value", b"key"),
        Sent(b"value", None),
        Sent(None, b"tombstone"),
        Sent(b"", b""),
        Sent("größer ✓ 漢字 🦦".encode(), "ключ".encode()),
        Sent(bytes(range(256)), b"\x00\xff"),
        Sent(b"one header", None, [("name", b"value")]),
        Sent(b"headers", b"k", [("a", b"1"), ("a", b"2"), ("", b""), ("ü", b"\x00")]),
        Sent(b"many headers", None, [(f"h{i}", str(i).encode()) for i in range(100)]),
    ]
    if client.null_records:
        sent.append(Sent(None, None))
    if client.null_headers:
        sent.append(Sent(b"null header", None, [("null", None)]))
    placed = client.produce(name, sent)
    equal(placed, [(0, offset) for offset in range(len(sent))])
    got = client.read(name, {0: "beginning"}, len(sent))
    for want, have in zip(sent, got):
        equal((have.key, have.value, have.headers), (want.key, want.value, want.headers))
    equal([r.offset for r in got], list(range(len(sent))))


@case
def every_codec_is_taken_and_given_back():
    name = topic("codecs")
    expected = []
    for codec in client.codecs:
        values = [f"{codec} {i} ".encode() * 20 for i in range(200)]
        client.produce(name, [Sent(v, str(i).encode()) for i, v in enumerate(values)], compression=codec)
        expected += values
    equal(text(client.read(name, {0: "beginning"}, len(expected))), expected)
    # From the middle of a compressed batch.
    equal(client.read(name, {0: 777}, 1)[0].value, expected[777])


@case
def a_topic_with_a_codec_of_its_own_keeps_the_records():
    name = topic("recompressed", compression_type="lz4")
    values = [b"x%d" % i for i in range(50)]
    client.produce(name, [Sent(v) for v in values], compression="gzip")
    equal(text(client.read(name, {0: "beginning"}, 50)), values)


@case
def a_producers_time_is_kept():
    name = topic("times")
    client.produce(name, [Sent(b"a", timestamp=THEN), Sent(b"b", timestamp=THEN + 5), Sent(b"c", timestamp=1)])
    got = client.read(name, {0: "beginning"}, 3)
    equal([(r.timestamp, r.timestamp_type) for r in got], [(THEN, 0), (THEN + 5, 0), (1, 0)])


@case
def log_append_time_replaces_the_producers():
    name = topic("append-times", message_timestamp_type="LogAppendTime")
    before = int(time.time() * 1000)
    client.produce(name, [Sent(b"a", timestamp=THEN), Sent(b"b", timestamp=THEN)], compression="gzip")
    for record in client.read(name, {0: "beginning"}, 2):
        equal(record.timestamp_type, 1)
        true(before - 1000 <= record.timestamp <= time.time() * 1000 + 1000, f"{record.timestamp} is not now")


@case
def acks_none_one_and_all():
    name = topic("acks")
    for acks in (0, 1, "all"):
        client.produce(name, [Sent(f"{acks} {i}".encode()) for i in range(20)], acks=acks)
    expected = [f"{acks} {i}".encode() for acks in (0, 1, "all") for i in range(20)]
    equal(text(client.read(name, {0: "beginning"}, 60)), expected)


@case
def an_idempotent_producer_writes_everything_once():
    name = topic("idempotent", 3)
    sent = [Sent(b"%d" % i, partition=i % 3) for i in range(1500)]
    client.produce(name, sent, idempotent=True)
    got = client.read(name, {p: "beginning" for p in range(3)}, 1500)
    for partition in range(3):
        mine = [int(r.value) for r in got if r.partition == partition]
        equal(mine, list(range(partition, 1500, 3)))


@case
def partitions_are_those_that_were_asked_for():
    name = topic("explicit", 4)
    client.produce(name, [Sent(b"%d" % p, partition=p) for p in (3, 1, 0, 2, 3)])
    got = client.read(name, {p: "beginning" for p in range(4)}, 5)
    true(all(r.value == b"%d" % r.partition for r in got), f"in the wrong partition: {got}")


@case
def a_key_goes_where_the_java_client_puts_it():
    name = topic("keyed", 7)
    keys = [b"", b"a", b"key", "ключ".encode(), b"21", b"foobar", b"a-little-bit-long-string", b"\xff" * 17]
    keys += [b"user-%d" % i for i in range(50)]
    placed = client.produce(name, [Sent(b"v", k) for k in keys])
    equal([p for p, _ in placed], [(murmur2(k) & 0x7FFFFFFF) % 7 for k in keys])


def murmur2(data):
    """The hash of keys in Java's client: 32-bit MurmurHash2 with its own seed."""
    m, mask = 0x5BD1E995, 0xFFFFFFFF
    h = 0x9747B28C ^ len(data)
    for at in range(0, len(data) - len(data) % 4, 4):
        k = int.from_bytes(data[at : at + 4], "little") * m & mask
        h = h * m & mask ^ (k ^ k >> 24) * m & mask
    tail = data[len(data) - len(data) % 4 :]
    if tail:
        h = (h ^ int.from_bytes(tail, "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return h ^ h >> 15


@case
def large_records_up_to_the_limit_and_not_beyond():
    name = topic("large")
    client.produce(name, [Sent(b"x" * 1_000_000)], max_request=2_000_000)
    refused = raises(Refused, lambda: client.produce(name, [Sent(b"x" * 1_048_600)], max_request=2_000_000))
    equal(refused.name, "MESSAGE_TOO_LARGE")
    equal([len(r.value) for r in client.read(name, {0: "beginning"}, 1)], [1_000_000])


@case
def a_topic_for_larger_records_and_a_reader_that_fetches_little():
    name = topic("larger", max_message_bytes=5_000_000)
    client.produce(name, [Sent(b"a" * 3_000_000)], max_request=5_000_000)
    client.produce(name, [Sent(b"b")])
    got = client.read(name, {0: "beginning"}, 2, partition_bytes=10_000)
    equal([len(r.value) for r in got], [3_000_000, 1])


@case
def sixty_four_partitions_written_and_read_at_once():
    name = topic("many", 64)
    client.produce(name, [Sent(b"%d/%d" % (p, i), partition=p) for i in range(20) for p in range(64)])
    got = client.read(name, {p: "beginning" for p in range(64)}, 64 * 20)
    for partition in range(64):
        equal([r.value for r in got if r.partition == partition], [b"%d/%d" % (partition, i) for i in range(20)])


@case
def reading_from_an_offset_from_the_beginning_and_from_the_end():
    name = topic("seek")
    client.produce(name, [Sent(b"%d" % i) for i in range(100)])
    equal(client.read(name, {0: 37}, 1)[0].value, b"37")
    equal(client.read(name, {0: "beginning"}, 1)[0].value, b"0")
    equal(client.read(name, {0: 99}, 1)[0].value, b"99")
    equal(client.read(name, {0: "end"}, 0), [])
    equal(client.bounds(name, 0), (0, 100))


@case
def an_offset_out_of_range_is_reset_where_the_reader_says():
    name = topic("reset")
    client.produce(name, [Sent(b"%d" % i) for i in range(10)])
    equal(client.read(name, {0: 5000}, 1, reset="earliest")[0].value, b"0")


@case
def offsets_by_time():
    name = topic("by-time")
    client.produce(name, [Sent(b"%d" % i, timestamp=THEN + i * 1000) for i in range(10)], compression="gzip")
    equal(client.offset_at(name, 0, THEN), 0)
    equal(client.offset_at(name, 0, THEN + 3000), 3)
    equal(client.offset_at(name, 0, THEN + 3001), 4)
    equal(client.offset_at(name, 0, THEN - 5000), 0)
    equal(client.offset_at(name, 0, THEN + 9001), None)
    start = client.offset_at(name, 0, THEN + 7000)
    equal(client.read(name, {0: start}, 1)[0].value, b"7")


@case
def only_committed_records_are_all_records_where_nobody_has_transactions():
    name = topic("committed")
    client.produce(name, [Sent(b"%d" % i) for i in range(10)])
    equal(len(client.read(name, {0: "beginning"}, 10, isolation="read_committed")), 10)


@case
def writing_to_a_topic_that_is_not_there_makes_it():
    name = f"{type(client).__name__.lower()}-made-by-writing"
    client.produce(name, [Sent(b"first")])
    equal(client.partitions(name), 3)
    true(name in client.topics(), "the new topic is not in the list")


@case
def topics_are_created_described_and_deleted():
    name = topic("admin", 2, retention_ms=123456)
    true(name in client.topics(), "it is not in the list")
    equal(client.partitions(name), 2)
    configs = client.configs(name)
    equal(configs["retention.ms"], "123456")
    equal(configs["cleanup.policy"], "delete")
    true(len(configs) >= 30, f"only {len(configs)} configurations")
    client.delete(name)
    with Connection(BOOTSTRAP) as connection:
        wait_until_gone(connection, name)
    true(name not in client.topics(), "it is still in the list")


@case
def what_cannot_be_created_is_refused_by_its_error():
    name = topic("refused")
    for error, action in {
        "TOPIC_ALREADY_EXISTS": lambda: client.create(name),
        "INVALID_TOPIC_EXCEPTION": lambda: client.create("no/such/name"),
        "INVALID_PARTITIONS": lambda: client.create(name + "-x", 0),
        "INVALID_REPLICATION_FACTOR": lambda: client.create(name + "-x", 1, 2),
        "INVALID_CONFIG": lambda: client.create(name + "-x", configs={"retention.ms": "soon"}),
        "UNKNOWN_TOPIC_OR_PARTITION": lambda: client.delete(name + "-x"),
    }.items():
        equal(raises(Refused, action).name, error)


@case
def a_topic_grows():
    name = topic("grows", 2)
    client.grow(name, 5)
    ready(name, 5)
    eventually(lambda: client.partitions(name) == 5, "five partitions")
    client.produce(name, [Sent(b"%d" % p, partition=p) for p in range(5)])
    equal(len(client.read(name, {p: "beginning" for p in range(5)}, 5)), 5)
    equal(raises(Refused, lambda: client.grow(name, 3)).name, "INVALID_PARTITIONS")


@case
def deleted_records_are_gone():
    name = topic("deleted")
    client.produce(name, [Sent(b"%d" % i) for i in range(20)])
    client.delete_records(name, {0: 12})
    equal(client.bounds(name, 0), (12, 20))
    equal(client.read(name, {0: "beginning"}, 1)[0].value, b"12")
    client.delete_records(name, {0: -1})
    equal(client.bounds(name, 0), (20, 20))


@case
def the_cluster_has_one_broker_at_the_address_given():
    host, port = BOOTSTRAP.split(":")
    equal(client.brokers(), [(1, host, int(port))])


__all__ = ["Got", "Sent", "case", "equal", "run", "topic"]
