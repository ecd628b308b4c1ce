#!/usr/bin/env python3
"""Ottla's command-line tools beside Kafka's: the same words, the same broker, the same output and exit code.

What a tool logs is not compared, and help is compared by its options, not by its prose. Tools that change something do
it to a topic of their own each; its name is put in for {t}, and taken out of what is printed.
"""

import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import group_cases  # noqa: E402, F401 - its cases are run with these
from beside import (  # noqa: E402
    CONSUMER, CONSUMER_GROUPS, DELETE_RECORDS, GROUPS, KAFKA_TOPIC, OFFSETS, OTTLA_TOPIC, PRODUCER, SERVER, TOPICS, WORK, await_topic, ends,
    kafka, make, neutral, ottla, records, same, wrong,
)
from harness.check import case, equal, run, true  # noqa: E402

TOOLS = (TOPICS, PRODUCER, CONSUMER, OFFSETS, DELETE_RECORDS, CONSUMER_GROUPS, GROUPS)


# ---- options


def option_column(help_text):
    """The left column of a help, put together again: options with their arguments."""
    lines = help_text.split("\n")
    at = next(i for i, line in enumerate(lines) if line.startswith("Option "))
    width = lines[at].index("Description")
    options = []
    for line in lines[at + 2:]:
        cell = line[:width].strip()
        if cell.startswith(("--", "* --")):
            options.append(cell)
        elif cell:
            options[-1] += " " + cell
    return [re.sub(r"\s+", "", option) for option in options]


@case
def help_lists_the_same_options_with_the_same_arguments():
    for tool in TOOLS:
        theirs, ours = kafka(tool, "--help"), ottla(tool, "--help")
        equal((ours.code, ours.out), (theirs.code, theirs.out), f"{tool} --help")
        equal(option_column(ours.err), option_column(theirs.err), f"options of {tool}")


@case
def defaults_in_the_help_are_the_same():
    for tool in TOOLS:
        def defaults(text):
            return sorted(re.findall(r"\(default:([^)]*)\)", re.sub(r"\s+", "", text)))
        equal(defaults(ottla(tool, "--help").err), defaults(kafka(tool, "--help").err), tool)


@case
def silence_and_version_are_answered_the_same():
    for tool in TOOLS:
        wrong(tool)
        same(tool, "--version")
        same(tool, "--version", *SERVER)


@case
def wrong_words_are_told_the_same_by_every_tool():
    for tool in TOOLS:
        wrong(tool, *SERVER, "--nonsense")
        wrong(tool, *SERVER, "-n")
        wrong(tool, *SERVER, "--topic" if tool != DELETE_RECORDS else "--offset-json-file")
        wrong(tool, "--topic", "a" if tool != DELETE_RECORDS else "b")


@case
def wrong_words_of_kafka_topics():
    for words in (
        ("--list",),
        (*SERVER,),
        (*SERVER, "--list", "--describe"),
        (*SERVER, "--list", "--top", "a"),
        (*SERVER, "--create"),
        (*SERVER, "--delete"),
        (*SERVER, "--alter", "--topic", "a"),
        (*SERVER, "--alter", "--partitions", 2),
        (*SERVER, "--list", "--partitions", 1),
        (*SERVER, "--delete", "--topic", "a", "--if-not-exists"),
        (*SERVER, "--list", "--if-exists"),
        (*SERVER, "--create", "--topic", "a", "--replica-assignment", "1", "--partitions", 1),
        (*SERVER, "--create", "--topic", "a", "--exclude-internal"),
        (*SERVER, "--describe", "--config", "a=b"),
        (*SERVER, "--describe", "--if-exists"),
        (*SERVER, "--describe", "--topics-with-overrides", "--unavailable-partitions"),
        (*SERVER, "--list", "--under-replicated-partitions"),
        (*SERVER, "--describe", "--topic-id"),
        ("--bootstrap-server", "nonsense", "--list"),
    ):
        wrong(TOPICS, *words)
    same(TOPICS, *SERVER, "--list", "--topic", "a", "--topic", "b")


