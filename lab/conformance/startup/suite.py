#!/usr/bin/env python3
"""How a node starts, refuses to start, and ends; and the storage tool that prepares its directories.

What is asked of both brokers is the exit code and the word that names the trouble; of Ottla also that its message
names the file and the key.
"""

import os
import pathlib
import re
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.check import case, equal, run, true  # noqa: E402
from harness.server import Server, Target, fresh_id  # noqa: E402
from raw import batches  # noqa: E402
from raw.connection import Connection, call  # noqa: E402
from raw.topics import wait_until_led  # noqa: E402

TARGET = Target.from_environment()
WORK = pathlib.Path(os.environ["WORK"])
PORT = int(os.environ["PORTS"])
OTTLA = TARGET.name == "ottla"


def server(name, **more):
    return Server(TARGET, WORK / name, PORT, **more)


def formatted(name, **more):
    made = server(name, **more)
    made.format()
    return made


def refusal(node, *overrides):
    """Starts what must not start. Returns what it said."""
    done = subprocess.run(TARGET.start_command(node.properties, *overrides), capture_output=True, text=True, timeout=120,
                          env=node.environment(), cwd=node.directory)
    equal(done.returncode, 1, f"exit code; it said {done.stderr[-500:]}")
    return done.stdout + done.stderr if TARGET.name == "kafka" else done.stderr


def says(message, *words):
    for word in words:
        true(str(word).lower() in message.lower(), f"{word!r} is not in: {message[-1200:]}")


class Running:
    """A node that serves, and is stopped at the end."""

    def __init__(self, node):
        self.node = node

    def __enter__(self):
        self.node.start()
        return self.node

    def __exit__(self, kind, *_):
        if kind is None:
            self.node.stop()
        else:
            self.node.kill()


# ---- starting and ending


@case
def a_node_starts_serves_and_ends_on_sigterm():
    with Running(formatted("plain")) as node:
        with Connection(node.bootstrap) as connection:
            connection.call("CreateTopics", 7, {"Topics": [{"Name": "kept", "NumPartitions": 1, "ReplicationFactor": 1}]})
            wait_until_led(connection, "kept", 1)
            connection.call("Produce", 9, {"Acks": -1, "TimeoutMs": 5000, "TopicData": [{"Name": "kept", "PartitionData": [
                {"Index": 0, "Records": batches.batch([batches.Record(b"kept")])}]}]})
    with Running(node):
        answer = call(node.bootstrap, "Fetch", 11, {"MaxWaitMs": 500, "MinBytes": 1, "Topics": [{"Topic": "kept", "Partitions": [
            {"Partition": 0, "FetchOffset": 0, "PartitionMaxBytes": 10000}]}]})
        records = batches.read_batches(answer["Responses"][0]["Partitions"][0]["Records"])[0].records
        equal([r.value for _, r in records], [b"kept"], "what was there before it ended")
        true(not (node.data / ".kafka_cleanshutdown").exists(), "the mark of a clean end is still there")


@case
def it_ends_with_connections_open_and_requests_waiting():
    node = formatted("waiting")
    node.start()
    held = [Connection(node.bootstrap) for _ in range(20)]
    held[0].call("CreateTopics", 7, {"Topics": [{"Name": "waited-for", "NumPartitions": 1, "ReplicationFactor": 1}]})
    wait_until_led(held[0], "waited-for", 1)
    for connection in held[:10]:
        connection.send("Fetch", 11, {"MaxWaitMs": 60000, "MinBytes": 1, "Topics": [{"Topic": "waited-for", "Partitions": [
            {"Partition": 0, "FetchOffset": 0, "PartitionMaxBytes": 10000}]}]})
    node.stop()


@case
def it_ends_on_sigint_too():
    node = formatted("interrupted")
    node.start()
    node.process.send_signal(signal.SIGINT)
    equal(node.process.wait(60), 0 if OTTLA else 130, "exit code")


