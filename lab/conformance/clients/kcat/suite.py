#!/usr/bin/env python3
"""kcat: the command-line client on the system's librdkafka."""

import json
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from harness.check import case, equal, run, true  # noqa: E402
from raw.connection import Connection  # noqa: E402
from raw.topics import wait_until_led  # noqa: E402

BOOTSTRAP = os.environ["BOOTSTRAP"]


def kcat(*arguments, feed=None, code=0):
    """Runs kcat and returns what it printed."""
    done = subprocess.run(["kcat", "-b", BOOTSTRAP, *arguments], input=feed, capture_output=True, timeout=60)
    if done.returncode != code:
        raise AssertionError(f"kcat {' '.join(arguments)} ended with {done.returncode}: {done.stderr.decode()[-500:]}")
    return done.stdout.decode()


def topic(suffix, partitions=1, **configs):
    name = f"kcat-{suffix}"
    wanted = [{"Name": k.replace("_", "."), "Value": v} for k, v in configs.items()]
    with Connection(BOOTSTRAP) as connection:
        answer = connection.call("CreateTopics", 7, {"Topics": [
            {"Name": name, "NumPartitions": partitions, "ReplicationFactor": 1, "Configs": wanted}]})
        equal(answer["Topics"][0]["ErrorCode"], 0)
        wait_until_led(connection, name, partitions)
    return name


def read(name, *more, shape="%s\n"):
    """Reads a topic to its end."""
    return kcat("-C", "-t", name, "-e", "-q", "-f", shape, *more).splitlines()


@case
def lines_are_written_and_read():
    name = topic("lines")
    kcat("-P", "-t", name, feed=b"one\ntwo\nthree\n")
    equal(read(name, shape="%p %o %s\n"), ["0 0 one", "0 1 two", "0 2 three"])


@case
def keys_headers_and_nulls():
    name = topic("shapes")
    kcat("-P", "-t", name, "-K", ":", "-H", "one=1", "-H", "two=zwei", feed="k1:v1\nключ:größer ✓\n".encode())
    kcat("-P", "-t", name, "-K", ":", "-Z", feed=b"tombstone:\n:no key\n")
    shape = "%k|%K|%s|%S|%h\n"
    equal(read(name, shape=shape), [
        "k1|2|v1|2|one=1,two=zwei", "ключ|8|größer ✓|12|one=1,two=zwei", "tombstone|9||-1|", "|-1|no key|6|"])


@case
def every_codec():
    name = topic("codecs")
    expected = []
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        lines = [f"{codec} {i}" for i in range(500)]
        kcat("-P", "-t", name, "-z", codec, feed="\n".join(lines).encode())
        expected += lines
    equal(read(name), expected)


@case
def acks_none_one_and_all():
    name = topic("acks")
    for acks in ("0", "1", "all"):
        kcat("-P", "-t", name, "-X", f"acks={acks}", feed=f"acks {acks}\n".encode())
    equal(read(name), ["acks 0", "acks 1", "acks all"])


@case
def an_idempotent_producer():
    name = topic("idempotent")
    lines = [str(i) for i in range(5000)]
    kcat("-P", "-t", name, "-X", "enable.idempotence=true", "-X", "batch.num.messages=50", feed="\n".join(lines).encode())
    equal(read(name), lines)


@case
def an_explicit_partition():
    name = topic("partitions", 4)
    kcat("-P", "-t", name, "-p", "2", feed=b"here\n")
    equal(read(name, shape="%p %s\n"), ["2 here"])


@case
def offsets_from_both_ends():
    name = topic("offsets")
    kcat("-P", "-t", name, feed="\n".join(str(i) for i in range(20)).encode())
    equal(read(name, "-p", "0", "-o", "7", "-c", "1"), ["7"])
    equal(read(name, "-p", "0", "-o", "-3"), ["17", "18", "19"])
    equal(read(name, "-p", "0", "-o", "beginning", "-c", "2"), ["0", "1"])
    equal(read(name, "-p", "0", "-o", "end"), [])