@case
def wrong_words_of_the_console_tools():
    for words in (
        ("--topic", "a", "--bootstrap-server", "nonsense"),
        ("--topic", "a", "--property", "a=b", "--reader-property", "c=d", *SERVER),
        ("--topic", "a", "--producer-property", "a=b", "--command-property", "c=d", *SERVER),
        ("--topic", "a", "--producer.config", "x", "--command-config", "y", *SERVER),
        ("--topic", "a", *SERVER, "--reader-property", "headers.separator=:"),
        ("--topic", "a", *SERVER, "--reader-property", "null.marker=,"),
        ("--topic", "a", *SERVER, "--command-property", "acks=7"),
        ("--topic", "a", *SERVER, "--request-required-acks", "x"),
        ("--topic", "a", *SERVER, "--compression-codec", "lzz"),
        ("--topic", "a", *SERVER, "--command-property", "linger.ms=-1"),
        ("--topic", "a", *SERVER, "--command-property", "enable.idempotence=true", "--request-required-acks", "1"),
    ):
        wrong(PRODUCER, *words)
    for words in (
        (*SERVER,),
        (*SERVER, "--topic", "a", "--include", "b"),
        (*SERVER, "--topic", "a", "--offset", 4),
        (*SERVER, "--include", "a", "--partition", 0),
        (*SERVER, "--topic", "a", "--partition", 0, "--offset", "x"),
        (*SERVER, "--topic", "a", "--partition", 0, "--offset", -5),
        (*SERVER, "--topic", "a", "--partition", 0, "--offset", 5, "--from-beginning"),
        (*SERVER, "--topic", "a", "--partition", 0, "--group", "g"),
        (*SERVER, "--topic", "a", "--partition", 0, "--command-property", "group.id=g"),
        (*SERVER, "--topic", "a", "--timeout-ms"),
        (*SERVER, "--topic", "a", "--from-beginning", "--command-property", "auto.offset.reset=latest"),
        (*SERVER, "--topic", "a", "--formatter", "foo.Bar"),
        (*SERVER, "--topic", "a", "--property", "a=b", "--formatter-property", "c=d"),
        (*SERVER, "--topic", "a", "--consumer-property", "a=b", "--command-property", "c=d"),
    ):
        wrong(CONSUMER, *words)


@case
def deprecated_spellings_are_told_of():
    make("deprecated")
    same(PRODUCER, *SERVER, "--topic", "{t}", "--property", "parse.key=true", "--producer-property", "acks=all",
         "--max-partition-memory-bytes", 1000, feed="k\tv\n", topic="deprecated")
    equal(records(OTTLA_TOPIC.format("deprecated")), records(KAFKA_TOPIC.format("deprecated")))
    same(CONSUMER, *SERVER, "--topic", "{t}", "--partition", 0, "--from-beginning", "--max-messages", 1, "--property", "print.key=true",
         "--consumer-property", "fetch.max.wait.ms=100", "--enable-systest-events", topic="deprecated")


# ---- kafka-topics


@case
def topics_are_created():
    for suffix, words in (
        ("plain", ("--partitions", 2)),
        ("defaults", ()),
        ("dotted.name", ()),
        ("configs", ("--config", "retention.ms=1000000", "--config", "cleanup.policy = compact", "--config=segment.bytes=2000000")),
        ("assigned", ("--replica-assignment", "1,1,1")),
        ("factor", ("--replication-factor", 1, "--partitions", 1)),
    ):
        same(TOPICS, *SERVER, "--create", "--topic", "{t}", *words, topic=suffix)
        await_topic(suffix)
        same(TOPICS, *SERVER, "--create", "--topic", "{t}", *words, topic=suffix)
        same(TOPICS, *SERVER, "--create", "--topic", "{t}", *words, "--if-not-exists", topic=suffix)
        same(TOPICS, *SERVER, "--describe", "--topic", "{t}", topic=suffix)


