"""OffsetFetch (9): one group to version 7, several from 8 on, topics by their ids in 10."""

from raw.codec import uuid_text
from raw.topics import wait_until
from wire.members import coordinators_are_ready, stable

API = "OffsetFetch"
ONE = range(1, 8)
NAMED = range(8, 10)
NOBODY = uuid_text(bytes(range(16)))


def play(s):
    coordinators_are_ready(s)
    for name, partitions in [("fetched", 3), ("fetched-other", 1), ("fetched-gone", 1)]:
        s.topic(name, partitions)
    commit(s, "fetch-a", {"fetched": {0: (10, "ten", 0), 2: (30, None, -1)}, "fetched-other": {0: (5, "", 3)}})
    commit(s, "fetch-b", {"fetched": {1: (20, "twenty", -1)}})
    commit(s, "fetch-gone", {"fetched-gone": {0: (1, "", -1)}, "fetched": {0: (2, "", -1)}})
    one(s)
    many(s)
    by_id(s)
    by_members(s)
    gone(s)


def commit(s, group, topics):
    answer = s.quietly("OffsetCommit", 9, {"GroupId": group, "Topics": [{"Name": name, "Partitions": [
        {"PartitionIndex": p, "CommittedOffset": offset, "CommittedMetadata": metadata, "CommittedLeaderEpoch": epoch}
        for p, (offset, metadata, epoch) in partitions.items()]} for name, partitions in topics.items()]})
    if any(p["ErrorCode"] for t in answer["Topics"] for p in t["Partitions"]):
        raise RuntimeError(f"committing for {group}: {answer}")


def old(group, topics):
    return {"GroupId": group, "Topics": None if topics is None else [{"Name": n, "PartitionIndexes": p} for n, p in topics]}


def asked(*groups, **more):
    """A group is its name and its topics, or None for all that it has committed to."""
    return {"Groups": [{"GroupId": group, "Topics": None if topics is None else [{"Name": n, "PartitionIndexes": p} for n, p in topics]}
                       for group, topics in groups]} | more


WHAT = {
    "some": ("fetch-a", [("fetched", [0, 1, 2]), ("fetched-other", [0])]),
    "one": ("fetch-a", [("fetched", [2])]),
    "no topics": ("fetch-a", []),
    "no partitions": ("fetch-a", [("fetched", [])]),
    "an unknown topic": ("fetch-a", [("fetched-unknown", [0]), ("fetched", [0])]),
    "a bad topic name": ("fetch-a", [("a b", [0]), ("", [0])]),
    "unknown partitions": ("fetch-a", [("fetched", [7, -1])]),
    "a partition twice": ("fetch-a", [("fetched", [0, 0])]),
    "a topic twice": ("fetch-a", [("fetched", [0]), ("fetched", [2])]),
    "a group that is not there": ("fetch-no-such", [("fetched", [0])]),
    "no group": ("", [("fetched", [0])]),
}


def one(s):
    for what, (group, topics) in WHAT.items():
        s.ask_each(what, API, ONE, old(group, topics))
    for group in ("fetch-a", "fetch-b", "fetch-no-such", ""):
        s.ask_each(f"everything of {group!r}", API, range(2, 8), old(group, None))
    s.ask("everything, in a version that has no such thing", API, 1, old("fetch-a", None))
    s.ask("only what is stable", API, 7, old("fetch-a", [("fetched", [0, 1])]) | {"RequireStable": True})
    s.ask("null for a group", API, 7, old(None, None))


def many(s):
    for what, group in WHAT.items():
        s.ask_each(what, API, NAMED, asked(group))
    s.ask_each("everything", API, NAMED, asked(("fetch-a", None)))
    s.ask_each("several groups", API, NAMED, asked(("fetch-b", None), ("fetch-a", [("fetched", [0])]), ("fetch-no-such", None), ("", None)))
    s.ask_each("a group twice", API, NAMED, asked(("fetch-b", None), ("fetch-b", [("fetched", [0, 1])])))
    s.ask_each("no groups", API, NAMED, asked())
    s.ask_each("only what is stable", API, NAMED, asked(("fetch-a", None), RequireStable=True))
    s.ask("null for groups", API, 9, {"Groups": None})


def by_id(s):
    def ids(group, *topics):
        return {"Groups": [{"GroupId": group, "Topics": [{"TopicId": i, "PartitionIndexes": p} for i, p in topics]}]}

    def hidden(answer):
        for group in answer["Groups"]:
            for topic in group["Topics"]:
                topic["TopicId"] = "<nobody's>" if topic["TopicId"] == NOBODY else topic["TopicId"]
        return answer

    s.ask("by id", API, 10, ids("fetch-a", (s.ids["fetched"], [0, 1, 2]), (s.ids["fetched-other"], [0])))
    s.ask("everything", API, 10, asked(("fetch-a", None)))
    s.ask("an id that is nobody's", API, 10, ids("fetch-a", (NOBODY, [0, 1]), (s.ids["fetched"], [0])), hidden)
    s.ask("no id", API, 10, ids("fetch-a", ("A" * 22, [0])))
    s.ask("an unknown partition by id", API, 10, ids("fetch-a", (s.ids["fetched"], [9])))
    s.ask("a group that is not there, by id", API, 10, ids("fetch-no-such", (s.ids["fetched"], [0])))
    s.ask("no group, by id", API, 10, ids("", (s.ids["fetched"], [0])))


def by_members(s):
    """Version 9 on names the member and its epoch, which are those of another kind of group."""
    m, = stable(s, "fetch-members", "who fetches")
    m.commit("a member commits", [{"Name": "fetched", "Partitions": [{"PartitionIndex": 0, "CommittedOffset": 3, "CommittedMetadata": "m"}]}])
    for what, member, epoch in [("itself", m.member_id, m.generation), ("a wrong epoch", m.member_id, 7), ("an unknown member", "nobody", 1),
                                ("no epoch", m.member_id, -1), ("no member", None, 1), ("an empty member", "", 1), ("nobody", None, -1)]:
        group = {"GroupId": "fetch-members", "MemberId": member, "MemberEpoch": epoch, "Topics": None}
        s.ask(f"a member as {what}", API, 9, {"Groups": [group]})
        s.ask(f"a member as {what}", API, 10, {"Groups": [group]})
    m.close()


def gone(s):
    """A topic's offsets go with it."""
    s.ask("before the topic is deleted", API, 9, asked(("fetch-gone", None)))
    s.quietly("DeleteTopics", 6, {"Topics": [{"Name": "fetched-gone"}], "TimeoutMs": 30000})
    s.wait_until_gone("fetched-gone")

    def left():
        return len(s.quietly(API, 9, asked(("fetch-gone", None)))["Groups"][0]["Topics"])

    wait_until(lambda: left() == 1, "the offsets of a deleted topic are gone")
    s.ask("after the topic was deleted", API, 9, asked(("fetch-gone", None)))
