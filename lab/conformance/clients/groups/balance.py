"""Who owns which partition: joining, leaving, dying, sleeping, growing."""

from harness.check import equal, raises, true

from .host import Refused, eventually
from .stage import LONG_SESSION, Writing

CASES = []


def case(*needs):
    """Marks a case, and what a library must be able to do for it."""
    def mark(function):
        CASES.append((function, set(needs)))
        return function
    return mark


@case()
def three_partitions_over_one_two_three_and_four_consumers(stage):
    topic = stage.topic(3)
    members = []
    for _ in range(4):
        members.append(stage.join(topic, session=LONG_SESSION))
        stage.wait_until_balanced(topic, 3, members)
    equal(sorted(len(m.assignment) for m in members), [0, 1, 1, 1], "partitions of the four")
    written = stage.write_everywhere(topic, 3, 10)
    eventually(lambda: sum(len(m.records) for m in members) >= 30, "all has been read")
    equal(sorted(v for m in members for v in m.values()), sorted(written), "what was read by the four")
    for m in members:
        true({r[:2] for r in m.records} <= m.assignment, f"{m.name} read what is not its own")
    # Those that leave are replaced at once, long before their session would end.
    members.sort(key=lambda m: -len(m.assignment))
    while len(members) > 1:
        members.pop(0).leave()
        stage.wait_until_balanced(topic, 3, members)


@case()
def ten_that_come_at_once_and_half_of_which_go(stage):
    topic = stage.topic(20)
    members = [stage.join(topic, session=LONG_SESSION) for _ in range(10)]
    stage.wait_until_balanced(topic, 20, members)
    for member in members[::2]:
        member.leave()
    stay = members[1::2]
    stage.wait_until_balanced(topic, 20, stay)
    written = stage.write_everywhere(topic, 20, 2)
    eventually(lambda: set(written) <= {v for m in stay for v in m.values()}, "the five that stay read all")


@case()
def a_killed_consumers_partitions_are_taken_over(stage):
    topic = stage.topic(3)
    stage.write_everywhere(topic, 3, 5)
    survivor = stage.join(topic)
    victims = stage.another_host()
    victim = stage.join(topic, host=victims)
    stage.wait_until_balanced(topic, 3, [survivor, victim])
    # Whoever owns a partition now reads on from here.
    for member in (survivor, victim):
        member.commit([[topic, partition, 5, ""] for _, partition in member.assignment])
    orphans = {partition for _, partition in victim.assignment}
    victims.kill()
    late = {partition: stage.write(topic, partition, 5) for partition in range(3)}
    survivor.wait_for_partitions(3)
    wanted = {value for partition in orphans for value in late[partition]}
    eventually(lambda: wanted <= set(survivor.values()), "the survivor reads the partitions of the dead")
    after = [r for r in survivor.records if r[1] in orphans and r[3] in wanted]
    for partition in orphans:
        equal([r[2] for r in after if r[1] == partition], list(range(5, 10)), f"offsets of partition {partition}")
    stage.wait_until_balanced(topic, 3, [survivor])


@case()
def a_consumer_that_slept_past_its_session_is_replaced_and_comes_back(stage):
    topic = stage.topic(4)
    wakeful = stage.join(topic)
    sleepers = stage.another_host()
    sleeper = stage.join(topic, host=sleepers)
    stage.wait_until_balanced(topic, 4, [wakeful, sleeper])
    sleepers.sleep()
    wakeful.wait_for_partitions(4)
    equal(len(stage.describe()["members"]), 1, "members while one sleeps")
    sleepers.wake()
    stage.wait_until_balanced(topic, 4, [wakeful, sleeper])
    written = stage.write_everywhere(topic, 4, 5)
    eventually(lambda: set(written) <= set(wakeful.values() + sleeper.values()), "all is read by the two")


@case()
def two_independent_groups_each_read_all(stage):
    topic = stage.topic(3)
    written = stage.write_everywhere(topic, 3, 20)
    groups = [f"{stage.group}-{n}" for n in range(2)]
    readers = [[stage.join(topic, group=group) for _ in range(2)] for group in groups]
    for group, members in zip(groups, readers):
        eventually(lambda: set(written) <= {v for m in members for v in m.values()}, f"{group} has read all")
    for group, members in zip(groups, readers):
        stage.wait_until_balanced(topic, 3, members, group)


@case()
def nothing_is_lost_while_consumers_come_and_go(stage):
    topic = stage.topic(3)
    writing = Writing(stage, topic, 3)
    writing.start()
    staying = stage.join(topic, session=LONG_SESSION, autoCommit=200)
    members = [staying]
    staying.wait_for(10)
    for _ in range(2):
        members.append(stage.join(topic, session=LONG_SESSION, autoCommit=200))
        stage.wait_until_balanced(topic, 3, [staying, members[-1]])
        members[-1].wait_for(10)
        members[-1].leave()
        staying.wait_for_partitions(3)
    written = writing.finish()
    eventually(lambda: set(written) <= {v for m in members for v in m.values()}, "everything has been read by somebody")


