#!/usr/bin/env python3
"""Kafka's own command-line tools against the broker: what they print and how they end."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness import cache  # noqa: E402
from harness.check import case, equal, eventually, run, true  # noqa: E402
from raw.batches import Record, batch  # noqa: E402
from raw.connection import Connection  # noqa: E402
from raw.topics import wait_until_led  # noqa: E402
from tools.jvm import Jvm  # noqa: E402

BOOTSTRAP = os.environ["BOOTSTRAP"]
SERVER = ("--bootstrap-server", BOOTSTRAP)
THEN = 1_700_000_000_000
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")

jvm = Jvm()


def tool(name, *arguments, feed="", code=0):
    """Runs a tool against the broker, expects its exit code, and returns what it printed on stdout."""
    done = jvm.run(name, *SERVER, *arguments, feed=feed)
    if done.code != code:
        raise AssertionError(f"{name} {' '.join(map(str, arguments))} ended with {done.code}:\n{done.out[-800:]}\n{done.err[-800:]}")
    return done.out


def topic(suffix, partitions=1, *more):
    name = f"tools-{suffix}"
    tool("kafka-topics", "--create", "--topic", name, "--partitions", partitions, *more)
    ready(name, partitions)
    return name


def ready(name, partitions):
    with Connection(BOOTSTRAP) as connection:
        wait_until_led(connection, name, partitions)


def describe(name, *more):
    return re.sub(r"TopicId: [\w-]{22}", "TopicId: <id>", tool("kafka-topics", "--describe", "--topic", name, *more))


def partition_lines(name, count):
    return "".join(f"\tTopic: {name}\tPartition: {p}\tLeader: 1\tReplicas: 1\tIsr: 1\tElr: \tLastKnownElr: \n" for p in range(count))


def failed(message):
    return f"Error while executing topic command : {message}\n"


# ---- kafka-topics


@case
def topics_are_created_listed_and_described():
    equal(tool("kafka-topics", "--create", "--topic", "tools-life", "--partitions", 3, "--config", "retention.ms=1000000"),
          "Created topic tools-life.\n")
    ready("tools-life", 3)
    true("tools-life" in tool("kafka-topics", "--list").splitlines(), "it is not in the list")
    equal(describe("tools-life"),
          "Topic: tools-life\tTopicId: <id>\tPartitionCount: 3\tReplicationFactor: 1\tConfigs: min.insync.replicas=1,retention.ms=1000000\n"
          + partition_lines("tools-life", 3))


@case
def a_topic_without_numbers_has_the_brokers():
    tool("kafka-topics", "--create", "--topic", "tools-defaults")
    ready("tools-defaults", 3)
    true("PartitionCount: 3\tReplicationFactor: 1\t" in describe("tools-defaults"), "not the broker's num.partitions")


@case
def a_topic_is_created_once():
    name = topic("once")
    equal(tool("kafka-topics", "--create", "--topic", name, code=1), failed(f"Topic '{name}' already exists."))
    equal(tool("kafka-topics", "--create", "--topic", name, "--if-not-exists"), "")


@case
def a_topic_grows_and_does_not_shrink():
    name = topic("grows", 3)
    equal(tool("kafka-topics", "--alter", "--topic", name, "--partitions", 5), "")
    ready(name, 5)
    true("PartitionCount: 5" in describe(name), "not five partitions")
    equal(tool("kafka-topics", "--alter", "--topic", name, "--partitions", 5, code=1), failed("Topic already has 5 partition(s)."))
    equal(tool("kafka-topics", "--alter", "--topic", name, "--partitions", 2, code=1),
          failed("The topic tools-grows currently has 5 partition(s); 2 would not be an increase."))


@case
def a_topic_is_deleted():
    name = topic("deleted")
    equal(tool("kafka-topics", "--delete", "--topic", name), "")
    eventually(lambda: name not in tool("kafka-topics", "--list").splitlines(), "it is gone")
    for action in ("--describe", "--delete"):
        equal(tool("kafka-topics", action, "--topic", name, code=1), failed(f"Topic '{name}' does not exist as expected"))
        equal(tool("kafka-topics", action, "--topic", name, "--if-exists"), "")


@case
def names_that_cannot_be():
    rule = "contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"
    equal(tool("kafka-topics", "--create", "--topic", "no/such", code=1), failed(f"Topic name is invalid: 'no/such' {rule}"))
    true(tool("kafka-topics", "--create", "--topic", "..", code=1).endswith(failed("Topic name is invalid: '..' is not allowed")),
         "not refused as it should")
    long = "x" * 250
    equal(tool("kafka-topics", "--create", "--topic", long, code=1),
          failed(f"Topic name is invalid: the length of '{long}' is longer than the max allowed length 249"))
    topic("like.it")
    true("collides with existing topic: tools-like.it" in tool("kafka-topics", "--create", "--topic", "tools-like_it", code=1),
         "a name that is alike but for a dot was taken")


@case
def what_a_topic_cannot_have():
    name = "tools-cannot"
    equal(tool("kafka-topics", "--create", "--topic", name, "--config", "nope=1", code=1), failed("Unknown topic config name: nope"))
    equal(tool("kafka-topics", "--create", "--topic", name, "--config", "retention.ms=x", code=1),
          failed("Invalid value x for configuration retention.ms: Not a number of type LONG"))
    true("replication factor of 3 cannot be reached because only 1 broker(s) are registered"
         in tool("kafka-topics", "--create", "--topic", name, "--replication-factor", 3, code=1), "three replicas on one broker")
    true("no such broker is registered" in tool("kafka-topics", "--create", "--topic", name, "--replica-assignment", "9", code=1),
         "a replica on broker 9")
    true(name not in tool("kafka-topics", "--list").splitlines(), "one of them was made")


@case
def a_placement():
    equal(tool("kafka-topics", "--create", "--topic", "tools-placed", "--replica-assignment", "1,1"), "Created topic tools-placed.\n")
    ready("tools-placed", 2)
    true(describe("tools-placed").endswith(partition_lines("tools-placed", 2)), "not placed as asked")


@case
def descriptions_of_what_is_wrong_are_empty():
    name = topic("healthy")
    for only in ("--under-replicated-partitions", "--unavailable-partitions", "--under-min-isr-partitions"):
        equal(describe(name, only), "")
    true(describe(name, "--at-min-isr-partitions").count("Partition:") == 1, "one in-sync replica is the minimum here")


@case
def a_description_by_id():
    name = topic("by-id")
    topic_id = re.search(r"TopicId: ([\w-]{22})", tool("kafka-topics", "--describe", "--topic", name))[1]
    true(f"Topic: {name}\t" in tool("kafka-topics", "--describe", "--topic-id", topic_id), "not found by its id")


# ---- console producer and consumer


def consume(name, count, *more, partition=0, offset="earliest"):
    return tool("kafka-console-consumer", "--topic", name, "--partition", partition, "--offset", offset,
                "--max-messages", count, "--timeout-ms", 30000, *more)


def printing(*what):
    return [word for key in what for word in ("--formatter-property", key if "=" in key else f"print.{key}=true")]


@case
def lines_from_producer_to_consumer():
    name = topic("lines")
    tool("kafka-console-producer", "--topic", name, feed="one\nzwei größer\n漢字 🦦\n")
    equal(consume(name, 3), "one\nzwei größer\n漢字 🦦\n")
    equal(consume(name, 1, offset=2), "漢字 🦦\n")


@case
def keys_headers_and_nulls():
    name = topic("shapes")
    reader = ["parse.key=true", "key.separator=:", "parse.headers=true", "null.marker=NIL"]
    tool("kafka-console-producer", "--topic", name, *[w for p in reader for w in ("--reader-property", p)],
         feed="a:1,b:2\tkey:value\nNIL\tNIL:value\nNIL\ttombstone:NIL\n")
    out = consume(name, 3, *printing("key", "headers", "offset", "partition", "timestamp", "key.separator=|"))
    equal(re.sub(r"CreateTime:\d{13}", "CreateTime:<now>", out),
          "CreateTime:<now>|Partition:0|Offset:0|a:1,b:2|key|value\n"
          "CreateTime:<now>|Partition:0|Offset:1|NO_HEADERS|null|value\n"
          "CreateTime:<now>|Partition:0|Offset:2|NO_HEADERS|tombstone|null\n")


@case
def log_append_time_is_shown():
    name = topic("append-time", 1, "--config", "message.timestamp.type=LogAppendTime")
    tool("kafka-console-producer", "--topic", name, feed="v\n")
    true(re.fullmatch(r"LogAppendTime:\d{13}\tv\n", consume(name, 1, *printing("timestamp"))), "not log append time")


@case
def every_codec_and_acks_of_the_console_producer():
    name = topic("console-codecs")
    for codec in CODECS:
        for acks in ("0", "1", "all"):
            tool("kafka-console-producer", "--topic", name, "--compression-codec", codec, "--request-required-acks", acks,
                 feed=f"{codec} {acks}\n" * 3)
    expected = [f"{codec} {acks}" for codec in CODECS for acks in ("0", "1", "all") for _ in range(3)]
    equal(consume(name, len(expected)).splitlines(), expected)


@case
def a_consumer_that_finds_nothing_ends():
    name = topic("nothing")
    done = jvm.run("kafka-console-consumer", *SERVER, "--topic", name, "--partition", 0, "--offset", "latest", "--timeout-ms", 500)
    true("Processed a total of 0 messages" in done.err, done.err[-300:])


# ---- offsets


def append(name, times, partition=0):
    data = batch([Record(b"v", b"k", at) for at in times])
    with Connection(BOOTSTRAP) as connection:
        answer = connection.call("Produce", 9, {"Acks": -1, "TimeoutMs": 10000, "TopicData": [
            {"Name": name, "PartitionData": [{"Index": partition, "Records": data}]}]})
    equal(answer["Responses"][0]["PartitionResponses"][0]["ErrorCode"], 0)


@case
def offsets_by_every_kind_of_time():
    name = topic("offsets", 2)
    append(name, [THEN, THEN + 9, THEN + 3])
    both, one, none = f"{name}:0:{{}}\n{name}:1:0\n", f"{name}:0:1\n", ""
    # A partition for which there is no such offset is left out.
    for time, expected in {
        "-1": both.format(3), "latest": both.format(3), "-2": both.format(0), "earliest": both.format(0),
        "-3": one, "max-timestamp": one, "-4": both.format(0), "earliest-local": both.format(0),
        "-5": none, "latest-tiered": none, str(THEN + 1): one, str(THEN + 10): none,
    }.items():
        equal(tool("kafka-get-offsets", "--topic", name, "--time", time), expected, f"--time {time}")


@case
def offsets_of_chosen_partitions():
    name = topic("chosen", 4)
    append(name, [THEN], partition=2)
    equal(tool("kafka-get-offsets", "--topic-partitions", f"{name}:1-3"), f"{name}:1:0\n{name}:2:1\n")
    equal(tool("kafka-get-offsets", "--topic", name, "--partitions", "2"), f"{name}:2:1\n")
    true("Could not match any topic-partitions" in jvm.run("kafka-get-offsets", *SERVER, "--topic", "tools-no-such").err, "no complaint")


@case
def records_are_deleted():
    name = topic("delete-records", 2)
    for _ in range(10):
        append(name, [THEN])
    with tempfile.NamedTemporaryFile("w", suffix=".json") as plan:
        json.dump({"partitions": [{"topic": name, "partition": 0, "offset": 6}, {"topic": name, "partition": 1, "offset": 0}], "version": 1}, plan)
        plan.flush()
        out = tool("kafka-delete-records", "--offset-json-file", plan.name)
    true(f"partition: {name}-0\tlow_watermark: 6" in out, out)
    equal(tool("kafka-get-offsets", "--topic", name, "--time", "-2"), f"{name}:0:6\n{name}:1:0\n")
    equal(consume(name, 1, *printing("offset")), "Offset:6\tv\n")


# ---- load


@case
def the_performance_test_with_every_codec_and_acks():
    name = topic("perf", 4)
    for codec in CODECS:
        for acks in ("0", "1", "all"):
            done = jvm.run("kafka-producer-perf-test", *SERVER, "--topic", name, "--num-records", 2000, "--record-size", 200,
                           "--throughput", -1, "--command-property", f"acks={acks}", f"compression.type={codec}")
            equal(done.code, 0, f"{codec} {acks}: {done.err[-300:]}")
            true(done.out.startswith("2000 records sent, "), done.out)
    ends = tool("kafka-get-offsets", "--topic", name).splitlines()
    # What nobody acknowledges may be on its way when the producer closes; it is not lost on an idle broker.
    equal(sum(int(line.split(":")[2]) for line in ends), 15 * 2000)


@case
def the_verifiable_producer():
    name = topic("verifiable", 2)
    # Ends by System.exit, and so needs a JVM of its own.
    done = subprocess.run([cache.KAFKA, "kafka-verifiable-producer", *SERVER, "--topic", name, "--max-messages", "500", "--acks", "-1"],
                          capture_output=True, text=True, timeout=120)
    equal(done.returncode, 0, done.stderr[-300:])
    events = [json.loads(line) for line in done.stdout.splitlines()]
    summary = events[-1]
    equal((summary["name"], summary["sent"], summary["acked"]), ("tool_data", 500, 500))
    placed = {(e["partition"], e["offset"]) for e in events if e["name"] == "producer_send_success"}
    equal(len(placed), 500, "records, each at a place of its own")


# ---- the broker


@case
def the_versions_that_the_broker_offers():
    out = tool("kafka-broker-api-versions")
    true(out.startswith(f"{BOOTSTRAP} (id: 1 rack: null isFenced: false) -> ("), out[:200])
    for line in ("Produce(0): 0 to 13 [usable: 13]", "Fetch(1): 4 to 18 [usable: 18]", "Metadata(3): 0 to 13 [usable: 13]",
                 "ApiVersions(18): 0 to 4 [usable: 4]", "DescribeTopicPartitions(75): 0 [usable: 0]"):
        true(f"\t{line}" in out, f"not there: {line}")


@case
def a_topics_configurations():
    name = topic("configs", 1, "--config", "max.message.bytes=5000")
    asked = ("--describe", "--entity-type", "topics", "--entity-name", name)
    equal(tool("kafka-configs", *asked),
          f"Dynamic configs for topic {name} are:\n  max.message.bytes=5000 sensitive=false synonyms="
          "{DYNAMIC_TOPIC_CONFIG:max.message.bytes=5000, DEFAULT_CONFIG:message.max.bytes=1048588}\n")
    everything = tool("kafka-configs", *asked, "--all").splitlines()
    equal(everything[0], f"All configs for topic {name} are:")
    true("  cleanup.policy=delete sensitive=false synonyms={DEFAULT_CONFIG:log.cleanup.policy=delete}" in everything, "cleanup.policy")
    equal(len(everything), 34, "lines")


@case
def the_clusters_id_and_features():
    true(re.fullmatch(r"Cluster ID: [\w-]{22}\n", jvm.run("kafka-cluster", "cluster-id", *SERVER).out), "no cluster id")
    features = [" ".join(line.split()) for line in jvm.run("kafka-features", *SERVER, "describe").out.splitlines()]
    wanted = "Feature: metadata.version SupportedMinVersion: 3.3-IV3 SupportedMaxVersion: 4.3-IV0 FinalizedVersionLevel: 4.3-IV0 "
    true(any(line.startswith(wanted) for line in features), features)


run()
