"""Where a group is: committing, coming back, and what holds where nothing was committed."""

from harness.check import equal, raises

from .balance import case
from .host import Refused, eventually
from .stage import LONG_SESSION


@case()
def a_group_comes_back_to_what_it_committed(stage):
    topic = stage.topic(2)
    stage.write_everywhere(topic, 2, 10)
    before = stage.join(topic)
    before.wait_for(20)
    before.commit()
    equal(stage.offsets(), {(topic, 0): 10, (topic, 1): 10})
    before.leave()
    late = stage.write_everywhere(topic, 2, 5)
    after = stage.join(topic)
    after.wait_for(10)
    equal(sorted(after.values()), sorted(late), "what was read after coming back")


@case()
def what_was_not_committed_is_read_again(stage):
    topic = stage.topic(1)
    written = stage.write(topic, 0, 10)
    for _ in range(2):
        member = stage.join(topic)
        member.wait_for(10)
        equal(member.values(), written)
        member.leave()
    equal(stage.offsets(), {})


@case()
def offsets_are_committed_on_the_way_and_at_the_end(stage):
    topic = stage.topic(1)
    stage.write(topic, 0, 10)
    before = stage.join(topic, autoCommit=200)
    before.wait_for(10)
    eventually(lambda: stage.offsets() == {(topic, 0): 10}, "the ten are committed")
    stage.write(topic, 0, 3)
    before.wait_for(13)
    before.leave()
    equal(stage.offsets(), {(topic, 0): 13}, "after the end")
    late = stage.write(topic, 0, 2)
    after = stage.join(topic)
    after.wait_for(2)
    equal(after.values(), late)


@case()
def a_certain_offset_with_metadata(stage):
    topic = stage.topic(2)
    stage.write_everywhere(topic, 2, 10)
    before = stage.join(topic)
    before.wait_for(20)
    before.commit([[topic, 0, 4, "größer ✓ 漢字"], [topic, 1, 10, ""]])
    equal(stage.committed(), {(topic, 0): (4, "größer ✓ 漢字"), (topic, 1): (10, "")})
    before.leave()
    after = stage.join(topic)
    after.wait_for(6)
    equal(after.offsets(), [(0, offset) for offset in range(4, 10)])


@case()
def metadata_that_is_too_long_is_refused(stage):
    topic = stage.topic(1)
    stage.write(topic, 0, 3)
    member = stage.join(topic)
    member.wait_for(3)
    # The limit is 4096 bytes, of which librdkafka takes one for itself.
    member.commit([[topic, 0, 1, "x" * 4095]])
    equal(stage.committed(), {(topic, 0): (1, "x" * 4095)})
    refused = raises(Refused, lambda: member.commit([[topic, 0, 2, "x" * 4097]]))
    equal(refused.name, "OFFSET_METADATA_TOO_LARGE")
    equal(stage.offsets()[topic, 0], 1, "the offset as it was")


@case()
def where_nothing_was_committed_the_reset_rule_holds(stage):
    topic = stage.topic(1)
    old = stage.write(topic, 0, 5)
    earliest = stage.join(topic, group=f"{stage.group}-earliest")
    latest = stage.join(topic, group=f"{stage.group}-latest", reset="latest")
    earliest.wait_for(5)
    equal(earliest.values(), old)
    latest.wait_for_partitions(1)
    # When its position stands is its own affair: what is written until a record comes may be before or after.
    eventually(lambda: stage.write(topic, 0, 1) and latest.records, "the one from the end reads something", interval=0.2)
    equal([v for v in latest.values() if v in old], [], "old records of the one from the end")
    if "reset-none" in stage.library.features:
        stage.join(topic, group=f"{stage.group}-none", reset="none").wait_for_error("NO_OFFSET")


@case()
def a_committed_offset_past_the_end_is_reset(stage):
    topic = stage.topic(1)
    written = stage.write(topic, 0, 5)
    before = stage.join(topic)
    before.wait_for(5)
    before.commit([[topic, 0, 5000, ""]])
    before.leave()
    after = stage.join(topic)
    after.wait_for(5)
    equal(after.values(), written)


@case()
def pause_resume_and_seek(stage):
    topic = stage.topic(2)
    written = stage.write_everywhere(topic, 2, 5)
    member = stage.join(topic, session=LONG_SESSION)
    member.wait_for(10)
    equal(sorted(member.values()), sorted(written))
    member.pause([[topic, 0]])
    stage.write(topic, 0, 3)
    flowing = stage.write(topic, 1, 3)
    member.wait_for(13)
    equal(member.values()[10:], flowing, "while one is paused")
    member.resume([[topic, 0]])
    member.wait_for(16)
    equal(member.offsets()[13:], [(0, 5), (0, 6), (0, 7)], "after it is resumed")
    member.seek(topic, 1, 6)
    member.wait_for(18)
    equal(member.offsets()[16:], [(1, 6), (1, 7)], "after the seek")


@case()
def groups_of_every_name(stage):
    topic = stage.topic(1)
    written = stage.write(topic, 0, 2)
    names = ["größer ✓ 漢字 🦦", "with spaces, and / slashes", "." * 3, "x" * 500]
    members = {name: stage.join(topic, group=f"{stage.group} {name}") for name in names}
    for name, member in members.items():
        member.wait_for(2)
        equal(member.values(), written, name)
        member.commit()
        equal(stage.offsets(f"{stage.group} {name}"), {(topic, 0): 2}, name)


@case("assign")
def a_consumer_that_assigns_itself_commits_without_members(stage):
    topic = stage.topic(2)
    stage.write_everywhere(topic, 2, 4)
    before = stage.join(None, assign=[[topic, 0]])
    before.wait_for(4)
    before.commit()
    equal(stage.offsets(), {(topic, 0): 4})
    described = stage.describe()
    equal([described["state"], described["members"]], ["Empty", []], "the group")
    before.leave()
    late = stage.write(topic, 0, 2)
    after = stage.join(None, assign=[[topic, 0], [topic, 1]])
    after.wait_for(6)
    equal([v for v in after.values() if v.startswith("0-")], late)