@case
def what_cannot_be_created_is_refused_the_same():
    for words in (
        ("--topic", "bad name"),
        ("--topic", "."),
        ("--topic", ""),
        ("--topic", "x" * 250),
        ("--topic", "a", "--partitions", 0),
        ("--topic", "a", "--partitions", "abc"),
        ("--topic", "a", "--partitions", 99999999999),
        ("--topic", "a", "--replication-factor", 0),
        ("--topic", "a", "--replication-factor", 3),
        ("--topic", "a", "--replication-factor", 40000),
        ("--topic", "a", "--replica-assignment", "1:1"),
        ("--topic", "a", "--replica-assignment", "1,1:2"),
        ("--topic", "a", "--replica-assignment", "x"),
        ("--topic", "a", "--replica-assignment", "77"),
        ("--topic", "a", "--config", "nonsense"),
        ("--topic", "a", "--config", "nonsense=1"),
        ("--topic", "a", "--config", "retention.ms=x"),
        ("--topic", "a", "--config", "retention.ms=-7"),
        ("--topic", "a", "--config", "cleanup.policy=x"),
        ("--topic", "a", "--config", "min.compaction.lag.ms=9", "--config", "max.compaction.lag.ms=8"),
        ("--topic", "a", "--config", "remote.storage.enable=true"),
        ("--topic", "a", "--topic", "b"),
    ):
        same(TOPICS, *SERVER, "--create", *words)


@case
def topics_are_listed():
    for suffix in ("list-a", "list-b"):
        make(suffix)
    for words in ((), ("--exclude-internal",), ("--topic", "cli-list-.*"), ("--topic", "cli-list-a-java,cli-list-b-rust"),
                  ("--topic", "cli-list"), ("--topic", "nothing.*"), ("--topic", " 'cli-list-a-java' "), ("--topic", "a("), ("--topic", ""),
                  ("word", "--topic=cli-list-a-java", "another")):
        same(TOPICS, *SERVER, "--list", *words)


@case
def topics_are_described():
    for number in range(12):
        make(f"many-{number}", 1 + number % 3)
    same(TOPICS, *SERVER, "--create", "--topic", "{t}", "--config", "min.insync.replicas=2", "--partitions", 2, topic="strict")
    for words in ((), ("--exclude-internal",), ("--topic", "cli-many-.*"), ("--topic", "cli-many-.*", "--partition-size-limit-per-response", 1),
                  ("--topics-with-overrides",), ("--unavailable-partitions",), ("--under-replicated-partitions",),
                  ("--under-min-isr-partitions",), ("--at-min-isr-partitions", "--topic", "cli-many-1-.*"),
                  ("--under-min-isr-partitions", "--at-min-isr-partitions"),
                  ("--topic", "nothing"), ("--topic", "nothing", "--if-exists"), ("--topic", "cli-many-3-java", "--topic-id", "AAAAAAAAAAAAAAAAAAAAAA"),
                  ("--topic-id", "AAAAAAAAAAAAAAAAAAAAAA"), ("--topic-id", "72DdlFkRSvOTODhijJGSDw"),
                  ("--topic-id", "72DdlFkRSvOTODhijJGSDw", "--if-exists"), ("--topic-id", "x" * 25), ("--delete-config", "x")):
        same(TOPICS, *SERVER, "--describe", *words)


@case
def a_topic_is_described_by_its_id():
    make("by-id", 2)
    shown = ottla(TOPICS, *SERVER, "--describe", "--topic", KAFKA_TOPIC.format("by-id")).out
    topic_id = re.search(r"TopicId: ([\w-]{22})", shown).group(1)
    same(TOPICS, *SERVER, "--describe", "--topic-id", topic_id)
    same(TOPICS, *SERVER, "--describe", "--topic-id", topic_id, "--topic", "nothing", "--if-exists")


