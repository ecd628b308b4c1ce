"""Encodes and decodes messages by their definitions.

A message is a dict from the definition's field names to values: ints, bools, strings, bytes, lists, dicts, None.
A UUID is its 22 characters of URL-safe base64.
"""

import base64
import struct

from .definitions import definition

_FIXED = {
    "bool": ">?",
    "int8": ">b",
    "int16": ">h",
    "uint16": ">H",
    "int32": ">i",
    "uint32": ">I",
    "int64": ">q",
    "float64": ">d",
}


class Truncated(Exception):
    """The message ends before its definition does."""


class Reader:
    """A cursor over received bytes."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, count):
        if count < 0 or self.at + count > len(self.data):
            raise Truncated(f"{count} bytes wanted at {self.at} of {len(self.data)}")
        self.at += count
        return self.data[self.at - count : self.at]

    def fixed(self, layout):
        return struct.unpack(layout, self.take(struct.calcsize(layout)))[0]

    def uvarint(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def varint(self):
        value = self.uvarint()
        return (value >> 1) ^ -(value & 1)

    def left(self):
        return len(self.data) - self.at


def uvarint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def varint(value):
    return uvarint((value << 1) ^ (value >> 63) if value >= 0 else ((-value) << 1) - 1)


def uuid_bytes(text):
    return base64.urlsafe_b64decode(text + "==")


def uuid_text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


# ---- encode


def encode(name, version, message):
    """The body of a message, without its header."""
    known = definition(name)
    return _encode_fields(known.fields, message, version, version in known.flexible, name)


def _encode_fields(fields, message, version, flexible, where):
    unknown = set(message) - {f.name for f in fields}
    if unknown:
        raise ValueError(f"{where} has no {', '.join(sorted(unknown))}")
    plain, tagged = [], []
    for f in fields:
        if version not in f.versions:
            continue
        value = message.get(f.name, f.default)
        if version in f.tagged:
            if f.name in message:
                tagged.append((f.tag, _encode_value(f, value, version, flexible, f"{where}.{f.name}")))
        else:
            plain.append(_encode_value(f, value, version, flexible, f"{where}.{f.name}"))
    if flexible:
        plain.append(uvarint(len(tagged)))
        for tag, data in sorted(tagged):
            plain += [uvarint(tag), uvarint(len(data)), data]
    return b"".join(plain)


def _encode_value(f, value, version, flexible, where):
    if f.is_array:
        if value is None:
            return b"\0" if flexible else b"\xff\xff\xff\xff"
        head = uvarint(len(value) + 1) if flexible else struct.pack(">i", len(value))
        return head + b"".join(_encode_element(f, v, version, flexible, where) for v in value)
    return _encode_element(f, value, version, flexible, where)


def _encode_element(f, value, version, flexible, where):
    if f.type in _FIXED:
        return struct.pack(_FIXED[f.type], value)
    if f.type == "uuid":
        return uuid_bytes(value)
    if f.type == "string":
        return _encode_sized(None if value is None else value.encode("utf-8", "surrogateescape"), flexible, ">h")
    if f.type in ("bytes", "records"):
        return _encode_sized(value, flexible, ">i")
    if value is None:
        return b"\xff"
    present = b"\x01" if version in f.nullable and not f.is_array else b""
    return present + _encode_fields(f.fields, value, version, flexible, where)


def _encode_sized(data, flexible, layout):
    if data is None:
        return b"\0" if flexible else struct.pack(layout, -1)
    return (uvarint(len(data) + 1) if flexible else struct.pack(layout, len(data))) + data


# ---- decode


def decode(name, version, data):
    """A message from its body. Bytes left over are an error: a decoder that knows the version leaves none."""
    known = definition(name)
    reader = Reader(data)
    message = _decode_fields(known.fields, reader, version, version in known.flexible)
    if reader.left():
        raise ValueError(f"{reader.left()} bytes left over after {name} v{version}")
    return message


def _decode_fields(fields, reader, version, flexible):
    message, tagged = {}, {}
    for f in fields:
        if version not in f.versions:
            continue
        if version in f.tagged:
            tagged[f.tag] = f
        else:
            message[f.name] = _decode_value(f, reader, version, flexible)
    if flexible:
        for _ in range(reader.uvarint()):
            tag, inner = reader.uvarint(), Reader(reader.take(reader.uvarint()))
            if tag not in tagged:
                message[f"tag {tag}"] = inner.data.hex()
                continue
            message[tagged[tag].name] = _decode_value(tagged[tag], inner, version, flexible)
            if inner.left():
                raise ValueError(f"{inner.left()} bytes left over in tagged field {tagged[tag].name}")
    return message


def _decode_value(f, reader, version, flexible):
    if f.is_array:
        count = reader.uvarint() - 1 if flexible else reader.fixed(">i")
        if count < 0:
            return None
        return [_decode_element(f, reader, version, flexible, False) for _ in range(count)]
    return _decode_element(f, reader, version, flexible, version in f.nullable)


def _decode_element(f, reader, version, flexible, nullable):
    if f.type in _FIXED:
        return reader.fixed(_FIXED[f.type])
    if f.type == "uuid":
        return uuid_text(reader.take(16))
    if f.type in ("string", "bytes", "records"):
        size = reader.uvarint() - 1 if flexible else reader.fixed(">h" if f.type == "string" else ">i")
        if size < 0:
            return None
        data = reader.take(size)
        return data.decode("utf-8", "surrogateescape") if f.type == "string" else data
    if nullable and reader.fixed(">b") < 0:
        return None
    return _decode_fields(f.fields, reader, version, flexible)
