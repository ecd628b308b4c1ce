"""OffsetCommit (8): by members, by nobody in particular, and what is refused. What was kept is read with OffsetFetch (9)."""

from raw.codec import uuid_text
from wire.members import Member, coordinators_are_ready, receive_all, stable, until

API = "OffsetCommit"
ALL = range(2, 11)
SOME = (2, 6, 8, 9)
NOBODY = uuid_text(bytes(range(16)))


def play(s):
    coordinators_are_ready(s)
    s.topic("commit", 3)
    s.topic("commit-other", 1)
    simple(s)
    values(s)
    places(s)
    by_members(s)
    not_by_members(s)
    in_each_state(s)


def partition(index, offset, metadata="", epoch=-1):
    return {"PartitionIndex": index, "CommittedOffset": offset, "CommittedLeaderEpoch": epoch, "CommittedMetadata": metadata}


def topic(s, name, *partitions):
    """Named, and with its id for version 10."""
    return {"Name": name, "TopicId": s.ids.get(name, "A" * 22), "Partitions": list(partitions)}


def asked(group, *topics, **changes):
    return {"GroupId": group, "Topics": list(topics)} | changes


def kept(s, what, group, names=("commit",)):
    s.ask(f"kept of {group}: {what}", "OffsetFetch", 9, {"Groups": [{"GroupId": group, "Topics": [
        {"Name": name, "PartitionIndexes": [0, 1, 2]} for name in names]}]})


def simple(s):
    """A group that is nothing but its offsets."""
    for version in ALL:
        group = f"commit-{version}"
        s.ask("a new group", API, version, asked(group, topic(s, "commit", partition(0, version, "meta", 0), partition(2, 7))))
        kept(s, "the first", group)
        s.ask("a later one", API, version, asked(group, topic(s, "commit", partition(0, 1), partition(1, 2)), topic(s, "commit-other", partition(0, 9))))
        kept(s, "the second", group, ("commit", "commit-other"))
        if version == 10:
            s.ask("what such a group is", "DescribeGroups", 6, {"Groups": [group]})
        s.ask("no topics", API, version, asked(group))
        s.ask("no topics, of a group that is not there", API, version, asked("commit-none"))
        s.ask("no partitions", API, version, asked(group, topic(s, "commit")))


def values(s):
    group = "commit-values"
    for what, offset in [("zero", 0), ("beyond the log's end", 10**9), ("the greatest", 2**63 - 1), ("minus one", -1),
                         ("minus two", -2), ("the least", -(2**63))]:
        s.ask_each(f"offset {what}", API, SOME, asked(group, topic(s, "commit", partition(0, offset))))
        kept(s, f"offset {what}", group)
    for what, metadata in [("null", None), ("empty", ""), ("in another script", "größer 漢字 🦦"), ("with a zero byte", "a\0b"),
                           ("at its greatest", "x" * 4096), ("of 2048 characters and 4096 bytes", "ö" * 2048), ("too large", "x" * 4097), ("of 4096 characters and more bytes", "ö" * 4096),
                           ("of 2049 characters and 4098 bytes", "ö" * 2049), ("at the greatest that a string may be", "x" * 32767)]:
        s.ask_each(f"metadata {what}", API, SOME, asked(group, topic(s, "commit", partition(1, 5, metadata))))
        s.ask(f"kept: metadata {what}", "OffsetFetch", 9, {"Groups": [{"GroupId": group, "Topics": [{"Name": "commit", "PartitionIndexes": [1]}]}]},
              lambda a: length_of_metadata(a))
    s.ask("metadata of which one is too large", API, 9, asked(group, topic(s, "commit", partition(0, 77, "x" * 4097), partition(2, 78, "right"))))
    kept(s, "the right one of two", "commit-values")
    for epoch in (0, 1, 5, -1, -2, 2**31 - 1):
        s.ask_each(f"leader epoch {epoch}", API, (6, 9), asked(group, topic(s, "commit", partition(2, 3, "", epoch))))
        kept(s, f"leader epoch {epoch}", group)
    for retention in (-1, 0, -2, 1, 3_600_000, 2**63 - 1):
        s.ask_each(f"retention {retention}", API, (2, 4), asked(f"commit-retained-{retention}", topic(s, "commit", partition(0, 4)), RetentionTimeMs=retention))
        kept(s, "just now", f"commit-retained-{retention}")


def length_of_metadata(answer):
    for found in answer["Groups"][0]["Topics"][0]["Partitions"]:
        if found["Metadata"] and len(found["Metadata"]) > 100:
            found["Metadata"] = f"<{len(found['Metadata'])} characters>"
    return answer


