"""One connection to a broker: frames out, frames in, in order."""

import socket
import struct
from collections import deque

from . import codec
from .definitions import apis, definition

CLIENT_ID = "conformance"


def address_of(bootstrap):
    host, _, port = bootstrap.split(",")[0].rpartition(":")
    return host, int(port)


def request_frame(api, version, message, correlation_id, client_id=CLIENT_ID):
    """A whole request: its length, header (v2 when the version is flexible, else v1) and body."""
    known = definition(api + "Request")
    name = b"\xff\xff" if client_id is None else struct.pack(">h", len(client_id)) + client_id.encode()
    head = struct.pack(">hhi", known.api_key, version, correlation_id) + name
    if version in known.flexible:
        head += b"\0"
    body = codec.encode(api + "Request", version, message)
    return struct.pack(">i", len(head) + len(body)) + head + body


def response_message(api, version, payload):
    """Correlation id and message of a response frame's payload. ApiVersions always has the old header."""
    flexible = version in definition(api + "Response").flexible and api != "ApiVersions"
    correlation_id = struct.unpack(">i", payload[:4])[0]
    at = 4
    if flexible:
        if payload[4] != 0:
            raise ValueError("tagged fields in a response header")
        at = 5
    return correlation_id, codec.decode(api + "Response", version, payload[at:])


class Connection:
    """Speaks to a broker. Requests may be pipelined: send(), send(), receive(), receive()."""

    def __init__(self, bootstrap, timeout=30.0):
        self.socket = socket.create_connection(address_of(bootstrap), timeout=timeout)
        if self.socket.getsockname() == self.socket.getpeername():
            # Where nobody listens the kernel may give the connection that same port, and connect it to itself.
            self.socket.close()
            raise ConnectionRefusedError(f"nobody listens at {bootstrap}")
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.waiting = deque()
        self.next_correlation_id = 1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, api, version, message=None, answered=True):
        """Sends a request. Say answered=False where the protocol has no answer (Produce with acks=0)."""
        correlation_id = self.next_correlation_id
        self.next_correlation_id += 1
        self.socket.sendall(request_frame(api, version, message or {}, correlation_id))
        if answered:
            self.waiting.append((api, version, correlation_id))

    def receive_payload(self):
        """One frame's payload. EOFError when the broker closes the connection."""
        size = struct.unpack(">i", self._exactly(4))[0]
        return self._exactly(size)

    def receive(self):
        api, version, expected = self.waiting.popleft()
        correlation_id, message = response_message(api, version, self.receive_payload())
        if correlation_id != expected:
            raise ValueError(f"{api}: answered correlation id {correlation_id}, asked with {expected}")
        return message

    def call(self, api, version, message=None):
        self.send(api, version, message)
        return self.receive()

    def _exactly(self, count):
        parts = bytearray()
        while len(parts) < count:
            got = self.socket.recv(min(count - len(parts), 1 << 20))
            if not got:
                raise EOFError("the broker closed the connection")
            parts += got
        return bytes(parts)


def call(bootstrap, api, version, message=None, timeout=30.0):
    """One request on a connection of its own."""
    with Connection(bootstrap, timeout) as connection:
        return connection.call(api, version, message)


def api_name(key):
    return apis().get(key, f"api {key}")
