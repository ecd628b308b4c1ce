"""FindCoordinator (10): who looks after a group."""

from wire.members import coordinators_are_ready

API = "FindCoordinator"
ONE = range(0, 4)  # one key, of a group before version 1
MANY = range(4, 7)

GROUP, TRANSACTION, SHARE = 0, 1, 2


def one(key, kind=GROUP):
    return {"Key": key, "KeyType": kind}


def many(*keys, kind=GROUP):
    return {"CoordinatorKeys": list(keys), "KeyType": kind}


def play(s):
    coordinators_are_ready(s)
    for letters in (32767, 1000):
        s.canonical.learn_text("x" * letters, f"<{letters} letters>")
    for what, key in [("a group", "find-a-group"), ("an empty name", ""), ("a name with blanks", " a b "), ("a name in another script", "группа 🦦"),
                      ("a long name", "x" * 1000), ("the longest name", "x" * 32767)]:
        s.ask_each(what, API, ONE, one(key))
        s.ask_each(what, API, MANY, many(key))
    s.ask_each("no group", API, MANY, many())
    s.ask_each("several groups", API, MANY, many("find-b", "find-a", ""))
    s.ask_each("a group twice", API, MANY, many("find-a", "find-a"))

    for kind in (3, 5, 127, -1, -128):
        s.ask_each(f"key type {kind}", API, (1, 2, 3), one("find-a", kind))
        s.ask_each(f"key type {kind}", API, MANY, many("find-a", kind=kind))
        s.ask_each(f"no key of key type {kind}", API, (4, 6), many(kind=kind))
    s.ask_each("no transaction", API, MANY, many(kind=TRANSACTION))
    s.ask_each("a share partition before its version", API, (1, 3), one("find-a:AAAAAAAAAAAAAAAAAAAAAQ:0", SHARE))
    s.ask_each("a share partition before its version", API, (4, 5), many("find-a:AAAAAAAAAAAAAAAAAAAAAQ:0", kind=SHARE))
    for what, key in [("nothing", ""), ("a group alone", "find-a"), ("no partition", "find-a:AAAAAAAAAAAAAAAAAAAAAQ"),
                      ("a bad id", "find-a:nonsense:0"), ("a bad partition", "find-a:AAAAAAAAAAAAAAAAAAAAAQ:x"),
                      ("no group", ":AAAAAAAAAAAAAAAAAAAAAQ:0"), ("too much", "find-a:AAAAAAAAAAAAAAAAAAAAAQ:0:1")]:
        s.ask(f"a share partition that is {what}", API, 6, many(key, kind=SHARE))
    s.ask_each("null", API, (0, 3), one(None))
    s.ask_each("null", API, (4, 6), many(None))
    s.ask("the connection goes on", "ApiVersions", 0, show=lambda a: a["ErrorCode"])
