"""The suites: what each needs, and how it is called."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

from . import cache

HERE = cache.CONFORMANCE
CLIENTS = HERE / "clients"

SHARED = "shared"  # one server serves all suites of this kind, each with topics of its own
FRESH = "fresh"  # a server of its own, newly formatted
OWN = "own"  # the suite starts, kills and restarts servers itself

BOTH = ("kafka", "ottla")


@dataclass(frozen=True)
class Suite:
    """One program: it is given BOOTSTRAP in its environment and ends with a line "N passed, N failed"."""

    name: str
    about: str
    server: str
    command: Callable  # installs what is needed and returns the command line
    targets: tuple = BOTH
    timeout: int = 600
    properties: str = ""  # more lines of server.properties, where the server is FRESH
    ottla: str = ""  # more lines of server.properties of Ottla's server alone


class Missing(Exception):
    """A program that a suite needs is not installed."""


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            raise Missing(f"{program} is not installed")


def quietly(command, **more):
    """Runs an installer; its output is shown when it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    if done.returncode != 0:
        raise Missing(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout[-3000:]}")


# ---- installers


def python_environment():
    """The interpreter of a virtual environment that has the Python clients."""
    requirements = CLIENTS / "python" / "requirements.txt"

    def make(folder):
        quietly([sys.executable, "-m", "venv", str(folder)])
        quietly([str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", "-r", str(requirements)])

    return str(cache.made("python", [requirements], make) / "bin" / "python")


def node_modules():
    """A folder with kafkajs in its node_modules."""
    need("node", "npm")
    sources = [CLIENTS / "kafkajs" / f for f in ("package.json", "package-lock.json")]

    def make(folder):
        for source in sources:
            shutil.copy(source, folder)
        quietly(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder)

    return cache.made("kafkajs", sources, make)


def go_program():
    """The franz-go suite, compiled."""
    need("go")
    folder = CLIENTS / "franz-go"
    sources = sorted(folder.glob("*.go")) + [folder / "go.mod", folder / "go.sum"]

    def make(built):
        quietly(["go", "build", "-o", str(built / "suite"), "."], cwd=folder)

    return str(cache.made("franz-go", sources, make) / "suite")


def java_classes(name, *sources):
    """A folder of classes compiled against Kafka's jars."""
    need("javac")

    def make(folder):
        quietly(["javac", "-nowarn", "-d", str(folder), "-cp", f"{cache.kafka_jars()}/*", *map(str, sources)])

    return cache.made(name, list(sources) + [HERE / "pom.xml"], make)


# ---- commands


def python_client(program):
    return lambda: [python_environment(), str(CLIENTS / "python" / program)]


def own_python(*path):
    return lambda: [sys.executable, str(HERE.joinpath(*path))]


def with_client_libraries(*path):
    """A suite in Python that uses a client library beside the standard library."""
    return lambda: [python_environment(), str(HERE.joinpath(*path))]


def kafkajs():
    modules = node_modules() / "node_modules"
    # What is written is read back by the Python environment's librdkafka.
    return ["env", f"NODE_PATH={modules}", f"READER={python_environment()}", "node", str(CLIENTS / "kafkajs" / "suite.js")]


def kafkajs_members():
    return ["env", f"NODE_PATH={node_modules() / 'node_modules'}", "node", str(CLIENTS / "kafkajs" / "members.js")]


def kcat():
    need("kcat")
    return [sys.executable, str(CLIENTS / "kcat" / "suite.py")]


def java_client(program, *options):
    def command():
        sources = sorted((CLIENTS / "java").glob("*.java"))
        classes = java_classes("java-clients", *sources)
        return ["java", *options, "-XX:TieredStopAtLevel=1", f"-Dlog4j2.configurationFile={HERE}/log4j2.properties",
                "-cp", f"{classes}:{cache.kafka_jars()}/*", program]
    return command


# The programs that run members of groups on command, by library.
MEMBERS = {
    "kafkajs": kafkajs_members,
    "kafka-python": python_client("members_kafka_python.py"),
    "confluent": python_client("members_confluent.py"),
    "aiokafka": python_client("members_aiokafka.py"),
    "franz-go": lambda: [go_program(), "members"],
    "java": java_client("Members", "-Xmx256M", "-XX:+UseSerialGC"),
}


def groups(library):
    """The cases of consumer groups, put to a library."""
    return lambda: [sys.executable, str(CLIENTS / "groups" / "suite.py"), library, *MEMBERS[library]()]


def groups_of_all(program):
    """A suite that has members of every library at once."""
    return lambda: [sys.executable, str(CLIENTS / "groups" / program), json.dumps({name: members() for name, members in MEMBERS.items()})]


EXAMPLES = HERE.parent.parent / "examples"


def example(name, *command):
    """A copy of an example in which a command of its README has been run."""
    need(command[0])
    sources = sorted(path for path in (EXAMPLES / name).rglob("*") if path.is_file() and not {"target", "node_modules"} & set(path.parts))

    def make(folder):
        for source in sources:
            copy = folder / source.relative_to(EXAMPLES / name)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, copy)
        quietly(command, cwd=folder)

    return cache.made(f"example-{name}", sources, make)


def examples():
    return ["env", f"KAFKAJS={example('kafkajs', 'npm', 'ci', '--no-audit', '--no-fund')}", f"PYTHON={python_environment()}",
            f"PAGE_VIEWS={example('page-views', 'mvn', '--quiet', '--batch-mode', 'package')}",
            sys.executable, str(HERE / "examples" / "suite.py")]


SUITES = [
    Suite("wire", "the same raw requests as were put to Kafka, and its answers", FRESH, own_python("wire", "suite.py"),
          properties="group.max.size=5\n",
          ottla="ottla.produce.validation=full\n"),  # which looks into every batch, as Kafka always does
    Suite("hostile", "broken, malicious and sleeping clients", FRESH, own_python("hostile", "suite.py")),
    Suite("startup", "starting, refusing to start, ending; the storage tool", OWN, own_python("startup", "suite.py"), timeout=1500),
    Suite("disk", "directories that go from Ottla to Kafka and back", OWN, with_client_libraries("disk", "suite.py"), timeout=1500),
    Suite("compaction", "what compaction leaves, and both brokers on it", OWN, with_client_libraries("compaction", "suite.py"), timeout=1500),
    Suite("crash", "kill -9 under load, $CRASH_ROUNDS times (20)", OWN, with_client_libraries("crash", "suite.py"), timeout=1800),
    Suite("crash-groups", "kill -9 while groups join and commit, $CRASH_ROUNDS times (20)", OWN, with_client_libraries("crash", "groups.py"),
          timeout=1800),
    Suite("kafka-python", "kafka-python", SHARED, python_client("kafka_python.py")),
    Suite("confluent-kafka", "confluent-kafka on its own librdkafka", SHARED, python_client("confluent.py")),
    Suite("aiokafka", "aiokafka", SHARED, python_client("aio_kafka.py")),
    Suite("kafkajs", "kafkajs, producer and admin; read back by librdkafka", SHARED, kafkajs),
    Suite("franz-go", "franz-go: kgo and kadm", SHARED, lambda: [go_program()]),
    Suite("kcat", "kcat on the system's librdkafka", SHARED, kcat),
    Suite("java-clients", "Kafka's own Java producer, consumer and admin client", SHARED, java_client("Suite", "-Xmx512M")),
    *(Suite(f"groups-{library}", f"consumer groups with {library}", SHARED, groups(library)) for library in MEMBERS),
    Suite("groups-mixed", "consumer groups of several libraries", SHARED, groups_of_all("mixed.py")),
    Suite("groups-restart", "a broker that is killed and restarted under groups", OWN, groups_of_all("restart.py")),
    Suite("examples", "the programs in examples/", SHARED, examples),
    Suite("tools", "Kafka's own command-line tools", SHARED, own_python("tools", "suite.py")),
    Suite("tools-groups", "Kafka's own tools for groups, and its consumers in them", SHARED, own_python("tools", "groups.py")),
    Suite("cli", "our command-line tools beside Kafka's", SHARED, with_client_libraries("cli", "suite.py"), timeout=1200),
]


def by_name(name):
    for suite in SUITES:
        if suite.name == name:
            return suite
    raise KeyError(name)
