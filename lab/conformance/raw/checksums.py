"""CRC-32C, which guards record batches, and xxHash-32, which guards an LZ4 frame's header."""

_TABLE = []
for _n in range(256):
    for _ in range(8):
        _n = _n >> 1 ^ (0x82F63B78 if _n & 1 else 0)
    _TABLE.append(_n)


def crc32c(data):
    crc = 0xFFFFFFFF
    table = _TABLE
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def xxhash32_short(data):
    """xxHash-32 with seed 0 of fewer than 16 bytes: an LZ4 frame descriptor is never longer."""
    p1, p2, p3, p4, p5 = 2654435761, 2246822519, 3266489917, 668265263, 374761393
    assert len(data) < 16
    mask = 0xFFFFFFFF

    def rotate(value, bits):
        return (value << bits | value >> 32 - bits) & mask

    value = p5 + len(data) & mask
    at = 0
    while at + 4 <= len(data):
        value = rotate(value + int.from_bytes(data[at : at + 4], "little") * p3 & mask, 17) * p4 & mask
        at += 4
    for byte in data[at:]:
        value = rotate(value + byte * p5 & mask, 11) * p1 & mask
    value = (value ^ value >> 15) * p2 & mask
    value = (value ^ value >> 13) * p3 & mask
    return value ^ value >> 16
