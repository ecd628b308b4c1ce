"""OffsetDelete (47): an administrator forgets what a group has committed."""

from wire.members import Member, coordinators_are_ready, stable, subscription, until
from wire.scenarios.offset_fetch import commit

API = "OffsetDelete"


def asked(group, *topics):
    return {"GroupId": group, "Topics": [{"Name": n, "Partitions": [{"PartitionIndex": i} for i in p]} for n, p in topics]}


def left(s, what, group):
    s.ask(f"left of {group}: {what}", "OffsetFetch", 9, {"Groups": [{"GroupId": group, "Topics": None}]})


def play(s):
    coordinators_are_ready(s)
    for name in ("forget", "forget-other"):
        s.topic(name, 3)
    simple(s)
    with_members(s)
    other_types(s)
    s.ask("no group", API, 0, asked("", ("forget", [0])))
    s.ask("a group that is not there", API, 0, asked("forget-no-such", ("forget", [0])))
    s.ask("a group that is not there, and an unknown topic", API, 0, asked("forget-no-such", ("forget-unknown", [0])))
    s.ask("a group that is not there, and nothing", API, 0, asked("forget-no-such"))
    s.ask("null for a group", API, 0, asked(None))


def simple(s):
    group = "forget-simple"
    commit(s, group, {name: {p: (p, "", -1) for p in range(3)} for name in ("forget", "forget-other")})
    s.ask("one", API, 0, asked(group, ("forget", [1])))
    left(s, "one is gone", group)
    s.ask("the same again", API, 0, asked(group, ("forget", [1])))
    s.ask("nothing", API, 0, asked(group))
    s.ask("no partitions", API, 0, asked(group, ("forget", [])))
    s.ask("an unknown topic", API, 0, asked(group, ("forget-unknown", [0]), ("forget-other", [0])))
    s.ask("unknown partitions", API, 0, asked(group, ("forget-other", [3, -1, 1])))
    s.ask("a partition twice", API, 0, asked(group, ("forget-other", [2, 2])))
    left(s, "some are gone", group)
    s.ask("a topic twice", API, 0, asked(group, ("forget", [0]), ("forget", [2])))
    left(s, "all are gone", group)
    s.ask("what is left of the group", "DescribeGroups", 6, {"Groups": [group]})
    s.ask("when all are gone", API, 0, asked(group, ("forget", [0])))


def with_members(s):
    """What members have subscribed to may not be forgotten."""
    group = "forget-members"
    m, = stable(s, group, "who subscribes", metadata=subscription("forget"))
    for name in ("forget", "forget-other"):
        commit_as(m, name)
    for what, topics in {"subscribed": [("forget", [0])], "not subscribed": [("forget-other", [0])],
                         "both": [("forget", [1, 2]), ("forget-other", [1])], "unknown": [("forget-unknown", [0])]}.items():
        s.ask(f"{what}, of a group with members", API, 0, asked(group, *topics))
    left(s, "with members", group)
    b = Member(s, group, "who subscribes to the other", metadata=subscription("forget-other"))
    b.send_join()
    until(s, group, "PreparingRebalance", 2)
    s.ask("while members join", API, 0, asked(group, ("forget", [0]), ("forget-other", [2])))
    m.send_join()
    for member in (m, b):
        member.receive()
    s.ask("while the leader assigns", API, 0, asked(group, ("forget", [0]), ("forget-other", [2])))
    m.leave()
    b.leave()
    s.ask("when all have left", API, 0, asked(group, ("forget", [0])))
    left(s, "when all have left", group)
    m.close()
    b.close()


def commit_as(m, topic):
    m.commit(None, [{"Name": topic, "Partitions": [{"PartitionIndex": p, "CommittedOffset": 5, "CommittedMetadata": ""} for p in range(3)]}])


def other_types(s):
    """Only consumers say what they have subscribed to."""
    group = "forget-connect"
    m, = stable(s, group, "a worker", protocol_type="connect", supported=("sessioned",), metadata=b"\1\2\3")
    commit_as(m, "forget")
    s.ask("of a group of workers", API, 0, asked(group, ("forget", [0])))
    m.leave()
    s.ask("of a group of workers who have left", API, 0, asked(group, ("forget", [0])))
    m.close()
    group = "forget-garbled"
    m, = stable(s, group, "who says nothing of itself", metadata=b"")
    commit_as(m, "forget")
    s.ask("of consumers who do not say to what they subscribe", API, 0, asked(group, ("forget", [0])))
    left(s, "of consumers who do not say to what they subscribe", group)
    m.close()
