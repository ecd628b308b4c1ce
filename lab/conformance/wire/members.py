"""Members of groups, each on a connection of its own, so that one may wait in a JoinGroup while others go on."""

import struct

from raw.codec import encode
from raw.connection import Connection
from raw.topics import wait_until

_NOT_YET = {14, 15, 16}  # COORDINATOR_LOAD_IN_PROGRESS COORDINATOR_NOT_AVAILABLE NOT_COORDINATOR
MEMBER_ID_REQUIRED = 79


def subscription(*topics, about="", version=1):
    """What a consumer says of itself when it joins. Where it is something else the real broker's group waits for ever."""
    return struct.pack(">h", version) + encode("ConsumerProtocolSubscription", version, {
        "Topics": list(topics), "UserData": about.encode(), "OwnedPartitions": []})


def committed(topic, offset, partition=0):
    """A commit's topics, of which there is one."""
    return [{"Name": topic, "Partitions": [{"PartitionIndex": partition, "CommittedOffset": offset, "CommittedMetadata": ""}]}]


def protocols(*names, about="", metadata=None):
    return [{"Name": name, "Metadata": subscription(about=about) if metadata is None else metadata} for name in names]


class Member:
    """Speaks for one member. What it is told is kept in the session's answers, unless nothing is said of what it shows."""

    def __init__(self, session, group, name, instance=None, protocol_type="consumer", supported=("range",), metadata=None,
                 session_timeout=60000, rebalance_timeout=60000):
        self.session = session
        self.group = group
        self.name = name
        self.instance = instance
        self.protocol_type = protocol_type
        self.protocols = protocols(*supported, metadata=metadata if metadata is not None else subscription(about=name))
        self.session_timeout = session_timeout
        self.rebalance_timeout = rebalance_timeout
        self.member_id = ""
        self.generation = -1
        self.connection = Connection(session.bootstrap, timeout=90)

    # ---- requests, of which a scenario may change any field

    def join_request(self, **changes):
        return {"GroupId": self.group, "SessionTimeoutMs": self.session_timeout, "RebalanceTimeoutMs": self.rebalance_timeout,
                "MemberId": self.member_id, "GroupInstanceId": self.instance, "ProtocolType": self.protocol_type,
                "Protocols": self.protocols, "Reason": "a reason"} | changes

    def sync_request(self, assignments=(), **changes):
        return {"GroupId": self.group, "GenerationId": self.generation, "MemberId": self.member_id, "GroupInstanceId": self.instance,
                "ProtocolType": self.protocol_type, "ProtocolName": self.protocols[0]["Name"],
                "Assignments": [{"MemberId": m.member_id, "Assignment": a} for m, a in assignments]} | changes

    def heartbeat_request(self, **changes):
        return {"GroupId": self.group, "GenerationId": self.generation, "MemberId": self.member_id, "GroupInstanceId": self.instance} | changes

    def leave_request(self, **changes):
        """For any version: the first three name one member, the others name several."""
        return {"GroupId": self.group, "MemberId": self.member_id,
                "Members": [{"MemberId": self.member_id, "GroupInstanceId": self.instance, "Reason": "a reason"}]} | changes

    def commit_request(self, topics, **changes):
        return {"GroupId": self.group, "GenerationIdOrMemberEpoch": self.generation, "MemberId": self.member_id,
                "GroupInstanceId": self.instance, "RetentionTimeMs": -1, "Topics": topics} | changes

    # ---- asking

    def ask(self, what, api, version, message):
        self.send(api, version, message)
        return self.receive(what)

    def send(self, api, version, message):
        """Sends, and leaves the answer for `receive`."""
        self.connection.send(api, version, message)

    def receive(self, what=None):
        api, version, _ = self.connection.waiting[0]
        answer = self.connection.receive()
        if api == "JoinGroup":
            self._learn(answer)
        if what:
            self.session.note(f"{what} · {api} v{version}", answer)
        return answer

    def _learn(self, answer):
        if answer["ErrorCode"] in (0, MEMBER_ID_REQUIRED) and answer["MemberId"] != self.member_id:
            self.member_id = answer["MemberId"]
            self.session.canonical.learn_member(self.member_id, self.name)
        if not answer["ErrorCode"]:
            self.generation = answer["GenerationId"]

    def send_join(self, version=9, **changes):
        """Sends a JoinGroup, having fetched a member id first where that is needed."""
        if version >= 4 and not self.member_id and self.instance is None:
            answer = self.ask(None, "JoinGroup", version, self.join_request(**changes))
            if answer["ErrorCode"] != MEMBER_ID_REQUIRED:
                raise RuntimeError(f"{self.name} in {self.group} was answered with error {answer['ErrorCode']} in place of a member id")
        self.send("JoinGroup", version, self.join_request(**changes))

    def join(self, what=None, version=9, **changes):
        """Joins, and waits for the others if need be."""
        self.send_join(version, **changes)
        return self.receive(what)

    def sync(self, what=None, version=5, assignments=(), **changes):
        return self.ask(what, "SyncGroup", version, self.sync_request(assignments, **changes))

    def heartbeat(self, what=None, version=4, **changes):
        return self.ask(what, "Heartbeat", version, self.heartbeat_request(**changes))

    def leave(self, what=None, version=5, **changes):
        return self.ask(what, "LeaveGroup", version, self.leave_request(**changes))

    def commit(self, what, topics, version=9, **changes):
        return self.ask(what, "OffsetCommit", version, self.commit_request(topics, **changes))

    def close(self):
        self.connection.close()