@case
def topics_get_more_partitions():
    make("alter")
    for words in (("--partitions", 3), ("--partitions", 3), ("--partitions", 2), ("--partitions", 0), ("--partitions", "x"),
                  ("--partitions", 5, "--replica-assignment", "1,1,1,1,1"), ("--partitions", 6, "--replica-assignment", "1,1,1,1,1,7"),
                  ("--partitions", 6, "--replica-assignment", "1,1")):
        same(TOPICS, *SERVER, "--alter", "--topic", "{t}", *words, topic="alter")
        same(TOPICS, *SERVER, "--describe", "--topic", "{t}", topic="alter")
    same(TOPICS, *SERVER, "--alter", "--topic", "nothing", "--partitions", 2)
    same(TOPICS, *SERVER, "--alter", "--topic", "nothing", "--partitions", 2, "--if-exists")
    same(TOPICS, *SERVER, "--alter", "--topic", "{t}", "--partitions", 9, "--config", "a=b", topic="alter", first_error_line=False)


@case
def topics_are_deleted():
    make("gone")
    same(TOPICS, *SERVER, "--delete", "--topic", "{t}", topic="gone")
    same(TOPICS, *SERVER, "--delete", "--topic", "nothing.*")
    same(TOPICS, *SERVER, "--delete", "--topic", "nothing.*", "--if-exists")
    same(TOPICS, *SERVER, "--list", "--topic", "cli-gone.*")


# ---- kafka-console-producer


@case
def lines_become_the_same_records():
    for number, (words, feed) in enumerate((
        ((), "a\nb\n\nlast without an end"),
        ((), "windows\r\nmac\rümläut\n"),
        ((), ""),
        (("--sync",), "one\ntwo\n"),
        (("--reader-property", "parse.key=true"), "k1\tv1\nk2\tv2\tv\n\tv3\n"),
        (("--reader-property", "parse.key=true", "--reader-property", "key.separator=::"), "k1::v1\n::v2\nk3::\n"),
        (("--reader-property", "parse.key=true", "--reader-property", "parse.headers=true"), "h1:v1,h2:v2\tk\tv\n:\tk\tv\n"),
        (("--reader-property", "parse.headers=true", "--reader-property", "headers.separator=[;|]"), "a:1;b:2|c:3;;\tv\n"),
        (("--reader-property", "parse.headers=true", "--reader-property", "ignore.error=true"), "no header\n"),
        (("--reader-property", "parse.key=true", "--reader-property", "null.marker=NULL"), "NULL\tNULL\nNULL\tx\nk\tNULL\n"),
        (("--request-required-acks", 1), "a\nb\n"),
        (("--request-required-acks", 0), "a\nb\n"),
        (("--batch-size", 1), "a\nb\nc\n"),
        (("--compression-codec",), "a\nb\n"),
        (("--compression-codec", "zstd"), "a\nb\n"),
        (("--compression-codec=snappy", "--timeout", 0), "a\nb\n"),
        (("--command-property", "compression.type=lz4", "--command-property", "linger.ms=0"), "a\n"),
    )):
        topic = f"lines-{number}"
        make(topic)
        same(PRODUCER, *SERVER, "--topic", "{t}", *words, feed=feed, topic=topic)
        equal(records(OTTLA_TOPIC.format(topic)), records(KAFKA_TOPIC.format(topic)), f"records of {words}")


@case
def lines_that_are_no_records_end_the_tool_after_those_before_them():
    for number, (words, feed) in enumerate((
        (("--reader-property", "parse.key=true"), "k\tv\nnokey\nk2\tv2\n"),
        (("--reader-property", "parse.headers=true"), "h:v\tx\nh\tx\n"),
        (("--reader-property", "parse.headers=true", "--reader-property", "null.marker=N"), "h:v\tx\nN:v\tx\n"),
    )):
        topic = f"bad-lines-{number}"
        make(topic)
        same(PRODUCER, *SERVER, "--topic", "{t}", *words, feed=feed, topic=topic, first_error_line=True)
        equal(records(OTTLA_TOPIC.format(topic)), records(KAFKA_TOPIC.format(topic)), f"records of {words}")


@case
def keys_go_to_the_same_partitions():
    make("keys", 7)
    feed = "".join(f"key-{n}\tvalue-{n}\n" for n in range(500))
    same(PRODUCER, *SERVER, "--topic", "{t}", "--reader-property", "parse.key=true", feed=feed, topic="keys")
    equal(records(OTTLA_TOPIC.format("keys")), records(KAFKA_TOPIC.format("keys")))


