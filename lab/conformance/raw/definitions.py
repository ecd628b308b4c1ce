"""Kafka's message definitions, read from the kafka-clients jar."""

import functools
import json
import pathlib
import re
import zipfile
from dataclasses import dataclass, field

from harness import cache


@dataclass(frozen=True)
class Versions:
    """An inclusive range of versions, as the definitions write it: "3", "2-7", "5+" or "none"."""

    lowest: int
    highest: int

    @staticmethod
    def parse(text):
        if text in (None, "none"):
            return Versions(0, -1)
        if text.endswith("+"):
            return Versions(int(text[:-1]), 32767)
        first, _, last = text.partition("-")
        return Versions(int(first), int(last or first))

    def __contains__(self, version):
        return self.lowest <= version <= self.highest

    def __iter__(self):
        return iter(range(self.lowest, self.highest + 1))


@dataclass(frozen=True)
class Field:
    """One field of a message or of a structure in it."""

    name: str
    type: str  # without the leading "[]" of an array
    is_array: bool
    versions: Versions
    nullable: Versions
    tagged: Versions
    tag: int
    default: object
    fields: tuple = field(default=())  # of a structure


@dataclass(frozen=True)
class Definition:
    """One message."""

    name: str
    api_key: int
    valid: Versions
    flexible: Versions
    fields: tuple
    latest_is_unstable: bool


_PRIMITIVES = {"bool", "int8", "int16", "uint16", "int32", "uint32", "int64", "float64", "string", "bytes", "records", "uuid"}


def _without_comments(text):
    """The definitions are JSON with `//` comments, which never stand inside of a string that has `//`."""
    return re.sub(r"^\s*//.*$|(?<=[\s,{\[\]}])//.*$", "", text, flags=re.MULTILINE)


def _default(kind, is_array, text):
    if is_array:
        return None if text == "null" else []
    if text == "null":
        return None
    if kind == "bool":
        return text in (True, "true")
    if kind == "string":
        return text or ""
    if kind in ("bytes", "records"):
        return b""
    if kind == "uuid":
        return "AAAAAAAAAAAAAAAAAAAAAA"
    if kind == "float64":
        return float(text or 0)
    if kind in _PRIMITIVES:
        return int(str(text), 0) if text not in (None, "") else 0
    return {}  # a structure of defaults


def _field(json_field, structures, flexible):
    kind = json_field["type"]
    is_array = kind.startswith("[]")
    kind = kind.removeprefix("[]")
    inner = json_field.get("fields") or structures.get(kind, ())
    return Field(
        name=json_field["name"],
        type=kind,
        is_array=is_array,
        versions=Versions.parse(json_field["versions"]),
        nullable=Versions.parse(json_field.get("nullableVersions")),
        tagged=Versions.parse(json_field.get("taggedVersions")),
        tag=json_field.get("tag", -1),
        default=_default(kind, is_array, json_field.get("default")),
        fields=tuple(_field(f, structures, flexible) for f in inner) if kind not in _PRIMITIVES else (),
    )


@functools.cache
def _archive():
    jars = sorted(pathlib.Path(cache.kafka_jars()).glob("kafka-clients-*.jar"))
    return zipfile.ZipFile(jars[0])


@functools.cache
def definition(name):
    """The definition of a message by its name, such as "FetchRequest"."""
    root = json.loads(_without_comments(_archive().read(f"common/message/{name}.json").decode()))
    structures = {s["name"]: s["fields"] for s in root.get("commonStructs", [])}
    flexible = Versions.parse(root.get("flexibleVersions"))
    return Definition(
        name=root["name"],
        api_key=root.get("apiKey", -1),
        valid=Versions.parse(root["validVersions"]),
        flexible=flexible,
        fields=tuple(_field(f, structures, flexible) for f in root["fields"]),
        latest_is_unstable=root.get("latestVersionUnstable", False),
    )


@functools.cache
def apis():
    """API key to the API's name ("Fetch"), for every request that the jar defines."""
    names = {}
    for entry in _archive().namelist():
        match = re.fullmatch(r"common/message/(\w+)Request\.json", entry)
        if match:
            names[definition(match[1] + "Request").api_key] = match[1]
    return dict(sorted(names.items()))