def receive_all(members, what=None):
    """What each of them has waited for. All are heard before anything is kept: one may be told of another's new id."""
    heard = [(m, *m.connection.waiting[0][:2], m.receive()) for m in members]
    for member, api, version, answer in heard:
        if what:
            member.session.note(f"{member.name}, {what} · {api} v{version}", answer)


# ---- groups


def coordinators_are_ready(session):
    """Returns once every group has its coordinator, and that has read its part of __consumer_offsets."""
    wait_until(lambda: not session.quietly("FindCoordinator", 2, {"Key": "any", "KeyType": 0})["ErrorCode"], "a coordinator is found")
    # Enough names for every partition to be that of one.
    names = [f"any-{n}" for n in range(500)]
    wait_until(lambda: not any(g["ErrorCode"] in _NOT_YET for g in session.quietly("DescribeGroups", 0, {"Groups": names})["Groups"]),
               "all coordinators have loaded")


def described(session, group):
    return session.quietly("DescribeGroups", 4, {"Groups": [group]})["Groups"][0]


def state_of(session, group):
    return described(session, group)["GroupState"]


def until_known(session, group):
    """A new group's member may be answered a moment before others can see the group."""
    wait_until(lambda: state_of(session, group) != "Dead", f"{group} is known")


def until(session, group, state, members=None):
    """Waits until a group has a state and, where that is said, so many members."""
    def there():
        found = described(session, group)
        return found["GroupState"] == state and members in (None, len(found["Members"]))

    wait_until(there, f"{group} is {state}" + (f" with {members} members" if members is not None else ""))


def rebalance(members):
    """All of them join again, and the first one, who leads, assigns."""
    session, group = members[0].session, members[0].group
    for count, member in enumerate(members, 1):
        member.send_join()
        if count < len(members):
            until(session, group, "PreparingRebalance")
    receive_all(members)
    sync_all(members)


def sync_all(members):
    """The leader is the first of them."""
    leader, *others = members
    leader.sync(assignments=[(m, f"for {m.name}".encode()) for m in members])
    for other in others:
        other.sync()


def stable(session, group, *names, **about):
    """A group of members that have joined and have been assigned to. The first is its leader."""
    members = []
    for name in names:
        admit(members, Member(session, group, name, **about))
    return members


def admit(members, newcomer):
    """Adds one more to the members of a group, who join again for it."""
    newcomer.send_join()
    if members:
        until(newcomer.session, newcomer.group, "PreparingRebalance")
        for member in members:
            member.send_join()
    members.append(newcomer)
    receive_all(members)
    sync_all(members)
