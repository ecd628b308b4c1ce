"""Members that stay silent: each time-out of a group, all of them at once."""

import time

from wire.members import Member, committed, coordinators_are_ready, receive_all, stable, until

LEAST = 6000  # group.min.session.timeout.ms


def play(s):
    coordinators_are_ready(s)
    s.topic("silent")
    began = time.monotonic()
    silent, = stable(s, "silent-alone", "silent", session_timeout=LEAST)
    pending = Member(s, "silent-pending", "who never comes back with its id", session_timeout=LEAST)
    pending.ask(None, "JoinGroup", 9, pending.join_request())
    static = Member(s, "silent-static", "who restarts too late", instance="one", session_timeout=LEAST)
    static.join()
    static.sync(assignments=[])
    leader, follower = one_does_not_join_again(s)
    lost, waits = the_leader_does_not_assign(s)
    lives, = stable(s, "silent-not", "who lives", session_timeout=LEAST)
    commits, = stable(s, "silent-commits", "who commits and does not live", session_timeout=LEAST)

    # Whoever was silent for its session's time is forgotten, a little later at the worst.
    while time.monotonic() < began + LEAST / 1000 + 3:
        lives.heartbeat()
        commits.commit(None, committed("silent", 1))
        time.sleep(0.5)

    lives.heartbeat("who lived")
    silent.heartbeat("who was silent")
    show(s, "the silent one's group", silent.group)
    silent.join("who was silent comes back by its id")
    pending.ask("who never came back with its id", "JoinGroup", 9, pending.join_request())
    static.heartbeat("an instance that was silent")
    show(s, "the silent instance's group", static.group)
    static.member_id = ""
    static.join("the instance starts again")
    receive_all((leader,), "whose follower did not join again")
    follower.heartbeat("who did not join again")
    leader.sync("the leader assigns to who is left", assignments=[(leader, b"all")])
    receive_all((waits,), "whose leader did not assign")
    lost.heartbeat("the leader that did not assign")
    show(s, "the group of the leader that did not assign", lost.group)
    commits.heartbeat("who committed and did not live")
    for m in (silent, pending, static, leader, follower, lost, waits, lives, commits):
        m.close()


def show(s, what, group):
    s.ask(what, "DescribeGroups", 6, {"Groups": [group]})


def one_does_not_join_again(s):
    """The rebalance goes on without it once the rebalance time-out is over, though its session is not."""
    group = "silent-follower"
    leader, follower = stable(s, group, "a leader", "a follower that does not join again", rebalance_timeout=3000)
    leader.send_join()
    until(s, group, "PreparingRebalance")
    return leader, follower


def the_leader_does_not_assign(s):
    """The others are told to join again."""
    group = "silent-leader"
    leader, follower = Member(s, group, "a leader that does not assign", rebalance_timeout=3000), Member(s, group, "who waits for it", rebalance_timeout=3000)
    leader.join()
    leader.sync(assignments=[])
    follower.send_join()
    until(s, group, "PreparingRebalance", 2)
    leader.send_join()
    receive_all((leader, follower))
    follower.send("SyncGroup", 5, follower.sync_request())
    return leader, follower
