#!/usr/bin/env python3
"""A directory that goes from one broker to the other and back: each reads all that was written and goes on with it.

Against Ottla the other broker is the real Kafka, and every way is gone in both directions; against Kafka both are Kafka.
"""

import functools
import os
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from disk.dump import complaints  # noqa: E402
from disk.groups import PROPERTIES, Groups, KafkasOwn, photograph_groups  # noqa: E402
from disk.photograph import differences, photograph  # noqa: E402
from disk.writer import SHORTENED, Writer  # noqa: E402
from harness.check import case, equal, run, true  # noqa: E402
from harness.server import KAFKA, Server, Target  # noqa: E402
from tools.jvm import Jvm  # noqa: E402

TARGET = Target.from_environment()
WORK = pathlib.Path(os.environ["WORK"])
PORT = int(os.environ["PORTS"])

TROUBLE = re.compile(r"^\S+ \S+ (ERROR|FATAL) |corrupt|stray", re.IGNORECASE)
# A gap in a producer's sequence is part of the journey, and Kafka logs each refusal as an error; a busy machine is none.
ASKED_FOR = re.compile(r"Error processing append operation|Out of order sequence number|EventPerformanceMonitor")
# Ottla does not resign its leaderships when it ends (docs/left-out.md). Kafka then begins to load groups as the leader that
# it was, stops when it finds itself fenced, and loads them once it leads again.
NEVER_RESIGNED = re.compile(r"Failed to load metadata from __\w+-\d+ with epoch \d+ due to Stopped loading records")


@functools.cache
def jvm():
    return Jvm()


# Until the segments that DeleteRecords has emptied are gone, Kafka finds the largest timestamp among what was deleted, and
# nothing by time where the first segment that could have it was emptied. Ottla looks at what is there.
TOLD_OTHERWISE = ("/disk-shortened/partitions/0/latest time", "/disk-shortened/partitions/0/by time", "/disk-emptied/partitions/0/latest time")


class Journey:
    """One directory on its way through several hands."""

    def __init__(self, name, first):
        self.server = Server(first, WORK / name, PORT, extra=PROPERTIES)
        self.writer = Writer()
        self.groups = Groups()
        self.kafkas_own = None
        self.seen = None

    def begin(self):
        self.server.format()
        self.server.start()
        self.writer.begin(self.server, self.groups)
        self.leave_kafkas_own()
        self.look()

    def look(self):
        self.seen = self.photograph()

    def photograph(self):
        return photograph(self.server) | photograph_groups(self.server)

    def leave_kafkas_own(self):
        """The first time that the real broker has the directory it leaves there what only it knows, and finds it the next time."""
        if self.server.target.name == KAFKA.name:
            if self.kafkas_own:
                self.kafkas_own.check(self.server)
            else:
                self.kafkas_own = KafkasOwn()
                self.kafkas_own.begin(self.server)

    def end(self, how):
        if how == "kill":
            self.server.kill()
        else:
            self.server.stop()

    def hand_over(self, to, how):
        """Ends the one broker and starts the other, which must show the same and go on where the first left off."""
        self.end(how)
        self.server = self.server.with_target(to)
        self.server.start()
        before, after = self.seen, self.photograph()
        if how == "kill":
            before, after = without_log_starts(before), without_log_starts(after)
        told_apart = [line for line in differences(before, after) if not any(known in line for known in TOLD_OTHERWISE)]
        equal(told_apart[:10], [], f"what {to.name} says differently")
        self.writer.idempotence_goes_on(self.server)
        self.writer.go_on(self.server)
        self.groups.go_on(self.server)
        self.leave_kafkas_own()
        self.look()

    def check_log(self):
        """What the real broker complained of while it started on the directory and worked in it."""
        found = [line for line in self.server.log_path.read_text(errors="replace").splitlines()
                 if TROUBLE.search(line) and not ASKED_FOR.search(line) and not NEVER_RESIGNED.search(line)]
        equal(found[:10], [], "what is in the log")

    def check_files(self):
        found, read = complaints(jvm(), self.server.data)
        true(read > 100, f"only {read} files were read")
        equal(found[:10], [], "what kafka-dump-log complains of")


def without_log_starts(seen):
    """Kafka keeps in memory for up to a minute where a log starts once records were deleted, and so after a kill may
    show them again. What is left to compare are the ends, and all the logs that nobody shortened."""
    return {name: {p: what["end"] for p, what in topic["partitions"].items()} if name in SHORTENED else topic
            for name, topic in seen.items()}


def there_and_back(name, first, second, how):
    journey = Journey(name, first)
    try:
        journey.begin()
        journey.hand_over(second, how)
        journey.hand_over(first, how)
        journey.end("stop")
        journey.check_files()
        if how == "stop":
            journey.check_log()
    finally:
        journey.server.kill()


def add(first, second, how):
    def journey():
        there_and_back(journey.__name__, first, second, how)

    ending = "clean_end" if how == "stop" else "kill"
    journey.__name__ = f"from_{first.name}_to_{second.name}_and_back_after_a_{ending}"
    case(journey)


for way in [(TARGET, KAFKA)] if TARGET.name == KAFKA.name else [(TARGET, KAFKA), (KAFKA, TARGET)]:
    for ending in ("stop", "kill"):
        add(*way, ending)


@case
def the_files_of_a_new_directory_and_of_one_written_to():
    server = Server(TARGET, WORK / "files", PORT, extra=PROPERTIES)
    server.format()
    server.start()
    try:
        Writer().begin(server, Groups())
        server.stop()
        found, read = complaints(jvm(), server.data)
    finally:
        server.kill()
    true(read > 100, f"only {read} files were read")
    equal(found[:10], [], "what kafka-dump-log complains of")


run()
