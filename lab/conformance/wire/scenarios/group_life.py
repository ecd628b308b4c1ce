"""JoinGroup (11), SyncGroup (14), Heartbeat (12), LeaveGroup (13): a group's life in every version, of one member and of several."""

from wire.members import Member, committed, coordinators_are_ready, protocols, receive_all, stable, sync_all, until, until_known

JOIN, SYNC, HEARTBEAT, LEAVE = range(0, 10), range(0, 6), range(0, 5), range(0, 6)


def play(s):
    coordinators_are_ready(s)
    s.topic("life")
    for version in JOIN:
        alone(s, version)
    newcomer(s)
    again_in_each_state(s)
    leaving(s)
    vote(s)
    any_protocol_type(s)
    assignments(s)
    too_many(s)


def alone(s, version):
    """One member, of which each request is in this version or in the highest one below."""
    m = Member(s, f"life-{version}", f"member {version}")
    if version >= 4:
        m.ask("a new member is given its id", "JoinGroup", version, m.join_request())
        until_known(s, m.group)
        show(s, "a member that has only its id", m.group, version)
    m.ask("the first member", "JoinGroup", version, m.join_request())
    until_known(s, m.group)
    show(s, "before it has assigned", m.group, version)
    sync, heartbeat, leave = min(version, SYNC[-1]), min(version, HEARTBEAT[-1]), min(version, LEAVE[-1])
    m.heartbeat(f"before its assignment, {version}", heartbeat)
    m.sync(f"it assigns to itself, {version}", sync, [(m, b"everything")])
    m.sync(f"it asks again, {version}", sync)
    m.heartbeat(f"it lives, {version}", heartbeat)
    show(s, "it is assigned to", m.group, version)
    m.join(f"it joins again, {version}", version)
    m.sync(f"it assigns anew, {version}", sync, [(m, b"")])
    m.leave(f"it leaves, {version}", leave)
    m.leave(f"it leaves once more, {version}", leave)
    m.heartbeat(f"it has left, {version}", heartbeat)
    m.join(f"it comes back by its old id, {version}", version)
    show(s, "nobody is there", m.group, version)
    m.close()


def show(s, what, group, version=6):
    s.ask(what + f", {group}", "DescribeGroups", min(version, 6), {"Groups": [group]})


def newcomer(s):
    """A second and a third member, which wait until all others have joined again."""
    a, b, c = (Member(s, "life-three", name) for name in "abc")
    a.join("a is the first of three")
    a.sync("a has all", assignments=[(a, b"all")])
    b.send_join()
    until(s, a.group, "PreparingRebalance", 2)
    show(s, "b waits", a.group)
    a.heartbeat("a is told to join again")
    a.sync("a may not sync before it has joined again")
    a.commit("a may still commit", committed("life", 1))
    a.send_join()
    a.receive("a leads two")
    b.receive("b follows")
    show(s, "nobody has assigned", a.group)
    b.heartbeat("b waits to be assigned to")
    c.send_join()
    until(s, a.group, "PreparingRebalance", 3)
    a.heartbeat("a is told of c before it has assigned")
    b.sync("b is told of c in its sync")
    b.send_join()
    a.send_join()
    receive_all((a, b, c), "one of three")
    b.send("SyncGroup", 5, b.sync_request())
    c.send("SyncGroup", 3, c.sync_request())
    a.sync("a assigns", assignments=[(b, b"for b"), (a, b"for a"), (c, b"for c")])
    b.receive("b is assigned to")
    c.receive("c is assigned to")
    show(s, "all are assigned to", a.group)
    b.sync("b asks again, and assigns what it may not", assignments=[(b, b"more"), (a, b"less")])
    c.join("c joins again, which changes nothing")
    c.sync("c has what it had")
    c.send_join(Protocols=protocols("range", about="c has changed"))
    until(s, a.group, "PreparingRebalance")
    for m in (a, b):
        m.send_join()
    receive_all((a, b, c), "after c has changed")
    sync_all([a, b, c])
    a.leave("the leader leaves")
    show(s, "the leader has left", a.group)
    for m in (b, c):
        m.send_join()
    after = {m: m.receive() for m in (b, c)}
    leads = [m for m in after if m.member_id == after[m]["Leader"]]
    # Which of them leads is for the broker to choose.
    s.note("after the leader has left", {
        "errors": [answer["ErrorCode"] for answer in after.values()],
        "generations": [answer["GenerationId"] for answer in after.values()],
        "who lead": len(leads),
        "members that each is told of": sorted(len(answer["Members"]) for answer in after.values()),
        "the leader is told of them": bool(leads[0] and after[leads[0]]["Members"])})
    for m in (b, c):
        m.leave(f"{m.name} leaves as well")
    show(s, "all have left", a.group)
    for m in (a, b, c):
        m.close()


def again_in_each_state(s):
    """A member whose answer was lost asks again."""
    a = Member(s, "life-again", "a again")
    a.join()
    a.join("a joins again while it is to assign")
    a.join("another protocol than the group's while it is to assign", Protocols=protocols("roundrobin"))
    a.protocols = protocols("roundrobin", "range")
    a.join("more protocols while it is to assign")
    a.sync("it assigns what it has joined for", assignments=[(a, b"mine")])
    b = Member(s, "life-again", "b again", supported=("roundrobin",))
    b.send_join()
    until(s, a.group, "PreparingRebalance", 2)
    a.send_join()
    a.receive()
    b.receive()
    b.join("a follower joins again, and nobody has assigned yet")
    b.close()
    a.close()


