"""What a broker does with a whole frame whose header or body it cannot take, and in which order it answers."""

import struct

from raw.connection import request_frame, response_message


def play(s):
    for what, key in [("a key that never was", 999), ("a negative key", -1), ("a dead key", 4), ("a controller's key", 52),
                      ("a key of a later Kafka", 93)]:
        s.note(what, exchange(s, frame(struct.pack(">hhih", key, 0, 1, -1))))
    for what, key, version in [("Metadata one version too new", 3, 14), ("Metadata of a negative version", 3, -1),
                               ("Produce too old, though advertised", 0, 2), ("Produce too new", 0, 14), ("Fetch too old", 1, 3),
                               ("CreateTopics too old", 19, 1), ("ListOffsets too old", 2, 0)]:
        s.note(what, exchange(s, frame(struct.pack(">hhih", key, version, 1, -1) + b"\0" * 20)))

    body = request_frame("Metadata", 1, {"Topics": []}, 9)[4:]
    s.note("a body that is cut", exchange(s, frame(body[:-2])))
    s.note("a body with bytes left over", exchange(s, frame(body + b"\0\0\0")))
    s.note("a count beyond the frame", exchange(s, frame(body[:-4] + struct.pack(">i", 1 << 30))))
    s.note("a negative count", exchange(s, frame(body[:-4] + struct.pack(">i", -2))))
    s.note("a null client id", exchange(s, request_frame("Metadata", 1, {"Topics": []}, 9, client_id=None)))
    s.note("a header alone", exchange(s, frame(struct.pack(">hhi", 3, 1, 9))))
    s.note("an empty frame", exchange(s, frame(b"")))

    s.note("answers come in the order of the requests", pipelined(s))


def frame(payload):
    return struct.pack(">i", len(payload)) + payload


def exchange(s, data):
    """The answer's size and beginning, or that the connection was closed."""
    s.reconnect()
    s.connection.socket.sendall(data)
    try:
        payload = s.connection.receive_payload()
    except (EOFError, ConnectionError):
        s.reconnect()
        return "the broker closes the connection"
    return {"correlation id": struct.unpack(">i", payload[:4])[0]}


def pipelined(s):
    """A Fetch that waits for data in front of questions that could be answered at once."""
    topic = s.topic("frames-pipelined")
    s.reconnect()
    waiting = {"ReplicaId": -1, "MaxWaitMs": 400, "MinBytes": 1, "MaxBytes": 1000,
               "Topics": [{"Topic": topic, "Partitions": [{"Partition": 0, "FetchOffset": 0, "PartitionMaxBytes": 1000}]}]}
    s.connection.send("Fetch", 11, waiting)
    s.connection.send("Metadata", 1, {"Topics": []})
    s.connection.send("ApiVersions", 0)
    order = []
    for _ in range(3):
        api, version, _ = s.connection.waiting.popleft()
        correlation_id, _ = response_message(api, version, s.connection.receive_payload())
        order.append([api, correlation_id])
    return {"order": order}
