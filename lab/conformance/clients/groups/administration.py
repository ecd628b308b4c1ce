"""What the libraries' administrative clients say about groups and do to them."""

from harness.check import equal, raises, true

from .balance import case
from .host import Refused, eventually


def refused(action):
    return raises(Refused, action).name


@case()
def a_group_is_listed_and_described(stage):
    topic = stage.topic(2)
    members = [stage.join(topic), stage.join(topic)]
    stage.wait_until_balanced(topic, 2, members)
    true(stage.group in stage.call("groups"), "it is not in the list")
    described = stage.describe()
    equal(described["state"], "Stable")
    true(described["protocol"], "no protocol")
    equal({m["client"] for m in described["members"]}, {m.name for m in members}, "client ids")
    if "describes-assignments" in stage.library.features:
        owned = {m["client"]: {tuple(p) for p in m["partitions"]} for m in described["members"]}
        equal(owned, {m.name: m.assignment for m in members}, "assignments")
    for member in members:
        member.commit([[topic, p, 0, ""] for _, p in member.assignment])
    for member in members:
        member.leave()
    described = stage.describe()
    equal([described["state"], described["members"]], ["Empty", []], "the group that all have left")
    true(stage.group in stage.call("groups"), "it is not in the list when it is empty")


@case("delete-group")
def a_group_is_deleted_once_it_is_empty(stage):
    topic = stage.topic(1)
    stage.write(topic, 0, 3)
    member = stage.join(topic)
    member.wait_for(3)
    member.commit()
    equal(refused(lambda: stage.call("delete", group=stage.group)), "NON_EMPTY_GROUP")
    member.leave()
    stage.call("delete", group=stage.group)
    true(stage.group not in stage.call("groups"), "it is still in the list")
    equal(stage.offsets(), {}, "its offsets")
    equal(refused(lambda: stage.call("delete", group=stage.group)), "GROUP_ID_NOT_FOUND")
    again = stage.join(topic)
    again.wait_for(3)


@case("set-offsets")
def the_offsets_of_an_empty_group_are_set(stage):
    topic = stage.topic(2)
    stage.write_everywhere(topic, 2, 10)
    # Of a group that was never there, too.
    stage.call("set-offsets", group=stage.group, offsets=[[topic, 0, 7], [topic, 1, 9]])
    equal(stage.offsets(), {(topic, 0): 7, (topic, 1): 9})
    member = stage.join(topic)
    member.wait_for(4)
    equal(sorted(member.offsets()), [(0, 7), (0, 8), (0, 9), (1, 9)])
    if "set-offsets-refused" in stage.library.features:
        equal(refused(lambda: stage.call("set-offsets", group=stage.group, offsets=[[topic, 0, 0]])), "UNKNOWN_MEMBER_ID")
    member.leave()
    stage.call("set-offsets", group=stage.group, offsets=[[topic, 0, 9], [topic, 1, 10]])
    member = stage.join(topic)
    member.wait_for(1)
    equal(member.offsets(), [(0, 9)])


@case("reset-offsets")
def a_group_is_reset_to_the_beginning_and_to_the_end(stage):
    topic = stage.topic(2)
    stage.write_everywhere(topic, 2, 5)
    for end, expected in (("latest", 5), ("earliest", 0)):
        stage.call("reset-offsets", group=stage.group, topic=topic, end=end)
        # A library may commit where the group is to begin, or that it is to begin at that end.
        after = {p: o for p, o in stage.offsets().items() if o != expected}
        equal(after, {}, f"offsets that are not at the {end}")
    member = stage.join(topic)
    member.wait_for(10)


@case("delete-offsets")
def offsets_are_deleted_of_topics_that_nobody_reads(stage):
    topic, other = stage.topic(1), stage.topic(1, "other")
    stage.write(topic, 0, 3)
    stage.write(other, 0, 3)
    member = stage.join([topic, other])
    member.wait_for(6)
    member.commit()
    member.leave()
    member = stage.join(topic)
    member.wait_for_partitions(1)
    equal(refused(lambda: stage.call("delete-offsets", group=stage.group, partitions=[[topic, 0]])), "GROUP_SUBSCRIBED_TO_TOPIC")
    stage.call("delete-offsets", group=stage.group, partitions=[[other, 0]])
    equal(stage.offsets(), {(topic, 0): 3})
    nowhere = f"{stage.group}-not-there"
    equal(refused(lambda: stage.call("delete-offsets", group=nowhere, partitions=[[topic, 0]])), "GROUP_ID_NOT_FOUND")


@case("remove-members", "static")
def a_static_member_is_removed_by_the_admin(stage):
    topic = stage.topic(2)
    settings = {"session": 30000}
    stays = stage.join(topic, instance=f"{stage.name}-x", **settings)
    goes = stage.join(topic, instance=f"{stage.name}-y", **settings)
    stage.wait_until_balanced(topic, 2, [stays, goes])
    goes.leave()
    stage.call("remove-members", group=stage.group, instances=[f"{stage.name}-y"])
    stage.wait_until_balanced(topic, 2, [stays])
    eventually(lambda: [m["instance"] for m in stage.describe()["members"]] == [f"{stage.name}-x"], "one instance is left")
