#!/usr/bin/env python3
"""Prints a topic's records as JSON lines, for clients that cannot read without a consumer group.

    read_topic.py TOPIC COUNT      waits for COUNT records over all partitions, by offset within each

Bytes are base64. Reads with librdkafka.
"""

import base64
import json
import os
import sys
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition


def encoded(data):
    return None if data is None else base64.b64encode(data).decode()


def main():
    topic, count = sys.argv[1], int(sys.argv[2])
    consumer = Consumer({"bootstrap.servers": os.environ["BOOTSTRAP"], "group.id": "not-used", "enable.auto.commit": False, "log_level": 3})
    partitions = consumer.list_topics(topic, timeout=30).topics[topic].partitions
    consumer.assign([TopicPartition(topic, p, OFFSET_BEGINNING) for p in partitions])
    records, end = [], time.monotonic() + 30
    while len(records) < count:
        if time.monotonic() > end:
            sys.exit(f"{len(records)} of {count} records within 30 s")
        for m in consumer.consume(1000, 0.5):
            if m.error():
                sys.exit(str(m.error()))
            kind, timestamp = m.timestamp()
            records.append({
                "partition": m.partition(), "offset": m.offset(), "timestamp": timestamp, "timestampType": kind - 1,
                "key": encoded(m.key()), "value": encoded(m.value()),
                "headers": [[name, encoded(value)] for name, value in m.headers() or []],
            })
    consumer.close()
    for record in sorted(records, key=lambda r: (r["partition"], r["offset"])):
        print(json.dumps(record))


main()