@case
def records_that_cannot_be_sent_end_the_tools_alike():
    make("refused", 1, "--config", "max.message.bytes=2000")
    long = "x" * 3000
    same(PRODUCER, *SERVER, "--topic", "bad name", feed="a\n")
    same(PRODUCER, *SERVER, "--topic", "bad name", "--sync", feed="a\n", first_error_line=False)
    # A batch that is too large as a whole: Kafka's producer gives all of it up, ours only what is too large by itself.
    same(PRODUCER, *SERVER, "--topic", "{t}", feed=f"{long}\n", topic="refused")
    same(PRODUCER, *SERVER, "--topic", "{t}", "--sync", feed=f"a\n{long}\nb\n", topic="refused", first_error_line=True)
    same(PRODUCER, *SERVER, "--topic", "{t}", "--sync", "--command-property", "max.request.size=100", feed=f"a\n{long}\n", topic="refused",
         first_error_line=True)
    equal(records(OTTLA_TOPIC.format("refused")), records(KAFKA_TOPIC.format("refused")))
    nowhere = ("--bootstrap-server", "127.0.0.1:1", "--max-block-ms", 700)
    same(PRODUCER, *nowhere, "--topic", "a", feed="a\n")
    same(PRODUCER, *nowhere, "--topic", "a", feed="")


# ---- kafka-console-consumer


@case
def records_are_shown_the_same():
    name = KAFKA_TOPIC.format("shown")
    make("shown")
    for words, feed in (
        ((), "plain\n\nümläute\n"),
        (("--reader-property", "parse.key=true", "--reader-property", "parse.headers=true", "--reader-property", "null.marker=NULL"),
         "h1:v1,h2:NULL\tkey\tvalue\nNULL\tNULL\tNULL\n"),
        (("--compression-codec", "gzip"), "a\nb\nc\n"),
        (("--compression-codec", "lz4"), "1234\n12345678\n0\n"),
        ((), "8b3d2f10-0000-4000-8000-0123456789ab\n"),
    ):
        equal(kafka(PRODUCER, *SERVER, "--topic", name, *words, feed=feed).code, 0)
    (_, count), = ends(name)
    first = ("--topic", name, "--partition", 0, "--from-beginning", "--max-messages")
    none = ("--topic", name, "--partition", 0, "--timeout-ms", 800)
    every = [word for p in ("timestamp", "key", "offset", "epoch", "partition", "headers", "delivery")
             for word in ("--formatter-property", f"print.{p}=true")]
    formatter, serde = "org.apache.kafka.tools.consumer.", "org.apache.kafka.common.serialization."
    for words in (
        (*first, count),
        (*first, 4),
        (*first, 0),
        (*first, count, "--timeout-ms", 20000),
        ("--topic", name, "--partition", 0, "--offset", "earliest", "--max-messages", 2),
        ("--topic", name, "--partition", 0, "--offset", 5, "--max-messages", 3),
        ("--topic", name, "--partition", 0, "--offset", 999, "--max-messages", 1, "--command-property", "auto.offset.reset=earliest"),
        none,
        (*none, "--offset", "latest"),
        (*none, "--offset", 999),
        ("--topic", name, "--partition", 7, "--from-beginning", "--timeout-ms", 800),
        ("--topic", "bad name", "--partition", 0, "--from-beginning", "--timeout-ms", 800),
        (*first, count, *every),
        (*first, count, *every, "--formatter-property", "key.separator=|", "--formatter-property", "line.separator=#",
         "--formatter-property", "headers.separator=;", "--formatter-property", "null.literal=~"),
        (*first, 5, "--formatter-property", "print.value=false", "--formatter-property", "print.key=true"),
        (*first, 5, "--formatter", formatter + "NoOpMessageFormatter"),
        (*first, 5, "--formatter", formatter + "LoggingMessageFormatter"),
        (*first, 5, "--isolation-level", "read_committed"),
        (*first, count, "--value-deserializer", serde + "StringDeserializer", "--key-deserializer", serde + "BytesDeserializer",
         "--formatter-property", "print.key=true"),
        *((*first, count, "--skip-message-on-error", "--value-deserializer", f"{serde}{kind}Deserializer")
          for kind in ("Boolean", "ByteBuffer", "Bytes", "Double", "Float", "Integer", "Long", "Short", "String", "UUID", "Void")),
        (*first, count, "--value-deserializer", serde + "LongDeserializer", "--formatter-property", "print.offset=true"),
        (*first, 2, "--value-deserializer", "foo.Bar"),
        (*first, 2, "--isolation-level", "nonsense"),
        (*first, 2, "--enable-systest-events"),
    ):
        same(CONSUMER, *SERVER, *words)


