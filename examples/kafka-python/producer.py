"""Sends events as JSON, and waits until each is safe."""

import json
import os

from kafka import KafkaProducer
from kafka.errors import KafkaError

producer = KafkaProducer(
    bootstrap_servers=os.environ.get("BOOTSTRAP", "localhost:9092"),
    acks="all",  # all in-sync replicas
    retries=3,
    max_in_flight_requests_per_connection=1,  # so that a retry cannot overtake what was sent after it
    key_serializer=lambda key: key.encode("utf-8"),
    value_serializer=lambda value: json.dumps(value).encode("utf-8"),
)

try:
    for number in range(10):
        user = f"user-{number % 3}"
        future = producer.send("events", key=user, value={"event": number, "user": user}, headers=[("source", b"example")])
        metadata = future.get(timeout=10)
        print(f"{metadata.topic}[{metadata.partition}] {metadata.offset}: {user}")
except KafkaError as error:
    raise SystemExit(f"not sent: {error}")
finally:
    producer.flush()
    producer.close()
