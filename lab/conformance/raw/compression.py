"""The five codecs, small and slow, on the standard library alone.

What is written is valid and hardly compressed: snappy, lz4 and zstd are written as literal blocks, which every
decoder must take. Everything is read but zstd's entropy-coded blocks, for which `Opaque` is raised.
"""

import gzip
import struct
import zlib

from .checksums import xxhash32_short
from .codec import uvarint

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]

_XERIAL = b"\x82SNAPPY\0" + struct.pack(">ii", 1, 1)
_LZ4_MAGIC = 0x184D2204
_ZSTD_MAGIC = 0xFD2FB528


class Opaque(Exception):
    """The data is compressed in a way that is not decoded here."""


def compress(codec, data):
    return {
        "none": lambda d: d,
        "gzip": lambda d: gzip.compress(d, mtime=0),
        "snappy": _snappy_xerial,
        "lz4": _lz4_frame,
        "zstd": _zstd_frame,
    }[codec](data)


def decompress(codec, data):
    return {
        "none": lambda d: d,
        "gzip": lambda d: zlib.decompress(d, wbits=31),
        "snappy": _read_snappy,
        "lz4": _read_lz4,
        "zstd": _read_zstd,
    }[codec](data)


# ---- snappy


def snappy_raw(data):
    """One raw snappy block of literals, as librdkafka sends it, without xerial's framing."""
    out = bytearray(uvarint(len(data)))
    for at in range(0, len(data), 60):
        piece = data[at : at + 60]
        out.append(len(piece) - 1 << 2)
        out += piece
    return bytes(out)


def _snappy_xerial(data):
    out = bytearray(_XERIAL)
    for at in range(0, len(data), 32768):
        block = snappy_raw(data[at : at + 32768])
        out += struct.pack(">i", len(block)) + block
    return bytes(out)


def _read_snappy(data):
    if not data.startswith(_XERIAL[:8]):
        return _read_snappy_block(data)
    out, at = bytearray(), 16
    while at < len(data):
        size = struct.unpack_from(">i", data, at)[0]
        out += _read_snappy_block(data[at + 4 : at + 4 + size])
        at += 4 + size
    return bytes(out)


def _read_snappy_block(data):
    size = at = shift = 0
    while True:
        byte = data[at]
        size |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            break
    out = bytearray()
    while at < len(data):
        tag = data[at]
        at += 1
        if tag & 3 == 0:
            length = tag >> 2
            if length >= 60:
                extra = length - 59
                length = int.from_bytes(data[at : at + extra], "little")
                at += extra
            out += data[at : at + length + 1]
            at += length + 1
            continue
        if tag & 3 == 1:
            length, distance = (tag >> 2 & 7) + 4, tag >> 5 << 8 | data[at]
            at += 1
        else:
            width = 2 if tag & 3 == 2 else 4
            length, distance = (tag >> 2) + 1, int.from_bytes(data[at : at + width], "little")
            at += width
        for _ in range(length):
            out.append(out[-distance])
    if len(out) != size:
        raise ValueError(f"snappy block says {size} bytes and has {len(out)}")
    return bytes(out)


# ---- lz4


def _lz4_frame(data):
    # Version 1, independent blocks, no checksums but the header's; blocks of up to 64 KB; a block's top bit: stored as is.
    descriptor = bytes([0x60, 0x40])
    out = bytearray(struct.pack("<I", _LZ4_MAGIC) + descriptor)
    out.append(xxhash32_short(descriptor) >> 8 & 0xFF)
    for at in range(0, len(data), 65536):
        block = data[at : at + 65536]
        out += struct.pack("<I", len(block) | 0x80000000) + block
    return bytes(out + struct.pack("<I", 0))


def _read_lz4(data):
    flags = data[4]
    at = 6 + (8 if flags & 8 else 0) + 1
    out = bytearray()
    while True:
        size = struct.unpack_from("<I", data, at)[0]
        at += 4
        if size == 0:
            return bytes(out)
        block = data[at : at + (size & 0x7FFFFFFF)]
        at += len(block) + (4 if flags & 0x10 else 0)
        if size & 0x80000000:
            out += block
        else:
            _read_lz4_block(block, out)


def _read_lz4_block(block, out):
    at = 0
    while at < len(block):
        token = block[at]
        at += 1
        length = token >> 4
        if length == 15:
            while True:
                length += block[at]
                at += 1
                if block[at - 1] != 255:
                    break
        out += block[at : at + length]
        at += length
        if at >= len(block):
            return
        distance = block[at] | block[at + 1] << 8
        at += 2
        length = token & 15
        if length == 15:
            while True:
                length += block[at]
                at += 1
                if block[at - 1] != 255:
                    break
        for _ in range(length + 4):
            out.append(out[-distance])


# ---- zstd


def _zstd_frame(data):
    # One segment with its size in four bytes; raw blocks of up to 128 KB.
    out = bytearray(struct.pack("<IBI", _ZSTD_MAGIC, 0xA0, len(data)))
    pieces = [data[at : at + 131072] for at in range(0, len(data), 131072)] or [b""]
    for index, piece in enumerate(pieces):
        last = index == len(pieces) - 1
        out += (len(piece) << 3 | last).to_bytes(3, "little") + piece
    return bytes(out)


def _read_zstd(data):
    descriptor = data[4]
    single = descriptor >> 5 & 1
    at = 5 + (0 if single else 1) + [0, 1, 2, 4][descriptor & 3]
    at += [1 if single else 0, 2, 4, 8][descriptor >> 6]
    out = bytearray()
    while True:
        head = int.from_bytes(data[at : at + 3], "little")
        at += 3
        kind, size = head >> 1 & 3, head >> 3
        if kind == 0:
            out += data[at : at + size]
            at += size
        elif kind == 1:
            out += data[at : at + 1] * size
            at += 1
        else:
            raise Opaque("zstd")
        if head & 1:
            return bytes(out)
