"""One tool beside the other: the same words to Kafka's and to ours, on the same broker.

What is not the same twice is taken out of what is printed: ids, addresses in memory, the order in which Java lists a
set, stack traces, and where in a file Jackson found a fault.
"""

import os
import pathlib
import re
import subprocess

from harness.check import equal
from raw.connection import Connection
from raw.topics import wait_until_led
from tools.jvm import Done, Jvm

BOOTSTRAP = os.environ["BOOTSTRAP"]
OTTLA = os.environ["OTTLA_BIN"]
WORK = pathlib.Path(os.environ.get("WORK", "/tmp"))
SERVER = ("--bootstrap-server", BOOTSTRAP)
KAFKA_TOPIC, OTTLA_TOPIC = "cli-{}-java", "cli-{}-rust"
TIME_LIMIT = 120

TOPICS, PRODUCER, CONSUMER = "kafka-topics", "kafka-console-producer", "kafka-console-consumer"
OFFSETS, DELETE_RECORDS = "kafka-get-offsets", "kafka-delete-records"
CONSUMER_GROUPS, GROUPS = "kafka-consumer-groups", "kafka-groups"

jvm = Jvm()


# ---- running both


def kafka(tool, *arguments, feed=""):
    return jvm.run(tool, *arguments, feed=feed)


def ottla(tool, *arguments, feed=""):
    command = [OTTLA, tool.removeprefix("kafka-"), *map(str, arguments)]
    done = subprocess.run(command, input=feed.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIME_LIMIT)
    return Done(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


def neutral(text):
    text = text.replace("-java", "-topic").replace("-rust", "-topic").removeprefix('Exception in thread "main" ')
    text = re.sub(r"TopicId: [\w-]{22}", "TopicId: <id>", text)
    text = re.sub(r"(\$\w+Spec)@[0-9a-f]+", r"\1", text)
    text = re.sub(r"\n at \[Source: .*", "", text)
    return re.sub(r"((?:Valid \w+ are|of these options|following options|following scenarios): )(.*)", _sorted_list, text)


def _sorted_list(found):
    return found.group(1) + ", ".join(sorted(re.findall(r"[\w-]+", found.group(2))))


def same(tool, *arguments, feed="", topic="", first_error_line=False, any_order=False):
    """Both end alike and print the same on stdout; gives what that is. With `any_order`, the same lines."""
    def words(name):
        return [str(a).replace("{t}", name.format(topic)) for a in arguments]

    theirs = kafka(tool, *words(KAFKA_TOPIC), feed=feed.replace("{t}", KAFKA_TOPIC.format(topic)))
    ours = ottla(tool, *words(OTTLA_TOPIC), feed=feed.replace("{t}", OTTLA_TOPIC.format(topic)))
    what = f"{tool} {' '.join(map(str, arguments))}"
    found, expected = neutral(ours.out), neutral(theirs.out)
    if any_order:
        found, expected = sorted(found.splitlines()), sorted(expected.splitlines())
    equal(found, expected, f"output of {what}")
    equal(ours.code, theirs.code, f"exit code of {what} ({ours.err[-300:]!r} beside {theirs.err[-300:]!r})")
    if first_error_line:
        equal(neutral(ours.err.split("\n")[0]), neutral(theirs.err.split("\n")[0]), f"message of {what}")
    # What these tools themselves say on stderr; the rest is logs and stack traces.
    in_order = sorted if any_order else list
    equal(in_order(said(ours.err)), in_order(said(theirs.err)), f"warnings of {what}")
    return neutral(ours.out)


def said(errors):
    return [neutral(line) for line in errors.splitlines() if re.match("Consumer group|Warning: |WARN: ", line)]


def wrong(tool, *arguments):
    """Both refuse the words, and say the same of them."""
    same(tool, *arguments, first_error_line=True)


def make(topic, partitions=1, *more):
    """The topic for both, ready to be used."""
    same(TOPICS, *SERVER, "--create", "--topic", "{t}", "--partitions", partitions, *more, topic=topic)
    await_topic(topic, partitions)


def await_topic(topic, partitions=1):
    """Returns once the broker knows the topic of both."""
    with Connection(BOOTSTRAP) as connection:
        for name in (KAFKA_TOPIC, OTTLA_TOPIC):
            wait_until_led(connection, name.format(topic), partitions)


def ends(name):
    """The partitions of a topic that hold something, each with its end."""
    lines = kafka(OFFSETS, *SERVER, "--topic", name).out.splitlines()
    found = (line.rsplit(":", 2) for line in lines)
    return [(int(partition), int(end)) for _, partition, end in found if int(end)]


def records(name):
    """What a topic holds, partition by partition. Ours tells it, being the quicker: another case holds it against Kafka's."""
    more = [word for p in ("key", "headers", "offset", "partition") for word in ("--formatter-property", f"print.{p}=true")]
    return "".join(
        ottla(CONSUMER, *SERVER, "--topic", name, "--partition", partition, "--offset", "earliest", "--max-messages", end,
              "--formatter-property", "null.literal=<null>", *more).out
        for partition, end in ends(name))
