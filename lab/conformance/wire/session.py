"""One scenario's conversation with a broker: asks, remembers what is volatile, keeps the canonical answers."""

import time

from raw import topics
from raw.batches import Record
from raw.connection import Connection

from .canonical import Canonical

# A moment in the past that every scenario uses as its records' time: it does not move from run to run.
THEN = 1_700_000_000_000


_LOADING = 14  # COORDINATOR_LOAD_IN_PROGRESS: the broker has no block of producer ids yet


class Session:
    """Asks questions on one connection, opened anew where the broker closed it."""

    def __init__(self, bootstrap):
        self.bootstrap = bootstrap
        self.answers = {}
        self.canonical = Canonical(bootstrap)
        self.ids = {}
        self._connection = None
        cluster = self.quietly("DescribeCluster", 0, {})
        self.canonical.learn_cluster(cluster["ClusterId"])

    @property
    def connection(self):
        if self._connection is None:
            self._connection = Connection(self.bootstrap)
        return self._connection

    def reconnect(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def ask(self, what, api, version, message=None, show=None):
        """Asks and keeps the answer as `what` and the version. Returns the answer as it came, None if the broker
        closed the connection instead. `show` picks from a decoded answer what is compared."""
        label = f"{what} · {api} v{version}"
        assert label not in self.answers, f"asked twice: {label}"
        try:
            answer = self.quietly(api, version, message)
        except (EOFError, ConnectionError):
            self.reconnect()
            self.answers[label] = "the broker closes the connection"
            return None
        self.answers[label] = self.canonical.message(show(answer) if show else answer)
        return answer

    def ask_each(self, what, api, versions, message=None, show=None):
        """The same question in every version given. `message` may be a function of the version."""
        for version in versions:
            self.ask(what, api, version, message(version) if callable(message) else message, show)

    def note(self, what, fact):
        """Keeps a fact that is no answer of one API, or one that came on another connection."""
        assert what not in self.answers, f"asked twice: {what}"
        self.answers[what] = self.canonical.message(fact)

    def quietly(self, api, version, message=None):
        """Asks for what a scenario needs, and compares nothing."""
        while True:
            answer = self.connection.call(api, version, message)
            if answer.get("ErrorCode") != _LOADING:
                return answer
            time.sleep(0.01)

    # ---- topics

    def topic(self, name, partitions=1, **configs):
        """Makes a topic and waits until all of it is led. Configuration keys are written with underscores."""
        wanted = [{"Name": k.replace("_", "."), "Value": str(v)} for k, v in configs.items()]
        answer = self.quietly("CreateTopics", 7, {
            "Topics": [{"Name": name, "NumPartitions": partitions, "ReplicationFactor": 1, "Configs": wanted}]})
        created = answer["Topics"][0]
        if created["ErrorCode"]:
            raise RuntimeError(f"creating {name}: {created['ErrorCode']} {created['ErrorMessage']}")
        self.learn_topic(name, created["TopicId"])
        self.wait_until_led(name, partitions)
        return name

    def learn_topic(self, name, topic_id):
        self.ids[name] = topic_id
        self.canonical.learn_topic(name, topic_id)

    def wait_until_led(self, name, partitions):
        topics.wait_until_led(self.connection, name, partitions)

    def wait_until_gone(self, name):
        topics.wait_until_gone(self.connection, name)

    # ---- records

    def append(self, topic, data, partition=0, version=9):
        """Produces what a scenario needs and returns its base offset."""
        answer = self.quietly("Produce", version, produce(topic, data, partition))
        got = answer["Responses"][0]["PartitionResponses"][0]
        if got["ErrorCode"]:
            raise RuntimeError(f"producing to {topic}-{partition}: {got}")
        return got["BaseOffset"]

    def producer(self):
        """A new producer id, which canonical answers name by its order."""
        answer = self.quietly("InitProducerId", 4, {"TransactionalId": None, "TransactionTimeoutMs": 60000})
        self.canonical.learn_producer(answer["ProducerId"])
        return answer["ProducerId"]


def records(*values, at=THEN, step=0):
    """Records with these values, `step` milliseconds apart."""
    return [Record(value=v, timestamp=at + i * step) for i, v in enumerate(values)]


def produce(topic, data, partition=0, acks=-1, timeout=30000, transactional_id=None):
    """A Produce request of versions that name topics (up to 12), for one partition."""
    return {"TransactionalId": transactional_id, "Acks": acks, "TimeoutMs": timeout,
            "TopicData": [{"Name": topic, "PartitionData": [{"Index": partition, "Records": data}]}]}


def produce_by_id(topic_id, data, partition=0, acks=-1):
    """A Produce request of version 13."""
    return {"TransactionalId": None, "Acks": acks, "TimeoutMs": 30000,
            "TopicData": [{"TopicId": topic_id, "PartitionData": [{"Index": partition, "Records": data}]}]}