def offsets_partition(group):
    """The partition of __consumer_offsets that a group's records are in: by Java's String.hashCode."""
    hashed = 0
    for letter in group:
        hashed = (hashed * 31 + ord(letter)) & 0xFFFFFFFF
    return min(hashed, 2**32 - hashed) % 50


@case
def what_groups_have_committed_is_shown_the_same():
    make("committed")
    name = KAFKA_TOPIC.format("committed")
    kafka(PRODUCER, *SERVER, "--topic", name, feed="a\nb\n")
    protocols = {"cli-group": "classic"}
    if group_cases.KAFKA_ITSELF:  # Ottla does not serve the newer protocol yet
        protocols["cli-group-848"] = "consumer"
    for group, protocol in protocols.items():
        kafka(CONSUMER, *SERVER, "--topic", name, "--group", group, "--from-beginning", "--max-messages", 2,
              "--command-property", f"group.protocol={protocol}")
    wanted = {offsets_partition(group) for group in protocols}
    shown = 0
    for partition, count in ends("__consumer_offsets"):
        for formatter in ("OffsetsMessageFormatter", "GroupMetadataMessageFormatter", "ShareGroupMessageFormatter") * (partition in wanted):
            out = same(CONSUMER, *SERVER, "--topic", "__consumer_offsets", "--partition", partition, "--from-beginning", "--max-messages", count,
                       "--formatter", f"org.apache.kafka.tools.consumer.{formatter}")
            shown += bool(out)
    true(shown, "nothing was committed")


@case
def a_group_reads_on_where_it_left_off():
    make("grouped")
    same(PRODUCER, *SERVER, "--topic", "{t}", feed="a\nb\nc\n", topic="grouped")
    read = (*SERVER, "--topic", "{t}", "--from-beginning")
    group, until_quiet = ("--group", "group-{t}"), ("--timeout-ms", 5000)
    equal(same(CONSUMER, *read, *group, "--max-messages", 2, topic="grouped"), "a\nb\n", "the first two")
    equal(same(CONSUMER, *read, *group, "--max-messages", 1, topic="grouped"), "c\n", "the rest")
    equal(same(CONSUMER, *read, *group, *until_quiet, topic="grouped"), "", "nothing is left")
    kept = ("--command-property", "group.id=group-{t}", "--command-property", "enable.auto.commit=false")
    equal(same(CONSUMER, *read, *kept, *until_quiet, topic="grouped"), "", "the same group by another option")
    equal(same(CONSUMER, *read, "--max-messages", 3, topic="grouped"), "a\nb\nc\n", "a group of its own")


@case
def a_group_reads_every_topic_with_a_matching_name():
    for part in ("one", "two"):
        make(f"included-{part}")
        same(PRODUCER, *SERVER, "--topic", "{t}", feed=f"{part}\n", topic=f"included-{part}")
    for tool, ending in ((kafka, "java"), (ottla, "rust")):
        done = tool(CONSUMER, *SERVER, "--include", f"cli-included-(one|two)-{ending}", "--from-beginning", "--max-messages", 2)
        equal((done.code, sorted(done.out.split())), (0, ["one", "two"]), f"{ending} reads both")


