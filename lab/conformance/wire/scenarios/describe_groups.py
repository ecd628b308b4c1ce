"""DescribeGroups (15): groups in every state."""

from wire.members import Member, coordinators_are_ready, stable, until, until_known
from wire.scenarios.offset_fetch import commit

API = "DescribeGroups"
ALL = range(0, 7)


def asked(*groups, operations=False):
    return {"Groups": list(groups), "IncludeAuthorizedOperations": operations}


def play(s):
    coordinators_are_ready(s)
    s.topic("described")
    for what, groups in {"unknown": ["described-unknown"], "no group's name": [""], "nothing": [], "unknown ones twice": ["described-unknown"] * 2,
                         "names of every kind": ["described unknown", "größer 🦦", "x" * 300]}.items():
        s.ask_each(what, API, ALL, asked(*groups))
        s.ask_each(f"{what}, with what is allowed", API, (3, 6), asked(*groups, operations=True))
    a, b = stable(s, "described-stable", "a described", "b described")
    s.ask_each("stable", API, ALL, asked("described-stable"))
    s.ask_each("stable, with what is allowed", API, range(3, 7), asked("described-stable", operations=True))
    s.ask_each("stable, twice", API, (0, 6), asked("described-stable", "described-stable"))
    commit(s, "described-simple", {"described": {0: (1, "", -1)}})
    s.ask_each("without members ever", API, ALL, asked("described-simple", operations=True))
    gone, = stable(s, "described-empty", "who is gone")
    gone.leave()
    s.ask_each("empty", API, ALL, asked("described-empty"))
    assigns = Member(s, "described-completing", "who assigns")
    assigns.join()
    until_known(s, assigns.group)
    s.ask_each("being assigned", API, ALL, asked("described-completing"))
    joins = Member(s, "described-completing", "who joins")
    joins.send_join()
    until(s, joins.group, "PreparingRebalance", 2)
    # Who waits has its id from the broker, and the answer comes only when the other joins.
    assigns.send_join()
    for m in (assigns, joins):
        m.receive()
    late = Member(s, "described-completing", "who is late")
    late.send_join()
    until(s, joins.group, "PreparingRebalance", 3)
    s.ask_each("being joined", API, ALL, asked("described-completing"))
    s.ask_each("several", API, (0, 3, 5, 6), asked("described-simple", "described-stable", "described-unknown", "described-empty", ""))
    worker, = stable(s, "described-connect", "a described worker", protocol_type="connect", supported=("sessioned", "eager"), metadata=b"\0\1")
    s.ask_each("of another type", API, (0, 6), asked("described-connect"))
    s.ask("null for groups", API, 0, {"Groups": None})
    s.ask("null for a group", API, 6, asked(None))
    for m in (a, b, gone, assigns, joins, late, worker):
        m.close()
