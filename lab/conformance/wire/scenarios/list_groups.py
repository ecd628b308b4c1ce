"""ListGroups (16): all of them, by their states from version 4 on, by their types from version 5 on."""

from wire.members import Member, coordinators_are_ready, stable, until, until_known
from wire.scenarios.offset_fetch import commit

API = "ListGroups"
ALL = range(0, 6)


def ours(answer):
    return answer | {"Groups": [g for g in answer["Groups"] if g["GroupId"].startswith("listed-")]}


def play(s):
    coordinators_are_ready(s)
    s.topic("listed")
    s.ask_each("none of these yet", API, ALL, show=ours)
    stays, = stable(s, "listed-stable", "who stays")
    worker, = stable(s, "listed-connect", "who works", protocol_type="connect", supported=("eager",), metadata=b"")
    leaves, = stable(s, "listed-empty", "who leaves")
    leaves.leave()
    commit(s, "listed-simple", {"listed": {0: (1, "", -1)}})
    assigns = Member(s, "listed-completing", "who has not assigned")
    assigns.join()
    until_known(s, assigns.group)
    joined, = stable(s, "listed-preparing", "who is to join")
    joins = Member(s, "listed-preparing", "who waits to join")
    joins.send_join()
    until(s, joins.group, "PreparingRebalance", 2)
    pending = Member(s, "listed-pending", "who has an id")
    pending.ask(None, "JoinGroup", 9, pending.join_request())
    until_known(s, pending.group)
    commit(s, "listed ünicode", {"listed": {0: (1, "", -1)}})
    s.ask_each("all", API, ALL, show=ours)
    s.ask("one with a name of another kind", API, 5, show=lambda a: [g for g in a["Groups"] if g["GroupId"] == "listed ünicode"])
    for states in (["Stable"], ["stable"], ["STABLE", "Empty"], ["CompletingRebalance"], ["completingrebalance"], ["PreparingRebalance"],
                   ["Dead"], ["Assigning"], ["Reconciling"], ["NotReady"], ["Unknown"], ["nonsense"], [""], [" Stable"],
                   ["Stable", "nonsense"], ["Stable", "Stable"], []):
        s.ask_each(f"states {states}", API, (4, 5), {"StatesFilter": states}, ours)
    for types in (["classic"], ["Classic"], ["CLASSIC", "consumer"], ["consumer"], ["share"], ["streams"], ["unknown"], ["nonsense"], [""], []):
        s.ask(f"types {types}", API, 5, {"TypesFilter": types}, ours)
    s.ask("a state and a type", API, 5, {"StatesFilter": ["Empty"], "TypesFilter": ["classic"]}, ours)
    s.ask("a state and another type", API, 5, {"StatesFilter": ["Empty"], "TypesFilter": ["consumer"]}, ours)
    s.ask("null for states", API, 4, {"StatesFilter": None})
    s.ask("null for types", API, 5, {"TypesFilter": None})
    for m in (stays, worker, leaves, assigns, joined, joins, pending):
        m.close()
