"""Fetch (1) with sessions (KIP-227): after a first full fetch only what changed goes over the wire."""

from raw import batches
from wire.session import records

from .fetch import NOBODY, Asker, hide

API = "Fetch"


def play(s):
    s.topic("sessions", 3)
    s.topic("sessions-other")
    for partition in range(3):
        s.append("sessions", batches.batch(records(b"first")), partition)
    s.append("sessions-other", batches.batch(records(b"first")))
    for version in (7, 11, 12, 13, 18):
        life_of_a_session(s, version)
        wrong_sessions(s, version)
    unknown_topics(s)
    names_and_ids(s)


def of(s, version, **more):
    ask = Asker(s.ids)

    def request(session, epoch, *partitions, forget=()):
        topics = [ask.partition(version, *p) for p in partitions]
        forgotten = [({"TopicId": s.ids[t]} if version >= 13 else {"Topic": t}) | {"Partitions": list(ps)} for t, ps in forget]
        return ask.request(topics, SessionId=session, SessionEpoch=epoch, ForgottenTopicsData=forgotten, **more)

    return request


def life_of_a_session(s, version):
    request = of(s, version)
    answer = s.ask("a full fetch opens a session", API, version, request(0, 0, ("sessions", 0, 0), ("sessions", 0, 1)))
    session = answer["SessionId"]
    s.ask("the same offsets again", API, version, request(session, 1))
    s.ask("one partition read on", API, version, request(session, 2, ("sessions", 1, 0)))
    s.ask("both read on: nothing new", API, version, request(session, 3, ("sessions", 1, 1)))
    s.append("sessions", batches.batch(records(f"for {version}".encode())), 2)
    s.ask("a partition is added", API, version, request(session, 4, ("sessions", 0, 2)), only_first_batch)
    s.ask("a partition is forgotten", API, version, request(session, 5, forget=[("sessions", [2])]))
    s.ask("a forgotten partition is forgotten again", API, version, request(session, 6, forget=[("sessions", [2])]))
    s.ask("an offset out of range stays in the answers", API, version, request(session, 7, ("sessions", 99, 1)))
    s.ask("still out of range", API, version, request(session, 8))
    s.ask("back in range", API, version, request(session, 9, ("sessions", 1, 1)))
    s.ask("a topic is added", API, version, request(session, 10, ("sessions-other", 0)))
    s.ask("a partition is added and one forgotten", API, version, request(session, 11, ("sessions", 0, 1), forget=[("sessions-other", [0])]))
    s.ask("the session is closed by a fetch without one", API, version, request(session, -1, ("sessions", 0, 0)))
    s.ask("it is gone", API, version, request(session, 12))


def only_first_batch(answer):
    """The third partition has one more record in each round: compared is that it came."""
    for topic in answer["Responses"]:
        for partition in topic["Partitions"]:
            partition["Records"] = partition["Records"][:73] if partition["Records"] else partition["Records"]
            partition["HighWatermark"] = partition["LastStableOffset"] = "<grows>"
    return answer


def wrong_sessions(s, version):
    request = of(s, version)
    s.ask("a session that is nobody's", API, version, request(123456789, 1))
    s.ask("a negative session", API, version, request(-5, 1))
    s.ask("an epoch without a session", API, version, request(0, 1, ("sessions", 0, 0)))
    s.ask("no session wanted", API, version, request(0, -1, ("sessions", 0, 0)))
    answer = s.quietly(API, version, request(0, 0, ("sessions", 0, 0)))
    session = answer["SessionId"]
    s.ask("an epoch that is skipped", API, version, request(session, 2))
    s.ask("an epoch that is repeated", API, version, request(session, 1))
    s.ask("an epoch that is repeated again", API, version, request(session, 1))
    s.ask("a negative epoch", API, version, request(session, -2))
    s.ask("epoch zero begins anew", API, version, request(session, 0, ("sessions", 0, 1)), new_session(session))
    s.ask("a full fetch of nothing opens no session", API, version, request(0, 0))


def new_session(old):
    return lambda a: a | {"SessionId": "<another>" if a["SessionId"] not in (0, old) else a["SessionId"]}


def unknown_topics(s):
    for version in (7, 12):
        request = of(s, version)
        answer = s.ask("a session with an unknown topic", API, version, request(0, 0, ("sessions-later", 0), ("sessions", 0, 0)))
        s.ask("the unknown topic stays in the answers", API, version, request(answer["SessionId"], 1, ("sessions", 1, 0)))
    for version in (13, 18):
        request = of(s, version)
        answer = s.ask("a session with an unknown id", API, version, request(0, 0, ("nobody", 0), ("sessions", 0, 0)), hider)
        s.ask("the unknown id stays in the answers", API, version, request(answer["SessionId"], 1, ("sessions", 1, 0)), hider)


def hider(answer):
    return hide(answer, NOBODY)


def names_and_ids(s):
    """A session began with names cannot go on with ids, nor the other way round."""
    answer = s.quietly(API, 12, of(s, 12)(0, 0, ("sessions", 0, 0)))
    s.ask("ids in a session of names", API, 13, of(s, 13)(answer["SessionId"], 1, ("sessions", 0, 1)))
    answer = s.quietly(API, 13, of(s, 13)(0, 0, ("sessions", 0, 0)))
    s.ask("names in a session of ids", API, 12, of(s, 12)(answer["SessionId"], 1, ("sessions", 0, 1)))

    topic = s.topic("sessions-deleted")
    s.append(topic, batches.batch(records(b"x")))
    answer = s.quietly(API, 13, of(s, 13)(0, 0, (topic, 0), ("sessions", 1, 0)))
    s.quietly("DeleteTopics", 6, {"Topics": [{"Name": topic}], "TimeoutMs": 10000})
    s.wait_until_gone(topic)
    s.ask("a topic of the session was deleted", API, 13, of(s, 13)(answer["SessionId"], 1))
    s.topic(topic)
    s.ask("and made again under its name", API, 13, of(s, 13)(answer["SessionId"], 2))
