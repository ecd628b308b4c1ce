#!/usr/bin/env python3
"""Clients that are broken, malicious or asleep: they lose their connection, and nobody else notices.

After each case another connection must be served, and Ottla's memory must not have grown beyond what was received.
"""

import os
import pathlib
import random
import resource
import socket
import struct
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.check import case, equal, eventually, run, true  # noqa: E402
from hostile.requests import valid_requests  # noqa: E402
from raw import batches  # noqa: E402
from raw.connection import Connection, address_of, request_frame  # noqa: E402
from raw.topics import wait_until_led  # noqa: E402

BOOTSTRAP = os.environ["BOOTSTRAP"]
TARGET = os.environ["TARGET"]
PID = int(os.environ["SERVER_PID"])
LOG = pathlib.Path(os.environ["SERVER_LOG"])
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
MAX_REQUEST = 104_857_600  # socket.request.max.bytes

# What a case may leave in Ottla's memory: its allocator does not hand everything back at once.
GROWTH_ALLOWED_KIB = 64 * 1024


def connect():
    made = socket.create_connection(address_of(BOOTSTRAP), timeout=20)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def frame(payload):
    return struct.pack(">i", len(payload)) + payload


def resident_kib():
    for line in pathlib.Path(f"/proc/{PID}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError("the broker is gone")


def others_are_served():
    with Connection(BOOTSTRAP, timeout=20) as connection:
        equal(len(connection.call("Metadata", 9, {"Topics": []})["Brokers"]), 1, "another connection is served")


class Unharmed:
    """Checks when it is left that the broker serves others and has not grown."""

    def __init__(self, growth_kib=GROWTH_ALLOWED_KIB):
        self.growth_kib = growth_kib

    def __enter__(self):
        others_are_served()
        self.before = resident_kib()

    def __exit__(self, kind, *_):
        if kind is None:
            others_are_served()
            grown = resident_kib() - self.before
            # The real broker's memory is its JVM's affair.
            true(TARGET == "kafka" or grown <= self.growth_kib, f"the broker grew by {grown} KiB")


def closed_by_broker(made, timeout=20):
    """True once the broker has closed the connection without an answer."""
    made.settimeout(timeout)
    try:
        return made.recv(1) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False


def lost(data):
    """Sends bytes on a connection of their own, which the broker must close."""
    with connect() as made:
        try:
            made.sendall(data)
        except ConnectionError:
            return
        true(closed_by_broker(made), f"still open after {data[:40].hex()}")


# ---- lengths


@case
def a_negative_length():
    with Unharmed():
        for length in (-1, -2, -(2**31)):
            lost(struct.pack(">i", length) + b"x" * 20)


@case
def a_length_beyond_the_limit():
    with Unharmed():
        for length in (MAX_REQUEST + 1, 2**31 - 1):
            lost(struct.pack(">i", length) + b"x" * 20)


@case
def a_length_too_small_for_a_header():
    with Unharmed():
        for size in range(0, 8):
            lost(frame(b"\0" * size))


@case
def large_lengths_of_which_little_comes():
    # The real broker sets the memory aside that is announced: a few such connections would end its 512 MB.
    count, size = (3, 20_000_000) if TARGET == "kafka" else (200, MAX_REQUEST)
    with Unharmed():
        held = [connect() for _ in range(count)]
        for made in held:
            made.sendall(struct.pack(">i", size) + b"\0\x03\0\x01" + b"x" * 1000)
        time.sleep(0.5)
        others_are_served()
        true(TARGET == "kafka" or resident_kib() < 500_000, "memory was set aside for what has not come")
        for made in held:
            made.close()


@case
def a_length_that_is_cut():
    with Unharmed():
        held = [connect() for _ in range(50)]
        for count, made in enumerate(held):
            made.sendall(b"\0\0\1\0"[: count % 4])
        for made in held:
            made.close()


# ---- what is no request


@case
def other_protocols():
    with Unharmed():
        for data in (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"SSH-2.0-OpenSSH_9.6\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500,
                     b"EHLO localhost\r\n", b"\xff" * 100):
            lost(data)


@case
def random_bytes_in_whole_frames():
    chance = random.Random(SEED)
    with Unharmed():
        for _ in range(300):
            with connect() as made:
                made.sendall(frame(chance.randbytes(chance.randrange(8, 400))))
                made.shutdown(socket.SHUT_WR)
                drain(made)


def drain(made):
    """Reads to the end of the connection, whatever comes."""
    made.settimeout(30)
    try:
        while made.recv(65536):
            pass
    except ConnectionError:
        pass


@case
def keys_and_versions_that_are_none():
    with Unharmed():
        for key, version in ((999, 0), (-1, 0), (32767, 0), (3, 99), (3, -1), (1, 1000), (4, 0), (58, 0), (52, 0)):
            lost(frame(struct.pack(">hhih", key, version, 1, -1) + b"\0" * 30))


# ---- requests that are broken


@case
def every_request_cut_at_every_byte():
    with Unharmed():
        for payload in valid_requests():
            step = max(1, len(payload) // 12)
            for size in range(8, len(payload), step):
                with connect() as made:
                    made.sendall(frame(payload[:size]))
                    made.shutdown(socket.SHUT_WR)
                    drain(made)


@case
def every_request_with_counts_and_lengths_gone_wrong():
    chance = random.Random(SEED)
    with Unharmed():
        for payload in valid_requests():
            for _ in range(12):
                broken = bytearray(payload)
                at = chance.randrange(8, len(broken))
                if chance.random() < 0.5:
                    broken[at : at + 4] = struct.pack(">i", chance.choice([2**31 - 1, -1, -2, 1 << 30, 1 << 24]))
                else:
                    broken[at : at + 1] = b"\xff\xff\xff\xff\x07"  # the largest compact length
                with connect() as made:
                    made.sendall(frame(bytes(broken)))
                    made.shutdown(socket.SHUT_WR)
                    drain(made)


@case
def a_count_of_two_billion():
    with Unharmed():
        for version in (1, 4, 8):
            lost(frame(struct.pack(">hhih", 3, version, 1, -1) + struct.pack(">i", 2**31 - 1)))
        lost(frame(struct.pack(">hhihb", 3, 12, 1, -1, 0) + b"\xff\xff\xff\xff\x07"))
        for key, version, head in ((0, 7, b"\xff\xff\xff\xff\0\0\0\0"), (1, 4, b"\xff" * 4 + b"\0" * 12 + b"\0"), (2, 1, b"\xff" * 4),
                                   (19, 2, b""), (20, 1, b""), (32, 1, b""),
                                   # JoinGroup, SyncGroup, LeaveGroup, OffsetCommit, OffsetFetch, OffsetDelete, DescribeGroups, DeleteGroups
                                   (11, 0, b"\0\1g" + b"\0" * 8), (14, 0, b"\0\1g" + b"\0" * 6), (13, 3, b"\0\1g"),
                                   (8, 2, b"\0\1g" + b"\0" * 14), (9, 1, b"\0\1g"), (47, 0, b"\0\1g"), (15, 0, b""), (42, 0, b"")):
            lost(frame(struct.pack(">hhih", key, version, 1, -1) + head + struct.pack(">i", 2**31 - 1)))


@case
def a_request_in_single_bytes():
    with Unharmed(), connect() as made:
        for byte in request_frame("ApiVersions", 0, {}, 7):
            made.sendall(bytes([byte]))
            time.sleep(0.005)
        equal(struct.unpack(">i", made.recv(8)[4:8])[0], 7, "the correlation id")


@case
def connections_reset_in_the_middle():
    with Unharmed():
        for cut in range(60):
            made = connect()
            made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            made.sendall(request_frame("Metadata", 1, {"Topics": None}, 1)[: 5 + cut])
            made.close()


# ---- many, and asleep


@case
def two_thousand_idle_connections():
    allow_files(2500)
    with Unharmed():
        idle = [connect() for _ in range(2000)]
        others_are_served()
        true(TARGET == "kafka" or file_count() > 2000, "the broker does not hold them")
        for made in idle[::200]:
            made.sendall(request_frame("ApiVersions", 0, {}, 5))
            true(len(made.recv(8)) == 8, "an idle connection is not served once it asks")
        for made in idle:
            made.close()
    eventually(lambda: file_count() < 1000, "the broker lets go of them")


@case
def two_thousand_connections_in_the_middle_of_a_request():
    allow_files(2500)
    part = request_frame("Metadata", 1, {"Topics": []}, 1)
    with Unharmed():
        held = [connect() for _ in range(2000)]
        for count, made in enumerate(held):
            made.sendall(part[: 1 + count % (len(part) - 1)])
        others_are_served()
        for made in held:
            made.close()
    eventually(lambda: file_count() < 1000, "the broker lets go of them")


def allow_files(count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count), hard))


