"""Produce (0) by idempotent producers: sequences, repetitions, gaps, epochs."""

from raw import batches
from wire.session import produce, records

from .produce import read

API = "Produce"


def play(s):
    in_order(s)
    repeated(s)
    out_of_order(s)
    epochs(s)
    wrap_around(s)
    beginnings(s)
    two_producers(s)


def sender(s, topic, producer=None, epoch=0):
    producer = s.producer() if producer is None else producer

    def send(what, sequence, count=1, epoch=epoch, partition=0, versions=(9,), codec="none"):
        values = [f"{sequence + i}/{epoch}".encode() for i in range(count)]
        data = batches.batch(records(*values), codec, producer_id=producer, producer_epoch=epoch, base_sequence=sequence)
        s.ask_each(what, API, versions, produce(topic, data, partition))

    return send


def in_order(s):
    topic = s.topic("idempotent", 2)
    send = sender(s, topic)
    send("the first batch", 0, 3)
    send("the next", 3)
    send("and the next, lz4", 4, 2, codec="lz4")
    send("another partition begins at zero", 0, partition=1)
    send("versions 3 to 12", 6, versions=(3,))
    for at, version in enumerate(range(4, 13)):
        send("versions 3 to 12", 7 + at, versions=(version,))
    read(s, "what was written in order", topic)


def repeated(s):
    topic = s.topic("idempotent-repeated")
    send = sender(s, topic)
    for sequence in range(8):
        send(f"sequence {sequence}", sequence)
    for sequence in (7, 6, 5, 4, 3, 2, 0):
        send(f"sequence {sequence} again", sequence)
    send("a repetition that is longer", 7, 2)
    send("a repetition that begins within", 6, 2)
    send("on after repetitions", 8)
    send("many", 9, 5)
    send("many again", 9, 5)
    send("a part of many", 9, 3)
    send("the end of many", 12, 2)
    read(s, "what repetitions left", topic)


def out_of_order(s):
    topic = s.topic("idempotent-gap")
    send = sender(s, topic)
    send("the first", 0)
    send("a gap", 2, versions=(3, 9, 12))
    send("a large gap", 1000)
    send("what was missing", 1)
    send("what was too early", 2)
    send("a gap again", 4)
    read(s, "what gaps left", topic)


def epochs(s):
    topic = s.topic("idempotent-epochs")
    send = sender(s, topic)
    send("epoch 0", 0)
    send("epoch 0 goes on", 1)
    send("a new epoch that does not begin at zero", 2, epoch=1)
    send("a new epoch begins at zero", 0, epoch=1)
    send("the old epoch", 2, epoch=0, versions=(3, 9, 12))
    send("the old epoch from zero", 0, epoch=0)
    send("an epoch is left out", 0, epoch=5)
    send("it goes on", 1, epoch=5)
    send("the last epoch", 0, epoch=32767)
    send("a negative epoch", 0, epoch=-1)
    read(s, "what epochs left", topic)


def wrap_around(s):
    topic = s.topic("idempotent-wrap")
    send = sender(s, topic)
    send("a batch that begins near the end of the numbers", 2**31 - 3, 2)
    send("a batch over the end", 2**31 - 1, 3)
    send("on after the end", 2)
    send("over the end again", 2**31 - 1, 3)
    read(s, "what the end of the numbers left", topic)


def beginnings(s):
    """A producer of whom a partition knows nothing may begin anywhere: its state may have expired."""
    topic = s.topic("idempotent-beginnings")
    sender(s, topic)("an unknown producer begins at seven", 7)
    sender(s, topic, 987654321)("a producer whose id nobody gave", 0)
    sender(s, topic, 987654322, 4)("a producer whose id nobody gave, epoch 4", 0, epoch=4)
    sender(s, topic, 987654323, 4)("a producer whose id nobody gave, epoch 4 from three", 3, epoch=4)
    read(s, "what beginnings left", topic)


def two_producers(s):
    topic = s.topic("idempotent-two")
    one, two = sender(s, topic), sender(s, topic)
    one("producer one begins", 0)
    two("producer two begins", 0)
    one("producer one goes on", 1)
    two("producer two goes on", 1, 3)
    one("producer one again", 1, 1, versions=(8,))
    read(s, "what two producers left", topic)