def places(s):
    group = "commit-places"
    right = partition(0, 1)
    for version in (2, 5, 6, 8, 9):
        for what, topics in {
            "an unknown topic": [topic(s, "commit-unknown", right)],
            "a bad topic name": [topic(s, "a b", right)],
            "an empty topic name": [topic(s, "", right)],
            "an unknown partition": [topic(s, "commit", partition(3, 1))],
            "a negative partition": [topic(s, "commit", partition(-1, 1))],
            "right and wrong": [topic(s, "commit", partition(1, 11), partition(9, 1)), topic(s, "commit-unknown", right),
                                topic(s, "commit-other", partition(0, 12))],
            "a partition twice": [topic(s, "commit", partition(2, 5, "first"), partition(2, 6, "second"))],
        }.items():
            s.ask(what, API, version, asked(group, *topics))
        kept(s, f"version {version}", group, ("commit", "commit-other", "commit-unknown"))
    s.ask("an id that is nobody's", API, 10, asked(group, {"TopicId": NOBODY, "Partitions": [right]}), without_unknown_ids)
    s.ask("no id", API, 10, asked(group, {"TopicId": "A" * 22, "Partitions": [right]}))
    s.ask("an unknown partition by id", API, 10, asked(group, topic(s, "commit", partition(3, 1))))
    s.ask("right and wrong by id", API, 10, asked(group, topic(s, "commit", partition(0, 21)), {"TopicId": NOBODY, "Partitions": [right, partition(1, 2)]}),
          without_unknown_ids)
    kept(s, "by id", group)
    s.ask("a topic of the broker's own", API, 9, asked(group, topic(s, "__consumer_offsets", right)))


def without_unknown_ids(answer):
    for found in answer["Topics"]:
        found["TopicId"] = "<nobody's>" if found["TopicId"] == NOBODY else found["TopicId"]
    return answer


def by_members(s):
    group = "commit-members"
    m, other = stable(s, group, "who commits", "another one")
    for version in ALL:
        m.commit("a member", [topic(s, "commit", partition(0, version, f"in version {version}", 0))], version)
        kept(s, f"version {version}", group)
    right = [topic(s, "commit", partition(1, 1))]
    for version in (2, 7, 8, 9, 10):
        m.commit("generation 1 of 2", right, version, GenerationIdOrMemberEpoch=1)
        m.commit("generation 3 of 2", right, version, GenerationIdOrMemberEpoch=3)
        m.commit("no generation", right, version, GenerationIdOrMemberEpoch=-1)
        m.commit("generation 0", right, version, GenerationIdOrMemberEpoch=0)
        m.commit("generation -2", right, version, GenerationIdOrMemberEpoch=-2)
        m.commit("an unknown member", right, version, MemberId="nobody")
        m.commit("no member", right, version, MemberId="")
        m.commit("neither member nor generation", right, version, MemberId="", GenerationIdOrMemberEpoch=-1)
        m.commit("a group that is not there", right, version, GroupId="commit-no-such")
        m.commit("no group", right, version, GroupId="")
    for version in (7, 9):
        m.commit("an instance that is unknown", right, version, GroupInstanceId="one")
    kept(s, "refused", group)
    m.heartbeat("who committed lives")
    m.close()
    other.close()


def not_by_members(s):
    """A generation or a member id where there is no group yet, and where there is one without members."""
    right = [topic(s, "commit", partition(0, 1))]
    for version in (2, 9):
        for generation in (0, 1, -2):
            s.ask(f"generation {generation} of a group that is not there", API, version,
                  asked(f"commit-none-{generation}", *right, GenerationIdOrMemberEpoch=generation))
        s.ask("a member of a group that is not there", API, version, asked("commit-none", *right, MemberId="nobody"))
    m, = stable(s, "commit-left", "who left")
    m.leave()
    for version in (2, 9):
        m.commit("who has left", right, version)
        m.commit("no member of an empty group", right, version, MemberId="", GenerationIdOrMemberEpoch=-1)
        m.commit("no member of an empty group, by its generation", right, version, MemberId="", GenerationIdOrMemberEpoch=m.generation)
        m.commit("a member of an empty group, of no generation", right, version, GenerationIdOrMemberEpoch=-1)
    s.ask("null for a group", API, 9, asked(None, *right))
    s.ask("null for a member", API, 9, asked("commit-left", *right, MemberId=None))
    s.ask("null for topics", API, 9, {"GroupId": "commit-left", "Topics": None})
    m.close()


def in_each_state(s):
    group = "commit-states"
    right = [topic(s, "commit", partition(0, 1, "committed"))]
    a, b = Member(s, group, "a of states"), Member(s, group, "b of states")
    a.join()
    a.commit("before it has assigned", right)
    a.sync(assignments=[])
    b.send_join()
    until(s, group, "PreparingRebalance", 2)
    a.commit("while b joins", right)
    a.commit("while b joins, by a wrong generation", right, GenerationIdOrMemberEpoch=9)
    waiting = Member(s, group, "b elsewhere")
    waiting.member_id, waiting.generation = b.member_id, a.generation
    waiting.commit("b while it joins", right)
    a.send_join()
    receive_all((a, b))
    b.commit("while a assigns", right)
    kept(s, "at last", group)
    for m in (a, b, waiting):
        m.close()
