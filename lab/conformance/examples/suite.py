#!/usr/bin/env python3
"""The programs in examples/, started as their README says, fed, and read.

KAFKAJS and PAGE_VIEWS are folders where a copy of an example has been installed and built, PYTHON is an interpreter that has
what the Python examples need.
"""

import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness.check import case, equal, eventually, run, true  # noqa: E402
from raw.batches import Record, batch, read_batches  # noqa: E402
from raw.connection import Connection  # noqa: E402
from raw.topics import wait_until_led  # noqa: E402

BOOTSTRAP = os.environ["BOOTSTRAP"]
KAFKAJS, PYTHON, PAGE_VIEWS = (os.environ[name] for name in ("KAFKAJS", "PYTHON", "PAGE_VIEWS"))
PYTHON_EXAMPLES = pathlib.Path(__file__).resolve().parents[3] / "examples" / "kafka-python"
WAIT = 90


class Program:
    """One that runs until it is told to end: what it printed so far is in `lines`."""

    def __init__(self, *command, **environment):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ | environment)
        self.lines = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def wait_for(self, count, pattern):
        """The lines of a pattern, once there are so many."""
        def found():
            lines = [line for line in self.lines if re.search(pattern, line)]
            return lines if len(lines) >= count else None

        try:
            return eventually(found, f"{count} lines of {pattern}", WAIT)
        except AssertionError as error:
            raise AssertionError(f"{error}; it printed {self.lines[-20:]}") from None

    def end(self, *codes):
        """SIGTERM; it is to end by itself."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(WAIT)
        true(code in codes, f"it ended with {code}: {self.lines[-20:]}")


def once(*command):
    """Runs a program to its end and returns its lines."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=WAIT)
    equal(done.returncode, 0, f"exit code; it printed {done.stdout[-2000:]}")
    return done.stdout.splitlines()


def keyed(lines):
    """Of lines such as "topic[0] 12: key value", the (partition, key) -> values in order."""
    found = {}
    for line in lines:
        _, partition, _, key, value = re.fullmatch(r"(\S+)\[(\d+)\] (\d+): (\S+) (.*)", line).groups()
        found.setdefault((partition, key), []).append(value)
    return found


@case
def kafkajs_sends_orders_and_reads_them_in_a_group():
    producer, consumer = [["node", f"{KAFKAJS}/{name}.js"] for name in ("producer", "consumer")]
    sent = once(*producer)
    true(any("sent a batch to orders and payments" in line for line in sent), f"it printed {sent}")
    with Program(*consumer) as first:
        lines = first.wait_for(4, r"^orders\[")
        first.end(0)
    orders = keyed(lines)
    equal(len(orders), 3, "keys, each in one partition")
    equal([v for (_, key), values in orders.items() if key == "customer-1" for v in values],
          ['{"order":1,"total":19.9} correlation-id=c-1 source=web', '{"order":3,"total":7} correlation-id=c-3 source=web'], "customer-1's orders")
    # What was committed is not read again.
    once(*producer)
    with Program(*consumer) as second:
        equal(len(second.wait_for(4, r"^orders\[")), 4, "orders of the second round")
        time.sleep(1)
        equal(len(second.wait_for(4, r"^orders\[")), 4, "orders of the second round, a second later")
        second.end(0)


@case
def kafka_python_sends_events_and_reads_them_in_a_group():
    producer, consumer = [[PYTHON, str(PYTHON_EXAMPLES / f"{name}.py")] for name in ("producer", "consumer")]
    placed = once(*producer)
    equal(len(placed), 10, "records placed")
    with Program(*consumer) as first:
        events = keyed(first.wait_for(10, r"^events\["))
        first.end(0)
    equal(sorted(key for _, key in events), ["user-0", "user-1", "user-2"], "keys, each in one partition")
    user = next(values for (_, key), values in events.items() if key == "user-0")
    equal(user, [str({"event": n, "user": "user-0"}) for n in (0, 3, 6, 9)], "user-0's events")
    once(*producer)
    with Program(*consumer) as second:
        equal(len(second.wait_for(10, r"^events\[")), 10, "events of the second round")
        second.end(0)


