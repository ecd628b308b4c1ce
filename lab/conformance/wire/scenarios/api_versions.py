"""ApiVersions (18): what a client asks first, in any version, and what it must survive."""

import struct

from raw.codec import encode
from raw.connection import response_message

# The APIs whose presence is compared. Others need not be there yet; those that are must have Kafka's range.
REQUIRED = {0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 32, 37, 42, 47, 60, 75}

SOFTWARE = {"ClientSoftwareName": "conformance", "ClientSoftwareVersion": "1.0"}


def wanted_of(expected, found):
    if not isinstance(expected, dict) or not isinstance(found, dict) or "ApiKeys" not in expected:
        return expected
    offered = {api["ApiKey"] for api in found.get("ApiKeys") or []}
    keys = [api for api in expected["ApiKeys"] if api["ApiKey"] in REQUIRED | offered]
    return expected | {"ApiKeys": keys}


def play(s):
    s.ask_each("what is there", "ApiVersions", range(0, 5), lambda v: SOFTWARE if v >= 3 else {})
    s.ask("again on the same connection", "ApiVersions", 4, SOFTWARE)

    for what, name, version in [
        ("no software name", "", "1.0"),
        ("no software version", "conformance", ""),
        ("a blank in the software name", "con formance", "1.0"),
        ("a software name that ends in a dash", "conformance-", "1.0"),
        ("a software name with dots and dashes", "a.b-c", "1.0-rc.1"),
        ("an underscore in the software version", "conformance", "1_0"),
    ]:
        s.ask(what, "ApiVersions", 3, {"ClientSoftwareName": name, "ClientSoftwareVersion": version})

    # Whatever version is asked, the answer is that of version 0, so that any client can read it.
    for version in (5, 6, 99, 32767, -1, -32768):
        s.note(f"version {version}", unknown_version(s, version))
    s.ask("after an unknown version, on the same connection", "ApiVersions", 0)

    s.note("an unknown tagged field in header and body", tagged(s))


def unknown_version(s, version):
    head = struct.pack(">hhih", 18, version, 77, 5) + b"probe" + b"\0"
    body = b"\x06probe\x041.0\0"
    s.connection.socket.sendall(struct.pack(">i", len(head) + len(body)) + head + body)
    try:
        correlation_id, message = response_message("ApiVersions", 0, s.connection.receive_payload())
    except EOFError:
        s.reconnect()
        return "the broker closes the connection"
    return {"correlation id": correlation_id} | message


def tagged(s):
    head = struct.pack(">hhih", 18, 3, 78, -1) + b"\x01\x2a\x03abc"
    body = encode("ApiVersionsRequest", 3, SOFTWARE)[:-1] + b"\x01\x63\x02zz"
    s.connection.socket.sendall(struct.pack(">i", len(head) + len(body)) + head + body)
    correlation_id, message = response_message("ApiVersions", 3, s.connection.receive_payload())
    return {"correlation id": correlation_id, "error": message["ErrorCode"]}
