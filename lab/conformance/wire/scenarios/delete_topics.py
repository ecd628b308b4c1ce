"""DeleteTopics (20): by name, by id from version 6."""

from raw.codec import uuid_text

API = "DeleteTopics"
NAMED = range(1, 6)


def names(*topics):
    return {"TopicNames": list(topics), "TimeoutMs": 30000}


def states(*states):
    return {"Topics": [{"Name": n, "TopicId": i} for n, i in states], "TimeoutMs": 30000}


def play(s):
    for version in NAMED:
        s.topic(f"delete-{version}", 2)
        s.ask("a topic", API, version, names(f"delete-{version}"))
        s.wait_until_gone(f"delete-{version}")
        s.ask("it is gone", API, version, names(f"delete-{version}"))
        s.topic(f"delete-{version}")
        s.ask("made again, deleted again, with an unknown one", API, version, names(f"delete-{version}", "delete-unknown"))
        s.topic(f"delete-twice-{version}")
        s.ask("twice in a request", API, version, names(f"delete-twice-{version}", f"delete-twice-{version}"))
        s.ask("no topics", API, version, names())
        s.ask("bad names", API, version, names("", "a b", ".."))

    zero, nobody = "A" * 22, uuid_text(bytes(range(16)))
    one, two = s.topic("delete-by-name"), s.topic("delete-by-id")
    s.ask("by name", API, 6, states((one, zero)))
    s.ask("by id", API, 6, states((None, s.ids[two])))
    three, four = s.topic("delete-three"), s.topic("delete-four")
    s.ask("by name and by id in one", API, 6, states((three, s.ids[three])))
    s.ask("by neither", API, 6, states((None, zero)))
    s.ask("by name, and by id once more", API, 6, states((three, zero), (None, s.ids[three])))
    s.ask("the same id twice", API, 6, states((None, s.ids[four]), (None, s.ids[four])))
    s.ask("an id that is nobody's", API, 6, states((None, nobody)), lambda a: {"error": a["Responses"][0]["ErrorCode"],
                                                                              "message": a["Responses"][0]["ErrorMessage"],
                                                                              "same id": a["Responses"][0]["TopicId"] == nobody})
    s.ask("unknown", API, 6, states(("delete-unknown", zero)))
    s.ask("known and unknown", API, 6, states((four, zero), ("delete-unknown", zero)))
    s.ask("nothing", API, 6, states())