@case
def an_override_wins_over_the_file():
    node = formatted("override")
    node.overrides = ("num.partitions=7", "auto.create.topics.enable=false")
    with Running(node):
        answer = call(node.bootstrap, "DescribeConfigs", 4, {"Resources": [
            {"ResourceType": 4, "ResourceName": "1", "ConfigurationKeys": ["num.partitions"]}]})
        equal(answer["Results"][0]["Configs"][0]["Value"], "7", "num.partitions")
        answer = call(node.bootstrap, "Metadata", 9, {"Topics": [{"Name": "not-made"}], "AllowAutoTopicCreation": True})
        equal(answer["Topics"][0]["ErrorCode"], 3, "error of an unknown topic where none may be made")


@case
def an_unknown_key_is_no_reason_not_to_start():
    with Running(formatted("unknown-key", extra="num.partitons=5\nsome.plugins.own.key=1\n")) as node:
        pass
    if OTTLA:
        says(node.log_path.read_text(), "num.partitons", "num.partitions")


# ---- refusing to start


@case
def a_directory_that_was_not_formatted():
    node = server("unformatted")
    node.data.mkdir()
    message = refusal(node)
    says(message, "meta.properties")
    if OTTLA:
        says(message, node.data)


@case
def a_directory_that_is_not_there():
    node = server("nowhere")
    says(refusal(node), *(["meta.properties", node.data] if OTTLA else ["meta.properties"]))


@case
def a_directory_of_another_node():
    node = formatted("another-node")
    text = node.properties.read_text()
    node.properties.write_text(text.replace("node.id=1", "node.id=2"))
    message = refusal(node)
    says(message, "node", "1", "2")
    if OTTLA:
        says(message, "meta.properties", "node.id")


@case
def directories_of_two_clusters():
    one, two = formatted("cluster-one"), formatted("cluster-two")
    one.properties.write_text(one.properties.read_text().replace(f"log.dirs={one.data}", f"log.dirs={one.data},{two.data}"))
    message = refusal(one)
    says(message, "cluster")
    if OTTLA:
        says(message, two.data, "cluster.id")


@case
def an_address_in_use():
    with Running(formatted("port")) as node:
        again = Server(TARGET, WORK / "port-again", PORT)
        again.format()
        message = refusal(again)
        says(message, "in use")
        if OTTLA:
            says(message, PORT)
        true(node.serves(), "the one that was there first does not serve any more")


@case
def a_file_that_is_not_there():
    node = server("no-file")
    node.properties.unlink()
    says(refusal(node), node.properties.name)


@case
def values_that_cannot_be():
    node = formatted("values")
    good = node.properties.read_text()
    for key, value in {
        "num.partitions": "many",
        "log.segment.bytes": "5",
        "log.retention.check.interval.ms": "0",
        "compression.type": "brotli",
        "node.id": "one",
        "process.roles": "wizard",
        "listeners": "nonsense",
        "auto.create.topics.enable": "perhaps",
        "log.cleaner.min.cleanable.ratio": "7",
    }.items():
        lines = [line for line in good.splitlines() if not line.startswith(f"{key}=")]
        node.properties.write_text("\n".join([*lines, f"{key}={value}", ""]))
        message = refusal(node)
        says(message, value)
        if OTTLA:
            says(message, node.properties, key)


@case
def what_a_node_cannot_do_without():
    node = formatted("without")
    good = node.properties.read_text()
    for key in ("process.roles", "node.id", "controller.listener.names", "log.dirs"):
        lines = [line for line in good.splitlines() if not line.startswith(f"{key}=")]
        node.properties.write_text("\n".join(lines) + "\n")
        if key == "log.dirs":
            # The default is /tmp/kafka-logs, which is nobody's to try.
            continue
        says(refusal(node), key)


# ---- the storage tool


def storage(*arguments, code=0):
    done = subprocess.run(TARGET.storage_command(*arguments), capture_output=True, text=True, timeout=120)
    equal(done.returncode, code, f"exit code of storage {arguments}; it said {done.stdout[-300:]}{done.stderr[-300:]}")
    return done.stdout + done.stderr


