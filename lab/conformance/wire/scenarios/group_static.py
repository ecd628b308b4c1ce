"""Static members (KIP-345): they come back under their instance's name, and who had it before is fenced."""

import time

from wire.members import Member, committed, coordinators_are_ready, protocols, receive_all, stable, until, until_known


def play(s):
    coordinators_are_ready(s)
    s.topic("static")
    for version in (5, 6, 7, 8, 9):
        life(s, version)
    leader_comes_back(s, 8)
    leader_comes_back(s, 9)
    follower_comes_back(s)
    changed(s)
    fenced_while_waiting(s)
    removed(s)


def life(s, version):
    group = f"static-{version}"
    m = Member(s, group, f"static {version}", instance="one")
    m.join("a static member needs no id", version)
    until_known(s, group)
    show(s, "before it has assigned", group)
    m.sync(f"it assigns to itself, {version}", assignments=[(m, b"all")])
    show(s, "it is assigned to", group)
    old = m.member_id
    m.member_id = ""
    m.join("it comes back", version)
    m.sync(f"it has what it had, {version}")
    show(s, "it came back", group)
    fenced(m, old, version)
    m.heartbeat(f"who came back lives, {version}")
    m.leave(f"who came back leaves, {version}")
    show(s, "it has left", group)
    m.close()


def fenced(m, old, version):
    """What is said by the id that the instance had before."""
    m.ask("by the old id", "JoinGroup", version, m.join_request(MemberId=old))
    if version != 9:
        return
    for v in (3, 4, 5):
        m.sync("by the old id", v, MemberId=old)
        m.leave("by the old id", v, Members=[{"MemberId": old, "GroupInstanceId": "one"}])
    for v in (3, 4):
        m.heartbeat("by the old id", v, MemberId=old)
    for v in (7, 8, 9):
        m.commit("by the new id", committed("static", 1), v)
        m.commit("by the old id", committed("static", 2), v, MemberId=old)
        m.commit("by the old id, of another instance", committed("static", 2), v, MemberId=old, GroupInstanceId="two")
        m.commit("by the old id, without the instance", committed("static", 2), v, MemberId=old, GroupInstanceId=None)
        m.commit("by the new id, without the instance", committed("static", 2), v, GroupInstanceId=None)
    m.heartbeat("by the old id, without the instance", MemberId=old, GroupInstanceId=None)
    m.heartbeat("by the new id, without the instance", GroupInstanceId=None)
    m.sync("by the new id, without the instance", GroupInstanceId=None)
    m.heartbeat("by the new id, of another instance", GroupInstanceId="two")
    m.heartbeat("by no id", MemberId="")
    m.heartbeat("by a wrong id", MemberId="nobody")
    m.heartbeat("by a wrong generation", GenerationId=99)
    m.ask("a wrong id of a known instance", "JoinGroup", 9, m.join_request(MemberId="nobody"))
    m.ask("a wrong id of an unknown instance", "JoinGroup", 9, m.join_request(MemberId="nobody", GroupInstanceId="three"))
    m.ask("the right id of another instance", "JoinGroup", 9, m.join_request(GroupInstanceId="three"))


def show(s, what, group, versions=(3, 4, 6)):
    for version in versions:
        s.ask(f"{what}, {group}", "DescribeGroups", version, {"Groups": [group]})


def two(s, group, **about):
    """A static leader and a static follower."""
    leader, follower = (Member(s, group, f"{name} of {group}", instance=name, **about) for name in ("leader", "follower"))
    leader.join()
    leader.sync(assignments=[])
    follower.send_join()
    until(s, group, "PreparingRebalance", 2)
    leader.send_join()
    receive_all((leader, follower))
    leader.sync(assignments=[(leader, b"for the leader"), (follower, b"for the follower")])
    follower.sync()
    return leader, follower