def file_count():
    return len(os.listdir(f"/proc/{PID}/fd"))


@case
def clients_that_never_read():
    topic, megabytes = "hostile-unread", 16
    with Connection(BOOTSTRAP) as connection:
        connection.call("CreateTopics", 7, {"Topics": [{"Name": topic, "NumPartitions": 1, "ReplicationFactor": 1}]})
        wait_until_led(connection, topic, 1)
        data = batches.batch([batches.Record(b"x" * 1_000_000)])
        for _ in range(megabytes):
            connection.call("Produce", 9, {"Acks": -1, "TimeoutMs": 10000, "TopicData": [
                {"Name": topic, "PartitionData": [{"Index": 0, "Records": data}]}]})
    fetch = request_frame("Fetch", 11, {"MaxWaitMs": 0, "MinBytes": 1, "Topics": [
        {"Topic": topic, "Partitions": [{"Partition": 0, "FetchOffset": 0, "PartitionMaxBytes": megabytes * 1_000_000}]}]}, 1)
    metadata = request_frame("Metadata", 1, {"Topics": None}, 1)
    with Unharmed():
        sleepers = []
        for question in (fetch, metadata):
            for _ in range(10):
                made = connect()
                made.setblocking(False)
                send_until_full(made, question, 2000)
                sleepers.append(made)
        time.sleep(1)
        others_are_served()
        for made in sleepers:
            made.close()


