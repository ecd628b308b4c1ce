"""What a group's members may not say, in each state of the group: each error of JoinGroup (11), SyncGroup (14), Heartbeat (12) and LeaveGroup (13)."""

import time

from wire.members import Member, coordinators_are_ready, protocols, receive_all, stable, until

JOIN, SYNC, HEARTBEAT, LEAVE = range(0, 10), range(0, 6), range(0, 5), range(0, 6)
SOME = (0, 4, 5, 6, 9)  # before and after member ids are handed out (4), static members (5) and flexible encoding (6)


def play(s):
    coordinators_are_ready(s)
    new_members(s)
    members_that_are_unknown(s)
    generations(s)
    while_members_join(s)
    after_all_have_left(s)
    nulls(s)
    s.ask("the connection goes on", "ApiVersions", 0, show=lambda a: a["ErrorCode"])


def new_members(s):
    m = Member(s, "refused-new", "a refused one")

    def refused(what, versions=SOME, **changes):
        for version in versions:
            m.ask(what, "JoinGroup", version, m.join_request(**changes))

    for timeout in (0, -1, 1, 5999, 1_800_001, 2**31 - 1, -(2**31)):
        refused(f"a session time-out of {timeout}", SessionTimeoutMs=timeout)
    refused("no group", JOIN, GroupId="")
    refused("no protocol type", ProtocolType="")
    refused("no protocols", JOIN, Protocols=[])
    refused("an unknown member of no group", JOIN, MemberId="nobody")
    refused("an unknown member of a long name", (9,), MemberId="x" * 32000)
    for instance in ("", ".", "..", "a b", "a/b", "größe", "x" * 250):
        refused(f"an instance named {instance if len(instance) < 20 else 'at length'!r}", (5, 9), GroupInstanceId=instance)
    refused("an instance in a version that has none", (4,), GroupInstanceId="one")
    m.close()

    # What is taken although one may doubt it. Each is a group of its own, left at once. (A protocol twice is left out: the
    # real broker's group then waits for ever.)
    for version in (3, 9):
        for what, changes in {
            "the least session time-out": {"SessionTimeoutMs": 6000},
            "the greatest session time-out": {"SessionTimeoutMs": 1_800_000},
            "a negative rebalance time-out": {"RebalanceTimeoutMs": -1},
            "a protocol without a name": {"Protocols": protocols("")},
            "no metadata": {"Protocols": protocols("range", metadata=b"")},
            "much metadata": {"Protocols": protocols("range", metadata=b"x" * 100_000), "ProtocolType": "raw"},
            "a long reason": {"Reason": "because " * 100},
            "no reason": {"Reason": None},
            "the greatest rebalance time-out": {"RebalanceTimeoutMs": 2**31 - 1},
        }.items():
            member = Member(s, f"taken {what} {version}", f"one with {what}, {version}")
            answer = member.ask(f"{what}, at first", "JoinGroup", version, member.join_request(**changes))
            if answer["ErrorCode"]:
                member.ask(what, "JoinGroup", version, member.join_request(**changes))
            member.leave(f"{what}, version {version}")
            member.close()


def members_that_are_unknown(s):
    group = "refused-unknown"
    m, = stable(s, group, "the known one")
    odd = Member(s, group, "unknown")
    for who in ("nobody", "", "conformance-00000000-0000-0000-0000-000000000000"):
        if who:
            for version in JOIN:
                odd.ask(f"{who!r} joins", "JoinGroup", version, odd.join_request(MemberId=who))
        for where in (group, "refused-no-such", ""):
            for version in SYNC:
                odd.ask(f"{who!r} of {where!r} syncs", "SyncGroup", version, odd.sync_request(MemberId=who, GroupId=where, GenerationId=1))
            for version in HEARTBEAT:
                odd.ask(f"{who!r} of {where!r} lives", "Heartbeat", version, odd.heartbeat_request(MemberId=who, GroupId=where, GenerationId=1))
            for version in LEAVE:
                odd.ask(f"{who!r} of {where!r} leaves", "LeaveGroup", version, odd.leave_request(
                    MemberId=who, GroupId=where, Members=[{"MemberId": who, "GroupInstanceId": None}]))
    m.heartbeat("the known one lives on")
    # A member id is not an instance's.
    for version in (5, 9):
        odd.ask("an instance by a member's id", "JoinGroup", version, odd.join_request(MemberId=m.member_id, GroupInstanceId="one"))
    for version in (3, 5):
        odd.ask("an instance by a member's id", "SyncGroup", version, odd.sync_request(MemberId=m.member_id, GroupInstanceId="one", GenerationId=1))
    for version in (3, 4):
        odd.ask("an instance by a member's id", "Heartbeat", version, odd.heartbeat_request(
            MemberId=m.member_id, GroupInstanceId="one", GenerationId=1))
    for version in (3, 4, 5):
        odd.ask("an instance by a member's id", "LeaveGroup", version, odd.leave_request(
            Members=[{"MemberId": m.member_id, "GroupInstanceId": "one"}]))
    m.heartbeat("the known one still lives on")
    m.close()
    odd.close()


