"""A library's program that runs consumers, and the consumers in it."""

import functools
import itertools
import json
import os
import queue
import signal
import subprocess
import threading

from harness import check

# Nothing here is about speed: a JVM on a busy machine may take half a minute to its first assignment.
PATIENCE = 90.0
eventually = functools.partial(check.eventually, timeout=PATIENCE)
_numbers = itertools.count(1)


class Refused(Exception):
    """The library reported an error. Its name is the protocol's where the broker gave it."""

    def __init__(self, name):
        self.name = name
        super().__init__(name)


class Member:
    """One consumer: what was said about it so far. It is the program's reader that fills this in."""

    def __init__(self, host, name):
        self.host = host
        self.name = name
        self.assignment = set()  # of (topic, partition)
        self.history = []  # of ("assigned" | "revoked", [(topic, partition)]), those that say nothing included
        self.records = []  # of (topic, partition, offset, value)
        self.errors = []  # names
        self.has_left = False

    def happened(self, what):
        if what["event"] == "records":
            self.records += [tuple(r) for r in what["records"]]
        elif what["event"] == "error":
            self.errors.append(what["error"])
        else:
            partitions = [tuple(p) for p in what["partitions"]]
            if what["event"] == "assigned":
                self.assignment |= set(partitions)
            else:
                self.assignment -= set(partitions)
            self.history.append((what["event"], partitions))

    def values(self):
        return [value for _, _, _, value in self.records]

    def offsets(self):
        """(partition, offset) of every record, in order of arrival."""
        return [(partition, offset) for _, partition, offset, _ in self.records]

    def wait_for(self, count):
        """Waits until that many records have come."""
        try:
            eventually(lambda: len(self.records) >= count, f"{self.name} has {count} records")
        except AssertionError as error:
            raise AssertionError(f"{error}; it has {len(self.records)}, {self.standing()}") from None
        return self.records

    def wait_for_partitions(self, count):
        eventually(lambda: len(self.assignment) == count, f"{self.name} has {count} partitions")
        return self.assignment

    def wait_for_error(self, name):
        """The members' libraries word their errors differently: it is enough that the name is in it."""
        eventually(lambda: any(name in e for e in self.errors), f"{self.name} is told {name}; so far {self.errors}")

    def standing(self):
        return f"assigned {sorted(self.assignment)}, errors {self.errors[-3:]}"

    # ---- commands

    def commit(self, offsets=None):
        """Commits what was read so far, or [topic, partition, offset, metadata] of some partitions."""
        return self.host.call("commit", member=self.name, offsets=offsets)

    def pause(self, partitions):
        self.host.call("pause", member=self.name, partitions=partitions)

    def resume(self, partitions):
        self.host.call("resume", member=self.name, partitions=partitions)

    def seek(self, topic, partition, offset):
        self.host.call("seek", member=self.name, partition=[topic, partition], offset=offset)

    def leave(self):
        """Closes the consumer as its library means it to be closed."""
        self.has_left = True
        self.host.call("leave", member=self.name)


class Host:
    """A running program of a library."""

    def __init__(self, command, log):
        self.command, self.log = command, log
        # Unbuffered towards us is the program's own affair: each flushes after every line.
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, bufsize=1)
        self.members = {}
        self.answers = {}
        self.writing = threading.Lock()
        self.features = set(json.loads(self.process.stdout.readline() or '{"features": []}')["features"])
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            try:
                said = json.loads(line)
            except ValueError:
                self.log.write(line.encode())  # a library that prints
                continue
            if "event" in said:
                self.members[said["member"]].happened(said)
            else:
                self.answers.pop(said["id"]).put(said)
        for waiting in list(self.answers.values()):
            waiting.put({"error": "the program ended"})

    def call(self, what, **more):
        """Gives a command and waits for its answer."""
        number = next(_numbers)
        answer = self.answers[number] = queue.SimpleQueue()
        with self.writing:
            self.process.stdin.write(json.dumps({"id": number, "do": what} | more) + "\n")
            self.process.stdin.flush()
        try:
            said = answer.get(timeout=PATIENCE)
        except queue.Empty:
            raise AssertionError(f"no answer within {PATIENCE:.0f} s: {what} {more}") from None
        if "error" in said:
            raise Refused(said["error"])
        return said["value"]

    def join(self, name, **settings):
        """Starts a member. It has not joined yet when this returns."""
        member = self.members[name] = Member(self, name)
        self.call("join", member=name, settings=settings)
        return member

    def kill(self):
        """SIGKILL: the kernel closes the sockets, and nobody leaves the group."""
        self.process.kill()
        self.process.wait()

    def sleep(self):
        os.kill(self.process.pid, signal.SIGSTOP)

    def wake(self):
        os.kill(self.process.pid, signal.SIGCONT)
