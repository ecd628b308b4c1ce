"""A broker under test: Kafka's or Ottla's, formatted, started, stopped and killed in one way."""

import os
import pathlib
import signal
import socket
import subprocess
import time
from dataclasses import dataclass

from raw.connection import call

from . import cache

START_TIMEOUT = 120.0
# "Ends within seconds on SIGTERM". The real broker takes one or two on a quiet machine.
STOP_TIMEOUT = 30.0

# Nothing is ever too old: suites write records with times of their own.
PROPERTIES = """\
process.roles=broker,controller
node.id={node_id}
controller.quorum.bootstrap.servers=127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
num.partitions=3
log.retention.ms=-1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
"""


@dataclass(frozen=True)
class Target:
    """Which broker, and how its commands are called."""

    name: str  # "kafka" or "ottla"
    ottla: str = ""  # path of the executable

    def format_command(self, properties):
        if self.name == "kafka":
            return [str(cache.KAFKA), "format", str(properties)]
        return [self.ottla, "storage", "format", "-t", fresh_id(), "-c", str(properties), "--standalone"]

    def start_command(self, properties, *overrides):
        more = [word for override in overrides for word in ("--override", override)]
        if self.name == "kafka":
            return [str(cache.KAFKA), "server", str(properties), *more]
        return [self.ottla, "start", str(properties), *more]

    def storage_command(self, *arguments):
        """The storage tool: kafka-storage, or `ottla storage`."""
        return ([str(cache.KAFKA), "kafka-storage"] if self.name == "kafka" else [self.ottla, "storage"]) + [str(a) for a in arguments]

    @staticmethod
    def from_environment():
        """The target that `run` chose, for a suite that starts servers itself."""
        return Target(os.environ["TARGET"], os.environ.get("OTTLA_BIN", ""))


KAFKA = Target("kafka")


def fresh_id():
    """A cluster id that does not begin with a dash."""
    from raw.codec import uuid_text

    return uuid_text(bytes([0]) + os.urandom(15))


class Failed(Exception):
    """The server did not do what it must for a suite to go on."""


def _listening(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Server:
    """One node with its directory. The same directory can be given to another target afterwards."""

    def __init__(self, target, directory, port, node_id=1, extra=""):
        """`port` serves clients, and the one after it the controller. `extra` is more lines for server.properties."""
        self.target = target
        self.directory = pathlib.Path(directory)
        self.port = port
        self.data = self.directory / "data"
        self.properties = self.directory / "server.properties"
        self.log_path = self.directory / "server.log"
        self.process = None
        self.overrides = ()
        self.directory.mkdir(parents=True, exist_ok=True)
        self.properties.write_text(
            PROPERTIES.format(node_id=node_id, port=port, controller_port=port + 1, data=self.data) + extra
        )

    @property
    def bootstrap(self):
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self):
        return self.process.pid

    def environment(self):
        return os.environ | {"KAFKA_HEAP_OPTS": "-Xmx512M -Xms128M"}

    def format(self):
        with self.log_path.open("ab") as log:
            command = self.target.format_command(self.properties)
            done = subprocess.run(command, stdout=log, stderr=log, env=self.environment())
        if done.returncode != 0:
            raise Failed(f"{' '.join(command)} ended with {done.returncode}:\n{self.log_tail()}")

    def launch(self):
        """Starts the process and does not wait for it to serve."""
        for port in (self.port, self.port + 1):
            if _listening(port):
                raise Failed(f"something listens on port {port} already")
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                self.target.start_command(self.properties, *self.overrides), stdout=log, stderr=log, env=self.environment(), cwd=self.directory
            )

    def start(self):
        """Starts the process and waits until it answers as a broker."""
        self.launch()
        return self.wait_until_it_serves()

    def wait_until_it_serves(self):
        """Returns how many seconds it took."""
        began = time.monotonic()
        while not self.serves():
            if self.process.poll() is not None:
                raise Failed(f"{self.target.name} ended with {self.process.returncode} while it started:\n{self.log_tail()}")
            if time.monotonic() - began > START_TIMEOUT:
                self.kill()
                raise Failed(f"{self.target.name} did not serve within {START_TIMEOUT:.0f} s:\n{self.log_tail()}")
            time.sleep(0.02)
        return time.monotonic() - began

    def serves(self):
        """True once Metadata names a broker: it has registered and is unfenced."""
        try:
            return bool(call(self.bootstrap, "Metadata", 1, {"Topics": []}, timeout=5)["Brokers"])
        except (OSError, EOFError):
            return False

    def stop(self):
        """SIGTERM. Fails unless the process ends cleanly and leaves its mark of that in the data directory."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failed(f"{self.target.name} was still there {STOP_TIMEOUT:.0f} s after SIGTERM:\n{self.log_tail()}") from None
        # A JVM reports the signal that ended it, after its shutdown hooks ran.
        expected = (143, -signal.SIGTERM) if self.target.name == "kafka" else (0,)
        if code not in expected:
            raise Failed(f"{self.target.name} ended with {code} on SIGTERM:\n{self.log_tail()}")
        if not (self.data / ".kafka_cleanshutdown").exists():
            raise Failed(f"{self.target.name} left no .kafka_cleanshutdown in {self.data}")

    def kill(self):
        """SIGKILL, as when the machine's memory ran out."""
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait()

    def resident_kib(self):
        """Resident memory of the process."""
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise Failed(f"{self.target.name} is gone")

    def log_tail(self, lines=30):
        if not self.log_path.exists():
            return ""
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    def with_target(self, target):
        """The same directory for another broker, once this one has ended."""
        other = Server.__new__(Server)
        other.__dict__.update(self.__dict__, target=target, process=None)
        return other
