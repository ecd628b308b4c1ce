#!/usr/bin/env python3
"""kill -9 while groups join and commit: no acknowledged commit is lost, and no generation that its members were told of.

CRASH_ROUNDS says how often (20 times if it does not).
"""

import os
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from crash.committers import PARTITIONS, SESSION_MS, Rebalancing, Sharing, Simple  # noqa: E402
from crash.writers import OneByOne  # noqa: E402
from disk.writer import create  # noqa: E402
from harness.check import case, equal, eventually, run, true  # noqa: E402
from harness.server import Server, Target  # noqa: E402
from raw.connection import Connection  # noqa: E402
from raw.topics import wait_until_led  # noqa: E402
from wire.members import coordinators_are_ready  # noqa: E402
from wire.session import Session  # noqa: E402

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "20"))
SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(1 << 32))
TOPIC = "crash-read"


@case
def what_groups_were_told_is_so_after_a_crash():
    chance = random.Random(SEED)
    server = Server(Target.from_environment(), pathlib.Path(os.environ["WORK"]) / "node", int(os.environ["PORTS"]),
                    extra=f"group.min.session.timeout.ms={SESSION_MS}\n")
    server.format()
    server.start()
    with Connection(server.bootstrap) as connection:
        create(connection, TOPIC, PARTITIONS, {})
    ready(server)
    writers = [OneByOne(server.bootstrap, TOPIC, PARTITIONS)]
    actors = [Simple(server.bootstrap, TOPIC), Sharing(server.bootstrap, TOPIC), Rebalancing(server.bootstrap)]
    try:
        for number in range(1, ROUNDS + 1):
            time.sleep(chance.uniform(0.5, 3.0))
            if number % 3 == 0:
                they_go_on(actors)
            before = [a.snapshot() for a in actors]
            server.kill()
            for actor in actors:
                actor.pause()
            took = server.start()
            check(server, actors, before)
            for actor in actors:
                actor.go_on()
            print(f"# round {number}: up to {max(before[0].values())}, {sum(before[1].values())} read and {before[2]} generations were "
                  f"acknowledged, served again after {took:.1f} s", flush=True)
        for actor in (*writers, *actors):
            actor.finish()
        before = [a.snapshot() for a in actors]
        # The last word is that of a broker which ended cleanly in between.
        server.stop()
        server.start()
        check(server, actors, before)
        true(min(before[0].values()) > 0, f"a group that never committed: {before[0]}")
        true(min(before[1].values()) > 0, f"a partition of which nothing was committed: {before[1]}")
        true(actors[1].commits > ROUNDS, "hardly anything was committed by those who share")
        true(before[2] > ROUNDS, "hardly a generation was acknowledged")
        server.stop()
    finally:
        server.kill()


def they_go_on(actors):
    """Whatever came before, everybody is told something new."""
    simple, sharing, rebalancing = (a.snapshot() for a in actors)
    eventually(lambda: all(offset > sharing[p] for p, offset in actors[1].snapshot().items()), f"commits after {sharing}", timeout=60)
    eventually(lambda: all(number > simple[group] for group, number in actors[0].snapshot().items()), f"commits after {simple}")
    eventually(lambda: actors[2].snapshot() > rebalancing, f"generations after {rebalancing}")


def ready(server):
    """The topic is led, and every group has its coordinator."""
    session = Session(server.bootstrap)
    wait_until_led(session.connection, TOPIC, PARTITIONS)
    coordinators_are_ready(session)
    session.reconnect()


def check(server, actors, before):
    ready(server)
    with Connection(server.bootstrap) as connection:
        found = [problem for actor, was in zip(actors, before) for problem in actor.problems(connection, was)]
    equal(([e for a in actors for e in a.errors] + found)[:10], [])


print(f"# SEED={SEED}, {ROUNDS} rounds", flush=True)
run()
