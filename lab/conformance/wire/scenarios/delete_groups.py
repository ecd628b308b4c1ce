"""DeleteGroups (42): groups go with all that they have committed, once nobody is in them."""

from wire.members import Member, committed, coordinators_are_ready, stable, until, until_known
from wire.scenarios.offset_fetch import commit

API = "DeleteGroups"
ALL = range(0, 3)


def asked(*groups):
    return {"GroupsNames": list(groups)}


def play(s):
    coordinators_are_ready(s)
    s.topic("dropped", 2)
    for what, groups in {"unknown": ["dropped-unknown"], "no group's name": [""], "nothing": [],
                         "names of every kind": ["größer 🦦", " ", "x" * 300]}.items():
        s.ask_each(what, API, ALL, asked(*groups))
    for version in ALL:
        simple = f"dropped-simple-{version}"
        commit(s, simple, {"dropped": {0: (1, "", -1), 1: (2, "", -1)}})
        s.ask("offsets alone", API, version, asked(simple))
        gone(s, simple)
        s.ask("offsets alone, once more", API, version, asked(simple))
        left, = stable(s, f"dropped-left-{version}", f"who left {version}")
        left.commit(None, committed("dropped", 3))
        s.ask("a group with a member", API, version, asked(left.group))
        left.heartbeat(f"the member lives, {version}")
        left.leave()
        s.ask("an empty group, an unknown one, and an empty one again", API, version, asked(left.group, "dropped-unknown", left.group))
        gone(s, left.group)
        again, = stable(s, left.group, f"a new one {version}")
        again.heartbeat(f"generations begin anew, {version}")
        gone(s, left.group, "it was made again")
        left.close()
        again.close()
    waits(s)
    s.ask("null for a group", API, 2, asked(None))


def gone(s, group, when="it was deleted"):
    s.ask(f"{group} when {when}", "DescribeGroups", 5, {"Groups": [group]})
    s.ask(f"{group} when {when}", "OffsetFetch", 9, {"Groups": [{"GroupId": group, "Topics": None}]})
    s.ask(f"{group} when {when}", "ListGroups", 5, {}, lambda a: [g for g in a["Groups"] if g["GroupId"] == group])


def waits(s):
    a, = stable(s, "dropped-waits", "a of dropped")
    b = Member(s, a.group, "b of dropped")
    b.send_join()
    until(s, a.group, "PreparingRebalance", 2)
    s.ask("while members join", API, 2, asked(a.group))
    a.send_join()
    for m in (a, b):
        m.receive()
    s.ask("while the leader assigns", API, 2, asked(a.group))
    pending = Member(s, "dropped-pending", "who has only an id")
    pending.ask(None, "JoinGroup", 9, pending.join_request())
    until_known(s, pending.group)
    s.ask("while one has only an id", API, 2, asked(pending.group))
    pending.ask("who has only an id", "JoinGroup", 9, pending.join_request())
    for m in (a, b, pending):
        m.close()
