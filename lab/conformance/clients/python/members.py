"""Runs consumers on command, for `clients/groups`. A program for each Python library ends with `run(its Library)`.

A member has a thread of its own, in which alone its consumer is touched: it polls, and between polls does what was asked.
"""

import json
import os
import queue
import sys
import threading
import time
import traceback

POLL_SECONDS = 0.1
BOOTSTRAP = os.environ["BOOTSTRAP"]

# A library may print too, and must not have its words mixed with ours: its standard output becomes standard error.
OUT = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

_printing = threading.Lock()


def say(**what):
    with _printing:
        OUT.write(json.dumps(what) + "\n")
        OUT.flush()


class Consumer:
    """One member, by its library. `tell(event, **more)` reports what happens to it."""

    def __init__(self, name, settings, tell):
        raise NotImplementedError

    def poll(self):
        """Waits shortly and returns [topic, partition, offset, value] of what came."""
        raise NotImplementedError

    def commit(self, offsets):
        """Commits what was read, or [topic, partition, offset, metadata] of some partitions."""
        raise NotImplementedError

    def pause(self, partitions):
        raise NotImplementedError

    def resume(self, partitions):
        raise NotImplementedError

    def seek(self, partition, offset):
        raise NotImplementedError

    def close(self):
        raise NotImplementedError


class Library:
    """What a library can do, its consumer, and its administrative calls."""

    features = ()
    consumer = Consumer
    #: Group ids and topics come as they are in the commands; see `clients/groups` for what is answered.
    calls = {}

    @staticmethod
    def error_name(error):
        """The protocol's name of an error where it has one."""
        raise NotImplementedError


class Member(threading.Thread):
    def __init__(self, library, name, settings):
        super().__init__(daemon=True)
        self.library, self.name, self.settings = library, name, settings
        self.wanted = queue.SimpleQueue()
        self.leaving = False
        self.last_error = None

    def tell(self, event, **more):
        say(member=self.name, event=event, **more)

    def run(self):
        try:
            consumer = self.library.consumer(self.name, self.settings, self.tell)
        except Exception as error:  # noqa: BLE001 - told to whoever asks
            self.tell("error", error=self.name_of(error))
            return
        while not self.leaving:
            try:
                records = consumer.poll()
                if records:
                    self.tell("records", records=records)
            except Exception as error:  # noqa: BLE001 - a library's error, whatever it is, is what the case is about
                self.complain(error)
                time.sleep(POLL_SECONDS)
            self.work(consumer)

    def work(self, consumer):
        while not self.wanted.empty():
            number, what, more = self.wanted.get()
            if what == "leave":
                self.leaving, what = True, "close"
            answer(self.library, number, lambda: getattr(consumer, what)(**more))

    def complain(self, error):
        name = self.name_of(error)
        if name != self.last_error:
            self.last_error = name
            self.tell("error", error=name)

    def name_of(self, error):
        return self.library.error_name(error)


def answer(library, number, action):
    try:
        say(id=number, value=action())
    except Exception as error:  # noqa: BLE001 - the case decides whether it was to be
        traceback.print_exc()
        say(id=number, error=library.error_name(error))


def run(library):
    members = {}
    say(features=list(library.features))
    for line in sys.stdin:
        command = json.loads(line)
        number, what = command.pop("id"), command.pop("do")
        if what == "join":
            name = command["member"]
            members[name] = Member(library, name, command["settings"])
            members[name].start()
            say(id=number, value=None)
        elif "member" in command:
            member = members[command.pop("member")]
            if member.is_alive():
                member.wanted.put((number, what, command))
            else:
                say(id=number, error="the member is gone")
        else:
            action = library.calls[what]
            threading.Thread(target=answer, args=(library, number, lambda a=action, c=command: a(**c)), daemon=True).start()
    os._exit(0)
