"""Where things that were fetched or built are kept between runs: ${XDG_CACHE_HOME:-~/.cache}/ottla-conformance."""

import functools
import hashlib
import os
import pathlib
import shutil
import subprocess

CONFORMANCE = pathlib.Path(__file__).resolve().parent.parent
ROOT = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "ottla-conformance"
KAFKA = CONFORMANCE / "kafka"


@functools.cache
def kafka_jars():
    """The folder of Kafka's jars, fetched if need be."""
    return subprocess.run([KAFKA, "jars"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def keyed(name, *inputs):
    """The path of something made from files: it has their hash in its name, so that a change makes it anew."""
    digest = hashlib.sha256()
    for path in inputs:
        digest.update(pathlib.Path(path).read_bytes())
    return ROOT / f"{name}-{digest.hexdigest()[:12]}"


def made(name, inputs, make):
    """The folder `name`, made by `make(folder)` unless it was made before from the same inputs."""
    folder = keyed(name, *inputs)
    if not (folder / ".complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        make(folder)
        (folder / ".complete").touch()
    return folder
