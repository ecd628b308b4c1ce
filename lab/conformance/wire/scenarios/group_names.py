"""Names of every kind, and what each API makes of them."""

from wire.members import Member, coordinators_are_ready

NAMES = {
    "a blank": " ", "blanks around": " a ", "a slash": "names/a", "dots": "..", "a newline": "names\na", "a zero byte": "names\0a",
    "quotes": "names'\"a", "another script": "группа", "beyond the basic plane": "🦦🦦", "composed": "ne\u0301",
    "very long": "names" + "x" * 2000, "nearly the longest": "n" * 32000,
    "of no group": "",
}


def play(s):
    coordinators_are_ready(s)
    s.topic("named")
    for what, name in NAMES.items():
        if len(name) > 1000:
            s.canonical.learn_text(name, f"<{len(name)} letters>")
        through_all(s, f"a name that is {what}", name)
    s.ask("the connection goes on", "ApiVersions", 0, show=lambda a: a["ErrorCode"])


def through_all(s, what, group):
    m = Member(s, group, f"of {what}")
    for version in (0, 9):
        m.member_id = ""
        answer = m.ask(f"{what} at first", "JoinGroup", version, m.join_request())
        if answer["ErrorCode"] == 79:
            m.ask(what, "JoinGroup", version, m.join_request())
        for v in (0, 5) if version else ():
            m.sync(what, v, assignments=[(m, b"mine")])
        for v in (0, 4) if version else ():
            m.heartbeat(what, v)
        partitions = [{"PartitionIndex": 0, "CommittedOffset": 7, "CommittedMetadata": "m"}]
        for v in (2, 9) if version else ():
            m.commit(what, [{"Name": "named", "Partitions": partitions}], v)
        m.leave(f"{what}, having joined by version {version}", 0 if version == 0 else 5)
    m.close()
    s.ask(what, "OffsetFetch", 5, {"GroupId": group, "Topics": None})
    s.ask(what, "OffsetFetch", 9, {"Groups": [{"GroupId": group, "Topics": None}]})
    s.ask_each(what, "DescribeGroups", (0, 6), {"Groups": [group]})
    s.ask(what, "ListGroups", 5, {}, lambda a: [g for g in a["Groups"] if g["GroupId"] == group])
    s.ask(what, "OffsetDelete", 0, {"GroupId": group, "Topics": [{"Name": "named", "Partitions": [{"PartitionIndex": 0}]}]})
    s.ask_each(what, "DeleteGroups", (0, 2), {"GroupsNames": [group]})