def make_topic(name, partitions):
    with Connection(BOOTSTRAP) as connection:
        answer = connection.call("CreateTopics", 7, {"Topics": [{"Name": name, "NumPartitions": partitions, "ReplicationFactor": 1}]})
        equal(answer["Topics"][0]["ErrorCode"], 0, "creating " + name)
        wait_until_led(connection, name, partitions)


def view(user, *pages):
    """Writes a user's views to the partition that its name says, all of this minute."""
    records = [Record(page.encode(), user.encode(), int(time.time() * 1000)) for page in pages]
    with Connection(BOOTSTRAP) as connection:
        answer = connection.call("Produce", 9, {"Acks": -1, "TimeoutMs": 30000, "TopicData": [
            {"Name": "page-views", "PartitionData": [{"Index": int(user[-1]), "Records": batch(records)}]}]})
        equal(answer["Responses"][0]["PartitionResponses"][0]["ErrorCode"], 0, "writing views")


def newest(topic):
    """The last value of every key of a topic; nothing while it is not there."""
    found = {}
    with Connection(BOOTSTRAP) as connection:
        described = connection.call("Metadata", 9, {"Topics": [{"Name": topic}], "AllowAutoTopicCreation": False})["Topics"][0]
        for partition in described["Partitions"]:
            answer = connection.call("Fetch", 11, {"ReplicaId": -1, "MaxWaitMs": 100, "MinBytes": 1, "MaxBytes": 1 << 20, "Topics": [
                {"Topic": topic, "Partitions": [{"Partition": partition["PartitionIndex"], "FetchOffset": 0, "PartitionMaxBytes": 1 << 20}]}]})
            for read in read_batches(answer["Responses"][0]["Partitions"][0]["Records"] or b""):
                found |= {record.key.decode(): int(record.value) for _, record in read.records}
    return found


def per_page():
    """What page-views-per-minute says, its minutes added up."""
    found = {}
    for key, count in newest("page-views-per-minute").items():
        page = key.split("@")[0]
        found[page] = found.get(page, 0) + count
    return found


def configuration(topic, key):
    with Connection(BOOTSTRAP) as connection:
        answer = connection.call("DescribeConfigs", 4, {"Resources": [{"ResourceType": 2, "ResourceName": topic, "ConfigurationKeys": [key]}]})
    return answer["Results"][0]["Configs"][0]["Value"]


@case
def kafka_streams_counts_page_views_and_goes_on_counting():
    make_topic("page-views", 3)
    state = pathlib.Path(os.environ["WORK"]) / "streams"
    classes = f"{PAGE_VIEWS}/target/page-views.jar:{PAGE_VIEWS}/target/dependency/*"
    program = ["java", "-Xmx256M", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", classes, "PageViews"]

    def counts(expected):
        try:
            eventually(lambda: newest("page-view-counts") == expected, f"the counts are {expected}", WAIT, 0.3)
        except AssertionError as error:
            raise AssertionError(f"{error}; they are {newest('page-view-counts')}") from None

    with Program(*program, STATE_DIR=str(state / "one")) as first:
        first.wait_for(1, "-> RUNNING")
        view("user-0", "/home", "/cart", "/home")
        view("user-1", "/home")
        view("user-2", "/about")
        counts({"/home": 3, "/cart": 1, "/about": 1})
        eventually(lambda: per_page() == {"/home": 3, "/cart": 1, "/about": 1}, "the counts of all minutes are those", WAIT, 0.3)
        first.end(0, 143)
    equal(configuration("page-views-counter-counts-changelog", "cleanup.policy"), "compact", "policy of what was counted")
    equal(configuration("page-views-counter-by-page-repartition", "cleanup.policy"), "delete", "policy of what travels")
    # On a machine that has nothing of the first one's state, it is read from the topic that keeps it.
    with Program(*program, STATE_DIR=str(state / "two")) as second:
        second.wait_for(1, "-> RUNNING")
        view("user-1", "/cart", "/home")
        counts({"/home": 4, "/cart": 2, "/about": 1})
        second.end(0, 143)


run()