def send_until_full(made, question, count):
    for _ in range(count):
        try:
            if made.send(question) < len(question):
                return
        except BlockingIOError:
            return


@case
def a_batch_that_unpacks_to_a_thousand_times_its_size():
    topic, size = "hostile-bomb", 200_000_000
    with Connection(BOOTSTRAP, timeout=120) as connection:
        connection.call("CreateTopics", 7, {"Topics": [{"Name": topic, "NumPartitions": 1, "ReplicationFactor": 1}]})
        wait_until_led(connection, topic, 1)
        bomb = batches.batch([batches.Record(b"\0" * size)], "gzip")
        true(len(bomb) < 1_000_000, "it is no bomb")
        with Unharmed():
            connection.call("Produce", 9, {"Acks": -1, "TimeoutMs": 60000, "TopicData": [
                {"Name": topic, "PartitionData": [{"Index": 0, "Records": bomb}]}]})


if TARGET == "ottla":

    @case
    def one_line_in_the_log_for_a_broken_connection():
        time.sleep(0.5)
        before = len(LOG.read_text(errors="replace").splitlines())
        for _ in range(5):
            lost(struct.pack(">i", -1) + b"x" * 20)
        eventually(lambda: len(LOG.read_text(errors="replace").splitlines()) >= before + 5, "five lines")
        time.sleep(0.5)
        equal(len(LOG.read_text(errors="replace").splitlines()) - before, 5, "lines for five broken connections")


print(f"# SEED={SEED}", flush=True)
run()