@case
def topics_that_cannot_be_are_told_of_in_groups_too():
    for words in (("--topic", "no topic!"), ("--topic", ""), ("--include", "cli-grouped-(")):
        same(CONSUMER, *SERVER, *words, "--timeout-ms", 6000)


@case
def the_newer_group_protocol_is_refused_by_name():
    done = ottla(CONSUMER, *SERVER, "--topic", "a", "--command-property", "group.protocol=consumer")
    equal((done.code, done.out), (1, ""))
    true("only classic is supported by this client so far (KIP-848 is not)" in done.err, done.err)


# ---- kafka-get-offsets and kafka-delete-records


@case
def offsets_are_found():
    make("offsets", 3)
    for name in (KAFKA_TOPIC, OTTLA_TOPIC):
        feed = "".join(f"k{n}\tv{n}\n" for n in range(20))
        kafka(PRODUCER, *SERVER, "--topic", name.format("offsets"), "--reader-property", "parse.key=true", feed=feed)
    name = KAFKA_TOPIC.format("offsets")
    for words in (
        (), ("--exclude-internal-topics",), ("--topic", name), ("--topic", "cli-off.*"), ("--topic", name, "--partitions", "0,2"),
        ("--topic", name, "--partitions", "7"), ("--topic", name, "--partitions", "x"), ("--topic", "nothing"),
        *(("--topic", name, "--time", t) for t in ("latest", "earliest", "max-timestamp", "earliest-local", "latest-tiered",
                                                   "earliest-pending-upload", -1, -2, -3, -4, -5, -6, 0, 1, 99999999999999, "noon")),
        ("--topic-partitions", f"{name}:1-,cli-keys.*:0-2,nothing"), ("--topic-partitions", ":0"), ("--topic-partitions", f"{name}:-2"),
        ("--topic-partitions", f"{name}:x"), ("--topic-partitions", f"{name}:1", "--topic", name),
    ):
        same(OFFSETS, *SERVER, *words)


@case
def records_are_deleted():
    make("delete")
    for name in (KAFKA_TOPIC, OTTLA_TOPIC):
        kafka(PRODUCER, *SERVER, "--topic", name.format("delete"), feed="a\nb\nc\nd\n")

    def delete(*entries, **more):
        same(DELETE_RECORDS, *SERVER, "--offset-json-file", written(json.dumps({"partitions": entries} | more)))

    def written(text):
        path = WORK / "offsets.json"
        path.write_text(text)
        return path

    def each(offset, partition=0):
        # Both tools are given both topics' entries in files of their own: the name is in the file.
        for name, tool in ((KAFKA_TOPIC, kafka), (OTTLA_TOPIC, ottla)):
            entry = {"topic": name.format("delete"), "partition": partition, "offset": offset}
            yield tool(DELETE_RECORDS, *SERVER, "--offset-json-file", written(json.dumps({"partitions": [entry], "version": 1})))

    for offset in (2, 2, 1, -1, 1000):
        theirs, ours = each(offset)
        equal((ours.code, neutral(ours.out)), (theirs.code, neutral(theirs.out)), f"before {offset}")
    twice = {"topic": "a", "partition": 0, "offset": 1}
    delete(twice, twice)
    delete(version=2)
    delete({"topic": "a", "offset": 1})
    same(DELETE_RECORDS, *SERVER, "--offset-json-file", written("x"))
    same(DELETE_RECORDS, *SERVER, "--offset-json-file", written("{}"))
    same(DELETE_RECORDS, *SERVER, "--offset-json-file", "/nowhere/at.all")


@case
def a_cluster_that_is_not_there_is_told_the_same():
    config = WORK / "short.properties"
    config.write_text("default.api.timeout.ms=1500\nrequest.timeout.ms=1000\n")
    nowhere = ("--bootstrap-server", "127.0.0.1:1", "--command-config", config)
    same(TOPICS, *nowhere, "--list")
    same(TOPICS, *nowhere, "--create", "--topic", "a")
    same(OFFSETS, *nowhere)


run()