@case("grows")
def a_topic_that_grows_is_shared_anew(stage):
    topic = stage.topic(1)
    members = [stage.join(topic, session=LONG_SESSION), stage.join(topic, session=LONG_SESSION)]
    stage.wait_until_balanced(topic, 1, members)
    stage.grow(topic, 4)
    stage.wait_until_balanced(topic, 4, members)
    written = stage.write_everywhere(topic, 4, 3)
    eventually(lambda: set(written) <= {v for m in members for v in m.values()}, "the new partitions are read")


@case("pattern")
def topics_that_match_a_pattern(stage):
    first = stage.topic(1, "one")
    member = stage.join(None, pattern=f"^{stage.name}-(one|two)$", session=LONG_SESSION)
    stage.topic(1, "three")
    equal(member.wait_for_partitions(1), {(first, 0)})
    if "pattern-refresh" in stage.library.features:
        second = stage.topic(1, "two")
        equal(member.wait_for_partitions(2), {(first, 0), (second, 0)})
        written = stage.write(second, 0, 3)
        member.wait_for(3)
        equal(member.values(), written)


@case("cooperative")
def a_cooperative_rebalance_takes_only_what_moves(stage):
    topic = stage.topic(4)
    first = stage.join(topic, strategies=["cooperative"], session=LONG_SESSION)
    first.wait_for_partitions(4)
    second = stage.join(topic, strategies=["cooperative"], session=LONG_SESSION)
    stage.wait_until_balanced(topic, 4, [first, second])
    revoked = [p for what, partitions in first.history if what == "revoked" for p in partitions]
    equal(sorted(revoked), sorted(second.assignment), "what the first had to give")
    second.leave()
    first.wait_for_partitions(4)
    assigned = [p for what, partitions in first.history if what == "assigned" for p in partitions]
    equal(len(assigned), 6, "partitions that the first was given, all and two again")


@case("static")
def a_static_member_restarts_without_a_rebalance(stage):
    topic = stage.topic(2)
    settings = {"session": 30000}
    stays = stage.join(topic, instance=f"{stage.name}-x", **settings)
    restarts = stage.join(topic, instance=f"{stage.name}-y", **settings)
    stage.wait_until_balanced(topic, 2, [stays, restarts])
    had, past = set(restarts.assignment), list(stays.history)
    restarts.leave()  # which a static member does not tell the broker
    equal(len(stage.describe()["members"]), 2, "members while one is away")
    again = stage.join(topic, instance=f"{stage.name}-y", **settings)
    equal(again.wait_for_partitions(1), had)
    stage.wait_until_balanced(topic, 2, [stays, again])
    equal(stays.history, past, "what happened to the other")
    instances = {m["instance"] for m in stage.describe()["members"]}
    equal(instances, {f"{stage.name}-x", f"{stage.name}-y"}, "instances")


@case("static")
def the_second_of_the_same_static_instance_fences_the_first(stage):
    topic = stage.topic(1)
    settings = {"instance": f"{stage.name}-x", "session": 30000}
    first = stage.join(topic, **settings)
    first.wait_for_partitions(1)
    second = stage.join(topic, **settings)
    second.wait_for_partitions(1)
    # A heartbeat or this commit, whichever is first, tells it why; the other may be refused in the library's own words.
    refused = raises(Refused, lambda: first.commit([[topic, 0, 0, ""]])).name
    if "FENCED_INSTANCE_ID" not in refused:
        first.wait_for_error("FENCED_INSTANCE_ID")
    equal(len(stage.describe()["members"]), 1, "members")


@case("strategies")
def the_strategy_that_all_know_is_chosen(stage):
    topic = stage.topic(2)
    both = stage.join(topic, strategies=["range", "roundrobin"])
    both.wait_for_partitions(2)
    equal(stage.describe()["protocol"], "range")
    one = stage.join(topic, strategies=["roundrobin"])
    stage.wait_until_balanced(topic, 2, [both, one])
    equal(stage.describe()["protocol"], "roundrobin")


@case("strategies")
def a_member_with_no_strategy_in_common_is_refused(stage):
    topic = stage.topic(2)
    first = stage.join(topic, strategies=["range"])
    first.wait_for_partitions(2)
    stage.join(topic, strategies=["roundrobin"]).wait_for_error("INCONSISTENT_GROUP_PROTOCOL")
    stage.wait_until_balanced(topic, 2, [first])


@case()
def a_session_that_is_too_short_is_refused(stage):
    topic = stage.topic(1)
    stage.join(topic, session=2000).wait_for_error("INVALID_SESSION_TIMEOUT")
