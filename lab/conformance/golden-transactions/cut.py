"""Copies a log without its first batches: python3 cut.py FROM TO OFFSET keeps what begins at OFFSET or later."""

import struct
import sys

# Base offset, and how many bytes follow.
HEADER = struct.Struct(">qi")


def main(source, target, first):
    with open(source, "rb") as file:
        log = file.read()
    position = 0
    with open(target, "wb") as file:
        # The rest of a segment that was reserved is zeros: no batch is of no length.
        while position + HEADER.size <= len(log):
            offset, length = HEADER.unpack_from(log, position)
            end = position + HEADER.size + length
            if length == 0:
                break
            if offset >= first:
                file.write(log[position:end])
            position = end


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
