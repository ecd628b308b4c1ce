"""Reads events as a member of the group `event-processors`, and commits each once it has been dealt with."""

import json
import os
import signal
import sys

from kafka import KafkaConsumer

consumer = KafkaConsumer(
    "events",
    bootstrap_servers=os.environ.get("BOOTSTRAP", "localhost:9092"),
    group_id="event-processors",
    auto_offset_reset="earliest",  # where to begin while nothing has been committed
    enable_auto_commit=False,
    max_poll_records=100,
    key_deserializer=lambda key: key.decode("utf-8"),
    value_deserializer=lambda value: json.loads(value.decode("utf-8")),
)

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

try:
    for message in consumer:
        print(f"{message.topic}[{message.partition}] {message.offset}: {message.key} {message.value}", flush=True)
        consumer.commit()
except KeyboardInterrupt:
    pass
finally:
    consumer.close()
