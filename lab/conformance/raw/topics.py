"""Waiting for topics: a created one is led a moment after the answer, a deleted one gone."""

import time

_NOT_LED_YET = {3, 5, 6, 100}  # UNKNOWN_TOPIC_OR_PARTITION LEADER_NOT_AVAILABLE NOT_LEADER_OR_FOLLOWER UNKNOWN_TOPIC_ID


def wait_until_led(connection, name, partitions, timeout=60.0):
    """Returns once the broker answers for every partition as its leader."""
    asked = {"ReplicaId": -1, "Topics": [{"Name": name, "Partitions": [
        {"PartitionIndex": p, "Timestamp": -1} for p in range(partitions)]}]}
    wait_until(lambda: not any(p["ErrorCode"] in _NOT_LED_YET
                               for p in connection.call("ListOffsets", 7, asked)["Topics"][0]["Partitions"]),
               f"{name} is led", timeout)


def wait_until_gone(connection, name, timeout=60.0):
    """Returns once the broker no longer knows the name."""
    asked = {"Topics": [{"Name": name}], "AllowAutoTopicCreation": False}
    wait_until(lambda: connection.call("Metadata", 9, asked)["Topics"][0]["ErrorCode"] == 3, f"{name} is gone", timeout)


def wait_until(condition, what, timeout=60.0):
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"not within {timeout:.0f} s: {what}")
        time.sleep(0.01)