def leader_comes_back(s, version):
    """From version 9 on it is told who there is, and that it need not assign."""
    group = f"static-leader-{version}"
    leader, follower = two(s, group)
    leader.member_id = ""
    leader.join("the leader comes back", version)
    leader.sync(f"the leader has what it had, {version}", ProtocolName="range")
    follower.heartbeat(f"the follower takes no notice, {version}")
    show(s, "the leader came back", group, (6,))
    leader.close()
    follower.close()


def follower_comes_back(s):
    group = "static-follower"
    leader, follower = two(s, group)
    follower.member_id = ""
    follower.join("the follower comes back")
    follower.sync("the follower has what it had")
    leader.heartbeat("the leader takes no notice")
    dynamic = Member(s, group, "dynamic")
    dynamic.send_join()
    until(s, group, "PreparingRebalance", 3)
    follower.member_id = ""
    follower.send_join()
    leader.send_join()
    receive_all((leader, follower, dynamic), "when the follower came back while others joined")
    for m in (leader, follower, dynamic):
        m.close()


def changed(s):
    """Who comes back with other protocols makes the others join again if the group's protocol is not the same by these."""
    group = "static-changed"
    leader, follower = two(s, group, supported=("range", "sticky"))
    follower.member_id = ""
    follower.protocols = protocols("range", "sticky", about="changed")
    follower.join("the follower comes back with other metadata")
    show(s, "the follower has changed", group, (6,))
    follower.member_id = ""
    follower.protocols = protocols("sticky")
    follower.send_join()
    until(s, group, "PreparingRebalance")
    leader.heartbeat("the leader is told that the follower has changed")
    leader.send_join()
    receive_all((leader, follower), "after the change")
    leader.sync(ProtocolName="sticky", assignments=[(leader, b"1"), (follower, b"2")])
    follower.sync()
    old, follower.member_id = follower.member_id, ""
    follower.ask("nothing in common", "JoinGroup", 9, follower.join_request(Protocols=protocols("cooperative-sticky")))
    follower.heartbeat("who found nothing in common", MemberId=old)
    leader.close()
    follower.close()


def fenced_while_waiting(s):
    """The instance is started a second time while the first waits for an answer."""
    group = "static-waiting"
    leader, follower = two(s, group)
    dynamic = Member(s, group, "dynamic of waiting")
    dynamic.send_join()
    until(s, group, "PreparingRebalance", 3)
    follower.send_join()
    second = Member(s, group, "the follower's second", instance="follower")
    old = follower.member_id
    let_it_arrive()
    second.send_join()
    follower.receive("who waited to join is fenced")
    leader.send_join()
    receive_all((leader, second, dynamic), "after one was fenced")
    second.send("SyncGroup", 5, second.sync_request())
    let_it_arrive()
    third = Member(s, group, "the follower's third", instance="follower")
    third.send_join()
    second.receive("who waited to be assigned to is fenced")
    follower.heartbeat("the first of the instance", MemberId=old)
    for m in (leader, follower, second, third, dynamic):
        m.close()


def let_it_arrive():
    """A request that waits cannot be seen from outside: it is given time."""
    time.sleep(0.3)


def removed(s):
    """An administrator removes members by their instances alone."""
    for version in (3, 4, 5):
        group = f"static-removed-{version}"
        leader, follower = two(s, group)
        who = [{"MemberId": "", "GroupInstanceId": "follower"}, {"MemberId": "", "GroupInstanceId": "stranger"},
               {"MemberId": "nobody", "GroupInstanceId": "leader"}]
        s.ask("by instances", "LeaveGroup", version, {"GroupId": group, "Members": who})
        show(s, "one was removed", group, (6,))
        follower.heartbeat(f"who was removed, {version}")
        leader.heartbeat(f"who was not removed, {version}")
        leader.close()
        follower.close()
    m, = stable(s, "static-not", "not static")
    m.leave("by a member's id and an instance", Members=[{"MemberId": m.member_id, "GroupInstanceId": "stranger"}])
    m.close()