@case
def a_random_uuid():
    found = [storage("random-uuid").strip() for _ in range(2)]
    for uuid in found:
        true(re.fullmatch(r"[A-Za-z0-9_][\w-]{21}", uuid), f"{uuid!r} is no id")
    true(found[0] != found[1], "the same id twice")


@case
def formatting_and_looking_at_it():
    node, cluster = server("storage"), fresh_id()
    out = storage("format", "-t", cluster, "-c", node.properties, "--standalone")
    true(re.search(rf"Formatting dynamic metadata voter directory {node.data} with metadata.version 4.3-IV0.", out), out)
    written = dict(line.split("=", 1) for line in (node.data / "meta.properties").read_text().splitlines() if not line.startswith("#"))
    equal({k: written[k] for k in ("version", "cluster.id", "node.id")}, {"version": "1", "cluster.id": cluster, "node.id": "1"})
    equal(len(written["directory.id"]), 22, "length of the directory's id")
    true((node.data / "bootstrap.checkpoint").exists(), "no bootstrap.checkpoint")

    info = storage("info", "-c", node.properties)
    true(f"Found log directory:\n  {node.data}\n" in info, info)
    true(f"cluster.id={cluster}" in info and "node.id=1" in info, info)

    again = storage("format", "-t", cluster, "-c", node.properties, "--standalone", code=1)
    true("is already formatted. Use --ignore-formatted to ignore this directory and format the others." in again, again)
    storage("format", "-t", cluster, "-c", node.properties, "--standalone", "--ignore-formatted")
    storage("format", "-t", fresh_id(), "-c", node.properties, "--standalone", "--ignore-formatted", code=1)


@case
def formatting_that_is_refused():
    node = server("storage-refused")
    says(storage("format", "-t", fresh_id(), "-c", WORK / "no-such-file", "--standalone", code=1), "no-such-file")
    says(storage("format", "-t", fresh_id(), "-c", node.properties, "--standalone", "--release-version", "9.9", code=1), "9.9")
    says(storage("format", "-t", fresh_id(), "-c", node.properties, "--standalone", "--feature", "no.such=1", code=1), "no.such")
    true(not (node.data / "meta.properties").exists(), "it was formatted nevertheless")
    info = storage("info", "-c", node.properties, code=1)
    says(info, node.data)


@case
def formatting_for_an_older_release():
    node = server("storage-older")
    out = storage("format", "-t", fresh_id(), "-c", node.properties, "--standalone", "--release-version", "4.1")
    says(out, "4.1-IV1")
    with Running(node):
        features = call(node.bootstrap, "ApiVersions", 4, {"ClientSoftwareName": "x", "ClientSoftwareVersion": "1"})["FinalizedFeatures"]
        equal([f["MaxVersionLevel"] for f in features if f["Name"] == "metadata.version"], [27], "metadata.version")


# ---- Ottla alone

if OTTLA:

    # The real broker's second process gets at the first one's metadata log before it finds the lock, and breaks it.
    @case
    def a_directory_in_use():
        with Running(formatted("in-use")) as node:
            again = Server(TARGET, WORK / "in-use-again", PORT + 2)
            again.properties.write_text(again.properties.read_text().replace(str(again.data), str(node.data)))
            says(refusal(again), "lock", node.data)
            true(node.serves(), "the one that was there first does not serve any more")

    @case
    def without_a_file_it_formats_and_serves_by_itself():
        home = WORK / "bare"
        home.mkdir()
        for _ in range(2):
            process = subprocess.Popen([TARGET.ottla, "start"], cwd=home, stderr=subprocess.DEVNULL)
            try:
                node = Server.__new__(Server)
                node.__dict__.update(target=TARGET, port=9092, data=home / "ottla-data", process=process, log_path=home / "none")
                node.wait_until_it_serves()
                created = call("127.0.0.1:9092", "CreateTopics", 7, {"Topics": [{"Name": "bare", "NumPartitions": 1, "ReplicationFactor": 1}]})
                node.stop()
            finally:
                node.kill()
        equal(created["Topics"][0]["ErrorCode"], 36, "the second time the topic is there")


run()
