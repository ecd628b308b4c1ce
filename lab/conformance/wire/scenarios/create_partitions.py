"""CreatePartitions (37): topics grow, and never shrink."""

API = "CreatePartitions"
ALL = range(0, 4)


def asked(*topics, validate=False):
    return {"Topics": [{"Name": n, "Count": c, "Assignments": None if a is None else [{"BrokerIds": b} for b in a]}
                       for n, c, a in topics], "TimeoutMs": 30000, "ValidateOnly": validate}


def play(s):
    for version in ALL:
        name = s.topic(f"grow-{version}", 2)
        s.ask("only to be validated", API, version, asked((name, 4, None), validate=True))
        s.ask("two more", API, version, asked((name, 4, None)))
        s.wait_until_led(name, 4)
        s.ask(f"four there are after version {version}", "Metadata", 9, {"Topics": [{"Name": name}], "AllowAutoTopicCreation": False})
        s.ask("as many as there are", API, version, asked((name, 4, None)))
        s.ask("fewer", API, version, asked((name, 1, None)))
        s.ask("none", API, version, asked((name, 0, None)))
        s.ask("a negative number", API, version, asked((name, -1, None)))
        s.ask("placed", API, version, asked((name, 6, [[1], [1]])))
        s.ask("too few placements", API, version, asked((name, 9, [[1]])))
        s.ask("too many placements", API, version, asked((name, 7, [[1], [1]])))
        s.ask("no placements, but an empty list", API, version, asked((name, 7, [])))
        s.ask("placed on a broker that is not there", API, version, asked((name, 7, [[9]])))
        s.ask("placed on two brokers of one", API, version, asked((name, 7, [[1, 1]])))
        s.ask("placed on no broker", API, version, asked((name, 7, [[]])))
        s.ask("unknown topic", API, version, asked(("grow-unknown", 3, None)))
        s.ask("a bad name", API, version, asked(("a b", 3, None)))
        s.ask("a topic twice", API, version, asked((name, 8, None), (name, 9, None)))
        s.ask("known and unknown", API, version, asked((name, 7, None), ("grow-unknown", 3, None)))
        s.ask("no topics", API, version, asked())
    # Far too many at once are left out: the real broker answers UNKNOWN_SERVER_ERROR and makes ten thousand of them.
