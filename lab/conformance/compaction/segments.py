"""What lies in a partition's directory, decoded as far as it means something, to be compared."""

import pathlib

from raw import batches

HORIZON = 0x40


def segments(directory):
    """Each segment's base offset with its batches, and with the bytes of its index of aborted transactions."""
    directory = pathlib.Path(directory)
    found = {}
    for path in sorted(directory.glob("*.log")):
        aborted = path.with_suffix(".txnindex")
        found[int(path.stem)] = {
            "batches": [described(b) for b in batches.read_batches(path.read_bytes())],
            "aborted": aborted.read_bytes().hex() if aborted.exists() else "",
        }
    return found


def described(batch):
    """A batch but for what depends on when it was compacted (its horizon) and on the codec's library (its size)."""
    horizon = bool(batch.attributes & HORIZON)
    if not batch.crc_is_right:
        raise AssertionError(f"the batch at {batch.base_offset} has a wrong CRC")
    return {
        "base offset": batch.base_offset,
        "last offset": batch.base_offset + batch.last_offset_delta,
        "leader epoch": batch.leader_epoch,
        "attributes": batch.attributes,
        "base timestamp": "the horizon" if horizon else batch.base_timestamp,
        "largest timestamp": batch.max_timestamp,
        "producer": (batch.producer_id, batch.producer_epoch, batch.base_sequence),
        "count": batch.count,
        "length": batch.length if batch.codec == "none" and not horizon else None,
        "records": None if batch.records is None else [
            (offset, r.timestamp, r.key, r.value, r.headers) for offset, r in batch.records],
    }


def differences(one, other, limit=8):
    """Lines that say where two partitions are not the same."""
    lines = []
    if list(one) != list(other):
        lines.append(f"segments {list(one)} and {list(other)}")
    for base in sorted(set(one) & set(other)):
        if one[base]["aborted"] != other[base]["aborted"]:
            lines.append(f"segment {base}: aborted transactions {one[base]['aborted']} and {other[base]['aborted']}")
        here, there = one[base]["batches"], other[base]["batches"]
        if len(here) != len(there):
            lines.append(f"segment {base}: batches at {[b['base offset'] for b in here]} and {[b['base offset'] for b in there]}")
        for a, b in zip(here, there):
            lines += [f"segment {base}, batch at {a['base offset']}: {name} {a[name]!r} and {b[name]!r}" for name in a if a[name] != b[name]]
    return lines[:limit]
