"""Record batches (magic 2) and message sets (magic 0 and 1), built whole or broken on purpose, and read back."""

import struct
import zlib
from dataclasses import dataclass, field

from . import compression
from .checksums import crc32c
from .codec import Reader, uvarint, varint

HEADER_SIZE = 61


@dataclass
class Record:
    value: bytes | None = b""
    key: bytes | None = None
    timestamp: int = 0
    headers: list = field(default_factory=list)  # of (str, bytes | None)


def _sized(data):
    return varint(-1) if data is None else varint(len(data)) + data


def encode_record(record, offset_delta, base_timestamp, attributes=0):
    body = struct.pack(">b", attributes) + varint(record.timestamp - base_timestamp) + varint(offset_delta)
    body += _sized(record.key) + _sized(record.value) + varint(len(record.headers))
    for name, value in record.headers:
        body += _sized(name.encode()) + _sized(value)
    return varint(len(body)) + body


def batch(records, codec="none", base_offset=0, leader_epoch=-1, magic=2, timestamp_type=0, producer_id=-1, producer_epoch=-1,
          base_sequence=-1, transactional=False, control=False, offset_deltas=None, payload=None, **overrides):
    """One batch. `overrides` puts a wrong value into the header: attributes, last_offset_delta, base_timestamp,
    max_timestamp, count, length, crc. `payload` replaces the compressed records."""
    base_timestamp = overrides.get("base_timestamp", records[0].timestamp if records else 0)
    max_timestamp = overrides.get("max_timestamp", max((r.timestamp for r in records), default=-1))
    deltas = offset_deltas or range(len(records))
    attributes = compression.CODECS.index(codec) | timestamp_type << 3 | transactional << 4 | control << 5
    attributes = overrides.get("attributes", attributes)
    if payload is None:
        plain = b"".join(encode_record(r, d, base_timestamp) for r, d in zip(records, deltas))
        payload = compression.compress(codec, plain)
    last_offset_delta = overrides.get("last_offset_delta", max(len(records) - 1, 0))
    guarded = struct.pack(">hiqqqhii", attributes, last_offset_delta, base_timestamp, max_timestamp,
                          producer_id, producer_epoch, base_sequence, overrides.get("count", len(records))) + payload
    crc = overrides.get("crc", crc32c(guarded))
    length = overrides.get("length", 4 + 1 + 4 + len(guarded))
    return struct.pack(">qiibI", base_offset, length, leader_epoch, magic, crc) + guarded


def message_set(records, magic=1):
    """The format before batches: one message after another, each with its own CRC-32."""
    out = b""
    for offset, record in enumerate(records):
        body = struct.pack(">bb", magic, 0) + (struct.pack(">q", record.timestamp) if magic == 1 else b"")
        for data in (record.key, record.value):
            body += struct.pack(">i", -1) if data is None else struct.pack(">i", len(data)) + data
        message = struct.pack(">I", zlib.crc32(body)) + body
        out += struct.pack(">qi", offset, len(message)) + message
    return out


def control_record(version=0, kind=1, coordinator_epoch=0):
    """An end-transaction marker's record: kind 0 aborts, 1 commits."""
    return Record(key=struct.pack(">hh", version, kind), value=struct.pack(">hi", 0, coordinator_epoch))


@dataclass
class Batch:
    """A batch that was read. `records` is None where the compressed data is not decoded here."""

    base_offset: int
    length: int
    leader_epoch: int
    crc: int
    crc_is_right: bool
    attributes: int
    last_offset_delta: int
    base_timestamp: int
    max_timestamp: int
    producer_id: int
    producer_epoch: int
    base_sequence: int
    count: int
    records: list | None

    @property
    def codec(self):
        return compression.CODECS[self.attributes & 7]


def read_batches(data):
    """The whole batches in a Fetch answer; a last one that was cut is left out, as clients do."""
    found, at = [], 0
    while at + 12 <= len(data):
        size = 12 + struct.unpack_from(">i", data, at + 8)[0]
        if at + size > len(data):
            break
        found.append(_read_batch(data[at : at + size]))
        at += size
    return found


def _read_batch(data):
    base_offset, length, leader_epoch, magic, crc = struct.unpack_from(">qiibI", data)
    if magic != 2:
        raise ValueError(f"a batch of magic {magic}")
    fields = struct.unpack_from(">hiqqqhii", data, 21)
    read = Batch(base_offset, length, leader_epoch, crc, crc == crc32c(data[21:]), *fields, None)
    try:
        plain = Reader(compression.decompress(read.codec, data[HEADER_SIZE:]))
    except compression.Opaque:
        return read
    read.records = [(base_offset + delta, record) for delta, record in _read_records(plain, read)]
    return read


def _read_records(plain, header):
    for _ in range(header.count):
        reader = Reader(plain.take(plain.varint()))
        reader.take(1)
        timestamp, delta = header.base_timestamp + reader.varint(), reader.varint()
        if header.attributes & 8:
            timestamp = header.max_timestamp
        key, value = _read_sized(reader), _read_sized(reader)
        headers = [(_read_sized(reader).decode(), _read_sized(reader)) for _ in range(reader.varint())]
        yield delta, Record(value, key, timestamp, headers)


def _read_sized(reader):
    size = reader.varint()
    return None if size < 0 else reader.take(size)


def without_header(batch_bytes):
    """The compressed records of a batch."""
    return batch_bytes[HEADER_SIZE:]


def records_only(records, base_timestamp=0):
    """Records as they stand in a batch, uncompressed, to be put together wrongly."""
    return b"".join(encode_record(r, d, base_timestamp) for d, r in enumerate(records))


__all__ = ["Batch", "Record", "batch", "control_record", "encode_record", "message_set", "read_batches",
           "records_only", "uvarint", "varint", "without_header"]
