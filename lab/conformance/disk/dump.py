"""Reads a directory with kafka-dump-log, as someone would who does not trust it."""

import re

# What the tool prints where something is wrong. It ends with 0 all the same.
_COMPLAINTS = re.compile(
    r"isvalid: false|Index sanity check failed|Mismatches in|Found timestamp mismatch|Found out of order timestamp|\d+ is followed by \d+"
    r"|Could not (read|parse)|Exception|invalid|corrupt|Failed|Error|unexpected", re.IGNORECASE)
# What it prints of every segment but a log's first: it takes the offset before the segment to be -1.
_HARMLESS = re.compile(r"-1 is followed by \d+|isvalid: true")

# How the tool is told what the records of the coordinators' topics mean.
_DECODERS = {"__cluster_metadata": "--cluster-metadata-decoder", "__consumer_offsets": "--offsets-decoder",
             "__transaction_state": "--transaction-log-decoder"}


def complaints(jvm, directory):
    """Runs the tool over every file that it can read. Returns what it complained of, and how many files it read."""
    found, read = [], 0
    for path in sorted(directory.rglob("*")):
        # A deleted partition's files wait for their end, and the tool stumbles over a log without records.
        if path.parent.name.endswith("-delete") or (path.suffix.endswith("index") and not path.with_suffix(".log").stat().st_size):
            continue
        # Most of a coordinator's many partitions have nothing to tell.
        if _decoder(path) and not any(log.stat().st_size for log in path.parent.glob("*.log")):
            continue
        for arguments in _arguments(path):
            read += 1
            done = jvm.run("kafka-dump-log", "--files", path, *arguments)
            where = f"{path.relative_to(directory)} {' '.join(arguments)}"
            if done.code != 0:
                found.append(f"{where}: ended with {done.code}: {done.err[-300:]}")
            for line in (done.out + done.err).splitlines():
                if _COMPLAINTS.search(_HARMLESS.sub("", line)):
                    found.append(f"{where}: {line[:200]}")
    return found, read


def _decoder(path):
    return _DECODERS.get(path.parent.name.rpartition("-")[0])


def _arguments(path):
    decoder = _decoder(path)
    if path.suffix == ".log":
        yield [decoder or "--deep-iteration"]
    elif path.suffix == ".checkpoint" and decoder:
        yield [decoder]
    elif path.suffix in (".index", ".timeindex"):
        yield ["--index-sanity-check"]
        yield ["--verify-index-only"]
    elif path.suffix in (".txnindex", ".snapshot"):
        yield []