def leaving(s):
    """Version 3 on: several leave in one request, by their ids or their instances."""
    group = "life-leaving"
    a, b, c = stable(s, group, "a of leaving", "b of leaving", "c of leaving")
    who = [{"MemberId": b.member_id, "GroupInstanceId": None, "Reason": "tired"}, {"MemberId": "nobody", "GroupInstanceId": None},
           {"MemberId": c.member_id, "GroupInstanceId": None}, {"MemberId": b.member_id, "GroupInstanceId": None},
           {"MemberId": "", "GroupInstanceId": None}, {"MemberId": "", "GroupInstanceId": "no such instance"},
           {"MemberId": a.member_id, "GroupInstanceId": "no such instance"}]
    s.ask("two of three and some that are not there", "LeaveGroup", 5, {"GroupId": group, "Members": who})
    s.ask("nobody leaves", "LeaveGroup", 5, {"GroupId": group, "Members": []})
    show(s, "a is left", group)
    a.join("a goes on alone")
    s.ask_each("nobody, from a group that is not there", "LeaveGroup", (3, 4, 5), {"GroupId": "life-no-such", "Members": []})
    pending = Member(s, group, "pending")
    pending.ask("one that does not come back", "JoinGroup", 9, pending.join_request())
    pending.leave("it leaves before it has joined")
    pending.leave("it leaves a second time")
    for m in (a, b, c, pending):
        m.close()


def vote(s):
    """The protocol that most members like best, of those that all of them support."""
    group = "life-vote"
    likes = {"a votes": ("roundrobin", "sticky", "range"), "b votes": ("sticky", "range"), "c votes": ("range", "sticky"), "d votes": ("range",)}
    members = []
    for name, supported in likes.items():
        members.append(Member(s, group, name, supported=supported))
        members[-1].send_join()
        if len(members) > 1:
            until(s, group, "PreparingRebalance")
            for m in members[:-1]:
                m.send_join()
        receive_all(members, f"one of {len(members)}")
        if len(members) == 1:
            members[0].sync(assignments=[])
    a, b, c, d = members
    a.sync("a protocol that was not chosen", ProtocolName="roundrobin")
    a.sync("a protocol type that is not the group's", ProtocolType="connect")
    a.sync("neither is said", ProtocolName=None, ProtocolType=None, assignments=[(a, b"1"), (b, b"2"), (c, b"3"), (d, b"4")])
    odd = Member(s, group, "odd", supported=("cooperative-sticky",))
    odd.ask("nothing in common", "JoinGroup", 9, odd.join_request())
    odd.ask("nothing in common", "JoinGroup", 3, odd.join_request())
    odd.ask("another protocol type", "JoinGroup", 9, odd.join_request(ProtocolType="connect", Protocols=protocols("range")))
    odd.ask("no protocol type", "JoinGroup", 9, odd.join_request(ProtocolType="", Protocols=protocols("range")))
    odd.ask("no protocols", "JoinGroup", 9, odd.join_request(Protocols=[]))
    a.join("a member that gives up what the others need", Protocols=protocols("no-such"))
    show(s, "the group has taken no harm", group)
    for m in (*members, odd):
        m.close()


def any_protocol_type(s):
    for kind, names in [("connect", ("sessioned", "compatible", "default")), ("sr", ("v0",)), ("what ever", ("any thing", ""))]:
        group = f"life-type-{kind}"
        m, = stable(s, group, f"of {kind}", protocol_type=kind, supported=names)
        m.join(f"protocol type {kind}")
        m.sync(f"protocol type {kind}", assignments=[(m, bytes(range(8)))])
        show(s, f"protocol type {kind}", group)
        m.close()


def assignments(s):
    """What a leader may say."""
    group = "life-assigned"
    a, b = stable(s, group, "a of assigned", "b of assigned")
    for what, given in {
        "nothing": [], "nothing for b": [(a, b"x")], "for a twice": [(a, b"1"), (b, b"2"), (a, b"3")], "empty ones": [(a, b""), (b, b"")],
    }.items():
        for m in (a, b):
            m.send_join(Protocols=protocols("range", about=what))
            if m is a:
                until(s, group, "PreparingRebalance")
        receive_all((a, b))
        a.sync(f"the leader assigns {what}", assignments=given)
        b.sync(f"the follower when the leader assigned {what}")
    for m in (a, b):
        m.close()


def too_many(s):
    """group.max.size is 5 here."""
    group = "life-full"
    members = stable(s, group, *(f"{n} of five" for n in range(5)))
    sixth = Member(s, group, "the sixth")
    sixth.ask("a sixth of at most five", "JoinGroup", 3, sixth.join_request())
    sixth.ask("a sixth of at most five", "JoinGroup", 9, sixth.join_request())
    members[1].join("one of the five joins again")
    members[4].leave("one of the five leaves")
    show(s, "there is room", group)
    for m in (*members, sixth):
        m.close()
