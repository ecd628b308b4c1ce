"""Metadata (3): brokers, topics by name and by id, and topics made by asking for them."""

from raw.codec import uuid_text

NOBODY = uuid_text(bytes(range(16)))
ALL = range(0, 14)


def own_topics(answer):
    """Of all topics only those of this scenario: other scenarios left theirs."""
    topics = [t for t in answer["Topics"] if (t["Name"] or "").startswith("metadata-")]
    return answer | {"Topics": topics}


def named(*names, **more):
    return {"Topics": [{"Name": n} for n in names], "AllowAutoTopicCreation": False} | more


def play(s):
    s.topic("metadata-one")
    s.topic("metadata-three", 3, retention_ms=1000000)

    s.ask("all topics, asked by an empty list", "Metadata", 0, {"Topics": []}, own_topics)
    s.ask_each("all topics", "Metadata", range(1, 14), {"Topics": None}, own_topics)
    s.ask_each("no topics", "Metadata", range(1, 14), {"Topics": []})
    s.ask_each("two topics", "Metadata", ALL, named("metadata-three", "metadata-one"))
    s.ask_each("a topic twice", "Metadata", (1, 9, 12), named("metadata-one", "metadata-one"))
    s.ask_each("authorised operations", "Metadata", (8, 9, 10), named(
        "metadata-one", IncludeClusterAuthorizedOperations=True, IncludeTopicAuthorizedOperations=True))
    s.ask_each("authorised operations of topics", "Metadata", (11, 13), named("metadata-one", IncludeTopicAuthorizedOperations=True))

    # Before version 4 there is no way to ask without creating.
    s.ask_each("unknown, not to be created", "Metadata", range(4, 14), named("metadata-unknown"))
    s.ask_each("known and unknown together", "Metadata", (4, 9, 13), named("metadata-one", "metadata-unknown"))
    for name in ("", ".", "..", "a b", "a/b", "ä", "x" * 250, "x" * 249):
        shown = name if len(name) < 10 else f"of {len(name)} letters"
        s.ask_each(f"bad or long name {shown!r}", "Metadata", (4, 13), named(name))
        if len(name) != 249:
            s.ask_each(f"bad name to be created {shown!r}", "Metadata", (1, 4, 13), {"Topics": [{"Name": name}]})

    by_id(s)
    created_by_asking(s)
    gone(s)


def by_id(s):
    one = s.ids["metadata-one"]
    for version in (12, 13):
        s.ask("by id", "Metadata", version, {"Topics": [{"Name": None, "TopicId": one}], "AllowAutoTopicCreation": False})
        s.ask("by id that is nobody's", "Metadata", version, {"Topics": [{"Name": None, "TopicId": NOBODY}]},
              lambda a: without_id(a, NOBODY))
        s.ask("by id and by name", "Metadata", version, {"Topics": [{"Name": None, "TopicId": one}, {"Name": "metadata-three"}]})
        s.ask("by the zero id", "Metadata", version, {"Topics": [{"Name": None}]})
        s.ask("an id together with a name", "Metadata", version, {"Topics": [{"Name": "metadata-three", "TopicId": one}]})
    for version in (10, 11):
        s.ask("an id where only names are taken", "Metadata", version, {"Topics": [{"Name": "metadata-one", "TopicId": one}]})
        s.ask("a null name", "Metadata", version, {"Topics": [{"Name": None, "TopicId": one}]})


def without_id(answer, topic_id):
    for topic in answer["Topics"]:
        topic["TopicId"] = "<asked>" if topic["TopicId"] == topic_id else topic["TopicId"]
    return answer


def created_by_asking(s):
    for version in (0, 1, 3, 4, 8, 9, 12, 13):
        name = f"metadata-auto-{version}"
        s.ask("unknown, to be created", "Metadata", version, {"Topics": [{"Name": name}], "AllowAutoTopicCreation": True})
        s.wait_until_led(name, 3)
        answer = s.quietly("Metadata", 12, named(name))
        s.learn_topic(name, answer["Topics"][0]["TopicId"])
        s.ask(f"once it was created by version {version}", "Metadata", 12, named(name))


def gone(s):
    s.topic("metadata-gone")
    s.quietly("DeleteTopics", 6, {"Topics": [{"Name": "metadata-gone"}], "TimeoutMs": 10000})
    s.wait_until_gone("metadata-gone")
    s.ask_each("deleted", "Metadata", (5, 13), named("metadata-gone"))
    s.ask("deleted, by its id", "Metadata", 12, {"Topics": [{"Name": None, "TopicId": s.ids["metadata-gone"]}]})
