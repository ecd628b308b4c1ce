"""DescribeTopicPartitions (75): topics page by page."""

API = "DescribeTopicPartitions"


def play(s):
    for name in ("dtp-a", "dtp-b", "dtp-c"):
        s.topic(name, 3)

    def ask(what, topics, limit=2000, cursor=None):
        return s.ask(what, API, 0, {"Topics": [{"Name": t} for t in topics], "ResponsePartitionLimit": limit, "Cursor": cursor})

    ask("one topic", ["dtp-a"])
    ask("three topics, not in order", ["dtp-c", "dtp-a", "dtp-b"])
    ask("unknown", ["dtp-unknown"])
    ask("unknown between known", ["dtp-a", "dtp-b-unknown", "dtp-c"])
    ask("a bad name", ["a b"])
    ask("an empty name", [""])
    ask("a topic twice", ["dtp-a", "dtp-a"])
    ask("a limit within a topic", ["dtp-a", "dtp-b"], 2)
    ask("a limit at the end of a topic", ["dtp-a", "dtp-b"], 3)
    ask("a limit in the second topic", ["dtp-a", "dtp-b", "dtp-c"], 4)
    ask("a limit of one", ["dtp-a"], 1)
    ask("a limit of zero", ["dtp-a"], 0)
    ask("a negative limit", ["dtp-a"], -1)
    ask("on from a cursor", ["dtp-a", "dtp-b"], 2000, {"TopicName": "dtp-a", "PartitionIndex": 2})
    ask("on from the second topic", ["dtp-a", "dtp-b"], 2, {"TopicName": "dtp-b", "PartitionIndex": 1})
    ask("a cursor past the topics", ["dtp-a", "dtp-b"], 2000, {"TopicName": "dtp-z", "PartitionIndex": 0})
    ask("a cursor at a topic that is not asked", ["dtp-a", "dtp-c"], 2000, {"TopicName": "dtp-b", "PartitionIndex": 0})
    ask("a cursor past a topic's partitions", ["dtp-a", "dtp-b"], 2000, {"TopicName": "dtp-a", "PartitionIndex": 9})
    ask("a cursor at a negative partition", ["dtp-a"], 2000, {"TopicName": "dtp-a", "PartitionIndex": -1})
    ask("a cursor at an empty name", ["dtp-a"], 2000, {"TopicName": "", "PartitionIndex": 0})
    s.ask("all topics", API, 0, {"Topics": []},
          lambda a: a | {"Topics": [t for t in a["Topics"] if t["Name"].startswith("dtp-")]})
