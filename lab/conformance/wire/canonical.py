"""Answers with everything taken out that differs from one run to the next: ids, ports, the time of day.

A volatile value becomes a name that says which it is ("<id of orders>"), so that a wrong one still shows.
"""

import re
import time

from raw.batches import read_batches
from raw.connection import address_of

NO_ID = "A" * 22
LONG = 1000

# By which of its fields an array of structures is put in order: no client may depend on the order of these.
_KEYS = ["Name", "TopicName", "Topic", "TopicId", "ResourceName", "ApiKey", "PartitionIndex", "Partition", "Index", "NodeId",
         "BrokerId", "BatchIndex", "GroupId", "MemberId", "Key"]
# The order says which value wins.
_ORDERED = {"Synonyms"}

_TIMES = {"LogAppendTimeMs", "Timestamp"}


class Canonical:
    """What one session knows to be volatile, and by which name it shows it."""

    def __init__(self, bootstrap):
        self.port = address_of(bootstrap)[1]
        self.began_ms = time.time() * 1000
        self.names = {}  # of topic ids and of the cluster's
        self.producers = {}
        self.sessions = {}
        self.replacements = []  # (pattern, name), in texts

    def learn_cluster(self, cluster_id):
        self.names[cluster_id] = "<cluster>"

    def learn_topic(self, name, topic_id):
        self.names[topic_id] = f"<id of {name}>"

    def learn_producer(self, producer_id):
        self.producers[producer_id] = f"<producer {len(self.producers) + 1}>"

    def learn_member(self, member_id, name):
        """Of a group. What the broker put before the id's random part stays to be seen."""
        beginning = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", "", member_id)
        self.learn_text(member_id, f"{beginning}<{name}>")

    def learn_text(self, text, name):
        """Every occurrence of `text` in a string is shown as `name`."""
        self.replacements.append((text, name))

    def message(self, value, field=""):
        if isinstance(value, dict):
            return {k: self.message(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return self._array([self.message(v, field) for v in value], field)
        if isinstance(value, bytes):
            return self._records(value) if field == "Records" else value.hex() if len(value) <= LONG else f"<{len(value)} bytes>"
        if isinstance(value, str):
            return self._text(value, field)
        if isinstance(value, int) and not isinstance(value, bool):
            return self._number(value, field)
        return value

    def _array(self, values, field):
        if field in _ORDERED or not values or not isinstance(values[0], dict):
            return values
        keys = [k for k in _KEYS if k in values[0]]
        return sorted(values, key=lambda v: [_sortable(v.get(k)) for k in keys]) if keys else values

    def _text(self, value, field):
        if field in ("TopicId", "ClusterId"):
            return value if value == NO_ID else self.names.get(value, f"<unknown: {value}>")
        if field == "Documentation":
            return "<text>" if value else value
        for topic_id, name in self.names.items():
            value = value.replace(topic_id, name)
        for text, name in self.replacements:
            value = value.replace(text, name)
        for producer_id, name in self.producers.items():
            value = re.sub(rf"(?i)(producer ?id:? ?){producer_id}\b", rf"\1{name}", value)
        value = re.sub(rf"\b{self.port}\b", "<port>", value)
        value = re.sub(rf"\b{self.port + 1}\b", "<controller port>", value)
        return re.sub(r"\b\d{13}\b", lambda m: "<now>" if self._is_now(int(m[0])) else m[0], value)

    def _number(self, value, field):
        if field == "Port":
            return "<port>" if value == self.port else value
        if field == "ProducerId":
            return self.producers.get(value, value)
        if field == "SessionId" and value != 0:
            return self.sessions.setdefault(value, f"<session {len(self.sessions) + 1}>")
        if field == "FinalizedFeaturesEpoch" and value >= 0:
            return "<offset>"
        if field in _TIMES and self._is_now(value):
            return "<now>"
        return value

    def _is_now(self, milliseconds):
        return self.began_ms - 60_000 <= milliseconds <= time.time() * 1000 + 1000

    def _records(self, data):
        return [self._batch(b) for b in read_batches(data)]

    def _batch(self, b):
        shown = {
            "base offset": b.base_offset,
            "leader epoch": b.leader_epoch,
            "codec": b.codec,
            "attributes": b.attributes,
            "last offset delta": b.last_offset_delta,
            "base timestamp": self._number(b.base_timestamp, "Timestamp"),
            "max timestamp": self._number(b.max_timestamp, "Timestamp"),
            "producer": [self._number(b.producer_id, "ProducerId"), b.producer_epoch, b.base_sequence],
            "count": b.count,
        }
        if not b.crc_is_right:
            shown["crc"] = "wrong"
        if b.records is None:
            shown["records"] = "<compressed>"
        else:
            shown["records"] = [
                [offset, self._number(r.timestamp, "Timestamp"), _shown(r.key), _shown(r.value)]
                + ([[n, _shown(v)] for n, v in r.headers] and [[[n, _shown(v)] for n, v in r.headers]])
                for offset, r in b.records
            ]
        return shown


def _sortable(value):
    return (value is not None, isinstance(value, str), value if value is not None else 0)


def _shown(data):
    """Bytes for reading: short texts as they are, long ones by their length."""
    if data is None:
        return None
    if len(data) > 80:
        return f"<{len(data)} bytes>"
    return data.decode("utf-8", "backslashreplace")
