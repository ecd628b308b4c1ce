#!/usr/bin/env python3
"""A member of a group: reads topics, without committing, until standard input ends.

    member.py TOPIC,... GROUP [KEY=VALUE...]     librdkafka's configurations
"""

import os
import sys
import threading

from confluent_kafka import Consumer

topics, group, *more = sys.argv[1:]
given = dict(word.split("=", 1) for word in more)
config = {"bootstrap.servers": os.environ["BOOTSTRAP"], "group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False}
if given.get("group.protocol") != "consumer":  # where the broker decides
    config["session.timeout.ms"] = 6000
consumer = Consumer(config | given)
consumer.subscribe(topics.split(","))
stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
while not stop.is_set():
    consumer.poll(0.1)
consumer.close()