@case
def offsets_by_time():
    name = topic("by-time")
    kcat("-P", "-t", name, feed=b"early\n")
    time.sleep(0.02)
    between = int(time.time() * 1000)
    time.sleep(0.02)
    kcat("-P", "-t", name, feed=b"late\n")
    equal(kcat("-Q", "-t", f"{name}:0:{between}").strip(), f"{name} [0] offset 1")
    equal(read(name, "-p", "0", "-o", f"s@{between}"), ["late"])
    equal(read(name, "-p", "0", "-o", "s@0", "-o", f"e@{between}"), ["early"])


@case
def metadata_as_json():
    name = topic("metadata", 3)
    found = json.loads(kcat("-L", "-J", "-t", name))
    equal([(b["id"], b["name"]) for b in found["brokers"]], [(1, BOOTSTRAP)])
    equal(found["topics"], [{"topic": name, "partitions": [
        {"partition": p, "leader": 1, "replicas": [{"id": 1}], "isrs": [{"id": 1}]} for p in range(3)]}])


@case
def the_topic_is_among_all():
    name = topic("listed")
    true(f'topic "{name}" with 1 partitions' in kcat("-L"), "the topic is not listed")


@case
def writing_to_a_topic_that_is_not_there_makes_it():
    kcat("-P", "-t", "kcat-made-by-writing", feed=b"first\n")
    equal(read("kcat-made-by-writing"), ["first"])


@case
def a_larger_record_than_the_broker_takes():
    name = topic("large", max_message_bytes="2000")
    kcat("-P", "-t", name, "-D", "\x01", feed=b"x" * 1900)
    kcat("-P", "-t", name, "-D", "\x01", feed=b"x" * 3000, code=1)
    equal([len(line) for line in read(name)], [1900])


@case
def reading_with_small_fetches():
    name = topic("small-fetches")
    kcat("-P", "-t", name, "-D", "\x01", feed=b"a" * 500_000 + b"\x01" + b"b" * 500_000)
    sizes = [len(line) for line in read(name, "-X", "fetch.message.max.bytes=1000")]
    equal(sizes, [500_000, 500_000])


@case
def only_committed_records():
    name = topic("committed")
    kcat("-P", "-t", name, feed=b"one\ntwo\n")
    for level in ("read_committed", "read_uncommitted"):
        equal(read(name, "-X", f"isolation.level={level}"), ["one", "two"])


def in_group(group, *topics, count=None):
    """Reads as a member of a group from the beginning, to the end or so many records, and leaves."""
    enough = ["-e"] if count is None else ["-c", str(count)]
    settings = ("auto.offset.reset=earliest", "session.timeout.ms=6000", "heartbeat.interval.ms=500")
    words = [word for setting in settings for word in ("-X", setting)]
    return kcat("-q", "-f", "%t %p %s\n", *enough, *words, "-G", group, *topics).splitlines()


@case
def a_group_goes_on_where_it_was():
    name = topic("group", 3)
    for partition in range(3):
        kcat("-P", "-t", name, "-p", str(partition), feed=f"first {partition}\n".encode())
    equal(sorted(in_group("kcat-group", name)), [f"{name} {p} first {p}" for p in range(3)])
    kcat("-P", "-t", name, "-p", "1", feed=b"second\n")
    equal(in_group("kcat-group", name), [f"{name} 1 second"])
    equal(len(in_group("kcat-another-group", name)), 4)


@case
def a_group_on_a_pattern():
    names = [topic(f"pattern-{n}") for n in ("a", "b")]
    for name in names:
        kcat("-P", "-t", name, feed=b"here\n")
    equal(sorted(in_group("kcat-pattern", "^kcat-pattern-.$", count=2)), [f"{name} 0 here" for name in names])


run()