def generations(s):
    m, = stable(s, "refused-generations", "of generation 1")
    for generation in (0, 2, -1, -2, 2**31 - 1):
        for version in SYNC:
            m.sync(f"generation {generation}", version, GenerationId=generation)
        for version in HEARTBEAT:
            m.heartbeat(f"generation {generation}", version, GenerationId=generation)
    m.sync("another protocol", ProtocolName="sticky")
    m.sync("another protocol type", ProtocolType="connect")
    m.sync("an empty protocol", ProtocolName="")
    m.heartbeat("it lives on")
    m.close()


def while_members_join(s):
    group = "refused-joining"
    a, = stable(s, group, "a who is slow")
    b = Member(s, group, "b who waits")
    b.send_join()
    until(s, group, "PreparingRebalance", 2)
    for version in SYNC:
        a.sync("while others join", version)
    for version in HEARTBEAT:
        a.heartbeat("while others join", version)
    a.heartbeat("a wrong generation while others join", GenerationId=7)
    a.sync("a wrong generation while others join", GenerationId=7)
    other = Member(s, group, "b on another connection")
    other.member_id, other.generation = b.member_id, a.generation
    other.heartbeat("who waits lives")
    other.sync("who waits syncs")
    other.ask("another type while others join", "JoinGroup", 9, other.join_request(ProtocolType="connect"))
    # Who asks twice is answered on the second connection; Kafka never answers on the first.
    other.send("JoinGroup", 9, other.join_request())
    time.sleep(0.3)
    a.send_join()
    receive_all((a, other), "in the end")
    a.sync("the generation before", GenerationId=1)
    for m in (a, b, other):
        m.close()


def after_all_have_left(s):
    group = "refused-empty"
    m, = stable(s, group, "who has left")
    m.leave()
    for version in SYNC:
        m.sync("after all have left", version)
    for version in HEARTBEAT:
        m.heartbeat("after all have left", version)
    for version in JOIN:
        m.ask("after all have left", "JoinGroup", version, m.join_request())
    for version in LEAVE:
        m.leave("after all have left", version)
    m.member_id = ""
    m.protocol_type, m.protocols = "connect", protocols("other")
    m.join("another protocol type, now that nobody is there")
    m.close()


def nulls(s):
    """Where the protocol has no null, the broker closes the connection."""
    m = Member(s, "refused-null", "null")
    for version in (0, 6, 9):
        for field in ("GroupId", "MemberId", "ProtocolType", "Protocols"):
            s.ask(f"{field} is null", "JoinGroup", version, m.join_request(**{field: None}))
        s.ask("a protocol's name is null", "JoinGroup", version, m.join_request(Protocols=[{"Name": None, "Metadata": b""}]))
        s.ask("metadata are null", "JoinGroup", version, m.join_request(Protocols=[{"Name": "range", "Metadata": None}]))
    for version in (0, 5):
        s.ask("assignments are null", "SyncGroup", version, m.sync_request(Assignments=None))
        s.ask("the member is null", "LeaveGroup", version, m.leave_request(MemberId=None, Members=None))
    for version in (0, 4):
        s.ask("the member is null", "Heartbeat", version, m.heartbeat_request(MemberId=None))
    m.close()
