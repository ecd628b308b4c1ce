"""Everything that a broker says about its topics, to be compared with what another says about the same directory."""

import hashlib
import struct

from raw.connection import Connection
from raw.topics import wait_until_led

# What the coordinators make for themselves is not part of the comparison.
_OWN = "disk-"
_LEADER_EPOCH = slice(12, 16)  # stamped anew by each leader, and outside of the CRC


def photograph(server):
    """Topics with their ids, configurations, offsets, and a digest of every batch."""
    with Connection(server.bootstrap, timeout=60) as connection:
        metadata = connection.call("Metadata", 12, {"Topics": None})
        topics = sorted((t for t in metadata["Topics"] if t["Name"].startswith(_OWN)), key=lambda t: t["Name"])
        return {"cluster": metadata["ClusterId"]} | {t["Name"]: _topic(connection, t) for t in topics}


def _topic(connection, topic):
    name = topic["Name"]
    partitions = sorted(p["PartitionIndex"] for p in topic["Partitions"])
    wait_until_led(connection, name, len(partitions))
    return {
        "id": topic["TopicId"],
        "configs": _own_configs(connection, name),
        "partitions": {p: _partition(connection, name, p) for p in partitions},
    }


def _own_configs(connection, name):
    answer = connection.call("DescribeConfigs", 4, {"Resources": [{"ResourceType": 2, "ResourceName": name, "ConfigurationKeys": None}]})
    dynamic_topic = 1
    return {c["Name"]: c["Value"] for c in answer["Results"][0]["Configs"] if c["ConfigSource"] == dynamic_topic}


def _partition(connection, name, partition):
    start, end = offset(connection, name, partition, -2), offset(connection, name, partition, -1)
    batches = list(_batches(connection, name, partition, start[0], end[0]))
    middle_time = batches[len(batches) // 2][2] if batches else 0
    return {
        "start": start,
        "end": end,
        "latest time": offset(connection, name, partition, -3),
        "by time": offset(connection, name, partition, middle_time),
        "batches": batches,
    }


def offset(connection, name, partition, timestamp):
    """(offset, timestamp) that ListOffsets gives, or its error."""
    answer = connection.call("ListOffsets", 7, {"ReplicaId": -1, "Topics": [{"Name": name, "Partitions": [
        {"PartitionIndex": partition, "Timestamp": timestamp}]}]})
    got = answer["Topics"][0]["Partitions"][0]
    if got["ErrorCode"]:
        raise AssertionError(f"ListOffsets of {name}-{partition}: error {got['ErrorCode']}")
    return got["Offset"], got["Timestamp"]


def _batches(connection, name, partition, start, end):
    """(base offset, records, max timestamp, digest) of every batch from `start` to `end`."""
    while start < end:
        answer = connection.call("Fetch", 11, {"MaxWaitMs": 1000, "MinBytes": 1, "MaxBytes": 1 << 24, "Topics": [
            {"Topic": name, "Partitions": [{"Partition": partition, "FetchOffset": start, "PartitionMaxBytes": 1 << 22}]}]})
        got = answer["Responses"][0]["Partitions"][0]
        if got["ErrorCode"] or not got["Records"]:
            raise AssertionError(f"fetching {name}-{partition} from {start} of {end}: error {got['ErrorCode']}")
        for data in _split(got["Records"]):
            base, last_delta = struct.unpack_from(">q", data)[0], struct.unpack_from(">i", data, 23)[0]
            max_timestamp, count = struct.unpack_from(">q", data, 35)[0], struct.unpack_from(">i", data, 57)[0]
            data[_LEADER_EPOCH] = b"\0\0\0\0"
            yield base, count, max_timestamp, hashlib.sha256(data).hexdigest()[:16]
            start = base + last_delta + 1


def _split(data):
    at = 0
    while at + 12 <= len(data):
        size = 12 + struct.unpack_from(">i", data, at + 8)[0]
        if at + size > len(data):
            return
        yield bytearray(data[at : at + size])
        at += size


def differences(before, after, where=""):
    """Where two photographs differ, as lines."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in before | after:
            if key not in before or key not in after:
                yield f"{where}/{key}: only {'after' if key not in before else 'before'}"
            else:
                yield from differences(before[key], after[key], f"{where}/{key}")
    elif before != after:
        if isinstance(before, list):
            first = next((i for i, (x, y) in enumerate(zip(before, after)) if x != y), min(len(before), len(after)))
            yield f"{where}: {len(before)} before, {len(after)} after, different from {first} on: {before[first:first + 1]} {after[first:first + 1]}"
        else:
            yield f"{where}: {before} before, {after} after"
