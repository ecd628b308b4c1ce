"""kafka-consumer-groups and kafka-groups.

A group that is only looked at is the same for both tools. What changes a group is done to one of its own for each, named
like its topic.
"""

import contextlib
import os
import pathlib
import subprocess
import sys

from beside import CONSUMER_GROUPS, GROUPS, KAFKA_TOPIC, OTTLA_TOPIC, PRODUCER, SERVER, WORK, kafka, make, ottla, same, wrong
from harness.check import case, equal, eventually, true

MEMBER = pathlib.Path(__file__).with_name("member.py")
KAFKA_ITSELF = os.environ.get("TARGET") != "ottla"
NOTHING = "cli-no-such-group"


def tell(*words, **more):
    return same(CONSUMER_GROUPS, *SERVER, *words, **more)


def commit(group, topics, offset="--to-latest"):
    """A group without members that has read these topics."""
    words = [word for topic in topics for word in ("--topic", topic)]
    done = ottla(CONSUMER_GROUPS, *SERVER, "--reset-offsets", "--group", group, *words, offset, "--execute")
    true(done.code == 0 and "NEW-OFFSET" in done.out, done.out + done.err)


def fill(topic, lines=10):
    for name in (KAFKA_TOPIC, OTTLA_TOPIC):
        feed = "".join(f"k{n}\tv{n}\n" for n in range(lines))
        equal(ottla(PRODUCER, *SERVER, "--topic", name.format(topic), "--reader-property", "parse.key=true", feed=feed).code, 0)


@contextlib.contextmanager
def members(group, *each):
    """Members of a group with these topics and configurations, once they have settled; they leave at the end."""
    running = [
        subprocess.Popen([sys.executable, str(MEMBER), topics, group, *more], stdin=subprocess.PIPE) for topics, *more in each
    ]

    def state():
        return ottla(CONSUMER_GROUPS, *SERVER, "--describe", "--group", group, "--state").out.split()[-2:]

    try:
        eventually(lambda: state() == ["Stable", str(len(each))], f"{group} has {len(each)} members")
        yield
    finally:
        for process in running:
            process.stdin.close()
        for process in running:
            process.wait(30)
    # Static members go when their session ends.
    eventually(lambda: state() == ["Empty", "0"], f"{group} has no members")


# ---- options


@case
def wrong_words_of_kafka_consumer_groups():
    for words in (
        (*SERVER,),
        ("--list",),
        (*SERVER, "--list", "--describe", "--group", "g"),
        (*SERVER, "--list", "--describe", "--all-groups"),
        (*SERVER, "--list", "--members"),
        (*SERVER, "--list", "--members", "--verbose", "--offsets"),
        (*SERVER, "--delete", "--group", "g", "--type", "--state", "--members", "--verbose", "--offsets"),
        (*SERVER, "--delete", "--group", "g", "--topic", "t"),
        (*SERVER, "--delete"),
        (*SERVER, "--describe"),
        (*SERVER, "--describe", "--group", "g", "--members", "--state"),
        (*SERVER, "--describe", "--group", "g", "--state", "Stable"),
        (*SERVER, "--describe", "--group", "g", "--state", "a", "--state", "b"),
        (*SERVER, "--describe", "--group", "g", "--topic", "t"),
        (*SERVER, "--describe", "--group", "g", "--all-groups"),
        (*SERVER, "--list", "--group", "g"),
        (*SERVER, "--list", "--state", "nonsense"),
        (*SERVER, "--list", "--state", "stable,NotReady"),
        (*SERVER, "--list", "--type", "share"),
        (*SERVER, "--delete-offsets", "--group", "g"),
        (*SERVER, "--delete-offsets", "--topic", "t"),
        (*SERVER, "--reset-offsets", "--dry-run"),
        (*SERVER, "--reset-offsets"),
        (*SERVER, "--reset-offsets", "--group", "g", "--dry-run", "--execute"),
        (*SERVER, "--reset-offsets", "--group", "g", "--dry-run", "--to-offset", 1, "--to-latest"),
        (*SERVER, "--reset-offsets", "--group", "g", "--dry-run", "--to-current", "--shift-by", -1),
        (*SERVER, "--reset-offsets", "--group", "g", "--dry-run", "--by-duration", "PT1S", "--to-earliest", "--to-latest"),
        (*SERVER, "--reset-offsets", "--group", "g", "--dry-run", "--to-earliest"),
        (*SERVER, "--timeout"),
        ("--validate-regex",),
        ("--validate-regex", "a", "--validate-regex", "b"),
        ("--validate-regex", "a", "--list"),
    ):
        wrong(CONSUMER_GROUPS, *words)


@case
def values_that_make_no_sense_are_told_the_same():
    for words in (
        ("--list", "--timeout", "x"),
        ("--list", "--state", "stable", "--state", "empty"),
        ("--list", *SERVER),
        ("--list", "--command-config", "/nowhere/at.all"),
        ("--list", "--to-offset", "x"),
        ("--list", "--by-duration", "a", "--by-duration", "b"),
        ("--delete-offsets", "--group", "a", "--group", "b", "--topic", "t"),
        ("--reset-offsets", "--group", "g", "--topic", "t", "--dry-run", "--shift-by", "x"),
    ):
        tell(*words)
    same(CONSUMER_GROUPS, "--bootstrap-server", "nonsense", "--list")
    same(GROUPS, "--bootstrap-server", "nonsense", "--list")


@case
def wrong_words_of_kafka_groups():
    for words in (
        ("--list",),
        (*SERVER,),
        (*SERVER, "--list", "--group-type", "odd"),
        (*SERVER, "--list", "--group-type", "classic", "--group-type", "share"),
        (*SERVER, "--list", "--consumer", "--share"),
        (*SERVER, "--list", "--share", "--protocol", "a"),
        (*SERVER, "--list", "--streams", "--group-type", "streams"),
        (*SERVER, "--list", "--command-config", "/nowhere/at.all"),
    ):
        wrong(GROUPS, *words)


@case
def regular_expressions_are_judged_the_same():
    for regex in (
        "", "a", "a(", "a)", "(a))", "[a", "a**", "a++", "a*?", "a*?+", "a{1001}", "a{2,1}", "a{,5}", "a{02}", "a{2", "a{2}?", "a{2}{3}",
        "x{99999999999}", "*", "a|*", "(*)", "(|a)*", "()*", "^*", "x|", "(?i)*", "a(?i)*", r"\C", "a\\", "[\\", r"\8", r"\1", r"\12",
        r"\07", r"\z", r"\Z", r"\b+", r"\x", r"\x4", r"\x41", r"\x{zz}", r"\x{}", r"\x{110000}", r"\_", r"\q", r"\k<n>", r"\Qa(b", r"\Q(*\E*",
        r"\Q", r"\Q*", r"\E", "(?P<n", "(?P<n>a)(?P<n>b)", "(?<n>a)", "(?P<1a>x)", "(?P<>x)", "(?<=a)", "(?<!a>b)", "(?P=n)", "(?=a)", "(?z)",
        "(?", "(?i", "(?i)a", "(?)", "(?-)", "(?i-)", "(?i-s:a)", "(?i--s)", "(?:a", "(?#a)", r"\p{Greek}", r"\pN", r"\p", r"\p{", r"\p{Nope}",
        r"\P{^Greek}", r"\p{}", r"\p{^}", r"\p{Any}", r"\p{greek}", "[[:alpha:]]", "[[:^alpha:]]", "[[:nope:]]", "[[:alpha:]", "[[.a.]]",
        "[]a]", "[]", "[^]", "[^]a]", "[z-a]", "[a-b-c]", "[a-]", "[a-", r"[a-\d]", r"[\d-z]", r"[\p{Nope}]", r"[\]]", "orders-.*|(refunds)?",
    ):
        same(CONSUMER_GROUPS, "--validate-regex", regex)


# ---- groups that are only looked at


@case
def groups_are_listed():
    make("listed", 3)
    for group in ("cli-listed-a", "cli-listed-b", "cli-listed-with-quite-a-long-name", "cli listed with blanks", "cli-listed-ümläut"):
        commit(group, [KAFKA_TOPIC.format("listed")])
    for words in ((), ("--state",), ("--type",), ("--state", "--type"), ("--state", "empty"), ("--state", "Stable, Dead"),
                  ("--state=Assigning,Empty",), ("--type", "classic"), ("--type", "CONSUMER"), ("--type", "classic,consumer", "--state", "empty"),
                  ("--state", ""), ("--timeout", 20000)):
        tell("--list", *words)
    for words in ((), ("--consumer",), ("--share",), ("--streams",), ("--group-type", "classic"), ("--group-type", "Consumer"),
                  ("--protocol", "consumer"), ("--protocol", ""), ("--group-type", "classic", "--protocol", "consumer")):
        same(GROUPS, *SERVER, "--list", *words)


@case
def groups_without_members_are_described():
    make("described", 3)
    fill("described")
    long = make("described-by-quite-a-long-name") or KAFKA_TOPIC.format("described-by-quite-a-long-name")
    commit("cli-described", [KAFKA_TOPIC.format("described"), long])
    commit("cli-described-by-quite-a-long-name", [KAFKA_TOPIC.format("described")], "--to-earliest")
    one, two = ("--group", "cli-described"), ("--group", "cli-described", "--group", "cli-described-by-quite-a-long-name")
    for groups in (one, two, two + one, ("--all-groups",), ("--group", NOTHING), one + ("--group", NOTHING), ("--group", "")):
        # Of many groups, those that share a bucket of Java's map come in any order.
        many = {"any_order": "--all-groups" in groups}
        for view in ((), ("--offsets",), ("--members",), ("--state",)):
            tell("--describe", *groups, *view, **many)
            tell("--describe", *groups, *view, "--verbose", **many)


@case
def groups_with_members_are_described():
    make("members", 4)
    fill("members")
    topic = KAFKA_TOPIC.format("members")
    commit("cli-members", [f"{topic}:0,2"], "--to-earliest")
    with members("cli-members", (topic, "client.id=one"), (topic, "client.id=quite-a-long-client-id"), (topic, "client.id=three")):
        for view in ((), ("--offsets",), ("--members",), ("--state",)):
            tell("--describe", "--group", "cli-members", *view)
            tell("--describe", "--group", "cli-members", *view, "--verbose")
        tell("--list", "--state")
        tell("--list", "--state", "stable", "--type", "classic")
        same(GROUPS, *SERVER, "--list", "--consumer")
        # What a group with members does not allow.
        tell("--reset-offsets", "--group", "cli-members", "--topic", topic, "--to-earliest", "--execute")
        tell("--reset-offsets", "--group", "cli-members", "--topic", topic, "--to-earliest", "--dry-run", "--export")
        tell("--delete", "--group", "cli-members")
        tell("--delete", "--group", "cli-members", "--group", NOTHING)
        tell("--delete-offsets", "--group", "cli-members", "--topic", topic)
    tell("--describe", "--group", "cli-members")


@case
def members_with_names_and_members_with_nothing_are_described():
    make("static", 1)
    topic = KAFKA_TOPIC.format("static")
    with members("cli-static", (topic, "group.instance.id=first"), (topic,), (topic, "group.instance.id=quite-a-long-instance-id")):
        for view in ((), ("--members",), ("--state",)):
            tell("--describe", "--group", "cli-static", *view)
            tell("--describe", "--group", "cli-static", *view, "--verbose")


def groups_of_the_newer_protocol_are_described():
    make("newer", 3)
    fill("newer")
    topic = KAFKA_TOPIC.format("newer")
    with members("cli-newer", (topic, "group.protocol=consumer"), (topic, "group.protocol=consumer")):
        for view in ((), ("--members",), ("--state",)):
            tell("--describe", "--group", "cli-newer", *view)
            tell("--describe", "--group", "cli-newer", *view, "--verbose")
        tell("--list", "--type", "consumer", "--state")
        same(GROUPS, *SERVER, "--list", "--group-type", "consumer")
        tell("--delete-offsets", "--group", "cli-newer", "--topic", topic)
    tell("--describe", "--group", "cli-newer", "--group", "cli-static")


if KAFKA_ITSELF:  # Ottla does not serve that protocol yet
    case(groups_of_the_newer_protocol_are_described)


# ---- --reset-offsets


@case
def resets_are_planned():
    make("planned", 5)
    fill("planned", 30)
    make("planned-too", 2)
    topic, other = KAFKA_TOPIC.format("planned"), KAFKA_TOPIC.format("planned-too")
    commit("cli-planned", [f"{topic}:0,1,2"])
    commit("cli-planned-too", [other])

    def plan(*words, groups=("--group", "cli-planned")):
        # In which order Java lists groups that share a bucket differs from run to run.
        tell("--reset-offsets", *groups, *words, "--dry-run", any_order=groups.count("--group") > 1)

    targets = (("--to-earliest",), ("--to-latest",), ("--to-current",), ("--to-offset", 2), ("--to-offset", -7), ("--to-offset", 10**15),
               ("--to-offset", 1, "--to-offset", 2), ("--shift-by", -1), ("--shift-by", 3), ("--shift-by", -1000),
               ("--to-datetime", "2000-01-01T00:00:00.000"), ("--to-datetime", "2100-01-01T00:00:00.000+02:00"), ("--by-duration", "PT0S"),
               ("--by-duration", "P9D"), ("--by-duration", "-PT1H"))
    for target in targets:
        plan("--topic", f"{topic}:0,1,2", *target)
        plan("--all-topics", *target)
    for target in targets[:6]:
        plan("--topic", topic, *target)
        plan("--topic", topic, "--topic", f"{other}:1", *target)
        plan("--topic", other, "--topic", topic, *target, groups=("--group", NOTHING))
    two = ("--group", "cli-planned", "--group", "cli-planned-too")
    plan("--all-topics", "--to-earliest", groups=two)
    plan("--topic", other, "--to-latest", groups=two)
    plan("--topic", other, "--to-latest", "--export", groups=two)
    plan("--all-topics", "--to-latest", "--export")
    plan("--all-topics", "--to-latest", "--export", groups=("--group", NOTHING))
    tell("--reset-offsets", "--group", "cli-planned", "--all-topics", "--to-earliest")
    tell("--reset-offsets", "--group", "cli-planned", "--all-topics", "--to-earliest", "--export")


@case
def resets_that_make_no_sense_are_refused_the_same():
    make("senseless", 2)
    topic = KAFKA_TOPIC.format("senseless")
    commit("cli-senseless", [f"{topic}:0"])
    for words in (
        ("--topic", topic),
        ("--topic", topic, "--shift-by", 1),
        ("--topic", "nothing", "--to-latest"),
        ("--topic", "nothing:0", "--to-latest"),
        ("--topic", f"{topic}:0,7,9", "--to-latest"),
        ("--topic", f"{topic}:", "--to-latest"),
        ("--topic", f"{topic}:x", "--to-latest"),
        ("--topic", f"{topic}:1:2", "--to-latest"),
        ("--topic", "", "--to-latest"),
        ("--topic", ":0", "--to-latest"),
        ("--topic", "bad name", "--to-latest"),
        ("--topic", "bad name:0", "--to-latest"),
        *(("--topic", topic, "--topic", f"{topic}:0", *target) for target in (
            ("--to-latest",), ("--to-earliest",), ("--to-offset", 1), ("--to-current",), ("--to-datetime", "2020-01-01T00:00:00.000"))),
        ("--topic", topic, "--by-duration", "x"),
        ("--topic", topic, "--by-duration", "P1H"),
        *(("--topic", topic, "--to-datetime", time) for time in (
            "x", "2020-01-01", "2020-01-01T00:00:00", "2020-02-30T00:00:00.000", "2020-01-01T24:00:00.000", "2020-01-01T00:00:00.0000")),
    ):
        tell("--reset-offsets", "--group", "cli-senseless", *words, "--dry-run")


@case
def moments_are_understood_the_same():
    make("moments", 1)
    fill("moments", 3)
    topic = KAFKA_TOPIC.format("moments")
    for time in ("2020-01-01T00:00:00.0", "2020-01-01T00:00:00.1Z", "2020-01-01T00:00:00.12Z", "2020-1-1T0:0:0.000", "20-01-01T00:00:00.000",
                 "2020-01-01T00:00:00.000+01", "2020-01-01T00:00:00.000+0100", "2020-01-01T00:00:00.000-23:59", "2020-01-01T00:00:00.000-13:01",
                 "2020-01-01T00:00:00.000+14:30", "2020-01-01T00:00:00.000+1",
                 "2020-01-01T00:00:00.000Zx", " 2020-01-01T00:00:00.000", "2020-02-29T23:59:59.999", "2021-02-29T00:00:00.000", "T",
                 "2020-01-01T00:00:60.000", "2020-01-01T00:60:00.000", "2020-00-01T00:00:00.000", "2020-01-00T00:00:00.000"):
        tell("--reset-offsets", "--group", NOTHING, "--topic", topic, "--to-datetime", time, "--dry-run")
    for span in ("PT1S", "pt1h", "P1DT2H3M4.5S", "PT-1H", "+PT1H", "P", "PT", "P1DT", "1D", "PT1D", "PT1M1H", "PT1,5S", "PT.5S", "P1W",
                 "P99999999999999999999D", "PT1.1234567890S"):
        tell("--reset-offsets", "--group", NOTHING, "--topic", topic, "--by-duration", span, "--dry-run")


@case
def resets_are_done():
    make("reset", 3)
    fill("reset", 20)

    def reset(*words, **more):
        tell("--reset-offsets", "--group", "{t}", *words, "--execute", topic="reset", any_order=True, **more)
        tell("--describe", "--group", "{t}", topic="reset")

    for words in (("--to-earliest",), ("--to-latest",), ("--shift-by", -2), ("--to-offset", 1), ("--to-current",), ("--export", "--to-latest")):
        reset("--topic", "{t}", *words)
        reset("--topic", "{t}:1", *words)
    reset("--all-topics", "--to-earliest")
    tell("--reset-offsets", "--group", "empty-{t}", "--all-topics", "--to-earliest", "--execute", topic="reset")
    tell("--describe", "--group", "empty-{t}", topic="reset")


@case
def plans_are_read_from_files():
    make("filed", 3)
    fill("filed", 20)
    topic = KAFKA_TOPIC.format("filed")
    commit("cli-filed", [topic])
    path = WORK / "plan.csv"

    def plan(text, *groups):
        path.write_text(text)
        groups = [word for group in groups or ("cli-filed",) for word in ("--group", group)]
        return tell("--reset-offsets", *groups, "--from-file", path, "--dry-run")

    exported = kafka(CONSUMER_GROUPS, *SERVER, "--reset-offsets", "--group", "cli-filed", "--all-topics", "--to-latest", "--export", "--dry-run").out
    true("cli-filed-topic" in plan(exported.strip()), "an exported plan can be read")
    for text in (f"{topic},0,1\n{topic},2,3\n", f"cli-filed,{topic},0,1\n", f"other,{topic},0,1\n", f'"{topic}",0,1\r\n{topic}, 1 ,2\n',
                 f"{topic},0\n", f"{topic},,\n", f"{topic},0,-1\n", f"{topic},0,x\n", f"{topic},0,1,2,3\n", f'"{topic},0,1\n', "", "\n",
                 f"{topic},0,1\n\n{topic},1,1\n", f"{topic},99999999999,1\n", f"{topic},0,1\n{topic},0,2\n", f"{topic},0,99999\n"):
        plan(text)
    plan(f"cli-filed,{topic},0,1\ncli-filed-too,{topic},1,2\n", "cli-filed", "cli-filed-too")
    plan(f"{topic},0,1\n", "cli-filed", "cli-filed-too")
    tell("--reset-offsets", "--group", "cli-filed", "--from-file", "/nowhere/at.all", "--dry-run")
    path.write_text(f"cli-filed,{topic},0,1\n")
    tell("--reset-offsets", "--all-groups", "--from-file", path, "--dry-run", any_order=True)


# ---- --delete-offsets and --delete


@case
def offsets_are_deleted():
    make("forgotten", 3)
    make("forgotten-too", 1)
    for name in (KAFKA_TOPIC, OTTLA_TOPIC):
        commit(name.format("forgotten"), [name.format("forgotten"), name.format("forgotten-too")])
    for words in (("{t}:0",), ("{t}:0",), ("{t}:9",), ("{t}:1", "nothing:0"), ("nothing",), ("nothing", "{t}:1"), ("",), ("bad name",), ("{t}",),
                  ("{t}:x",), ("{t}:",)):
        topics = [word for topic in words for word in ("--topic", topic)]
        tell("--delete-offsets", "--group", "{t}", *topics, topic="forgotten")
        tell("--describe", "--group", "{t}", topic="forgotten")
    tell("--delete-offsets", "--group", NOTHING, "--topic", "{t}", topic="forgotten")
    tell("--delete-offsets", "--group", "", "--topic", "{t}", topic="forgotten")


@case
def groups_are_deleted():
    make("deleted", 1)
    for name in (KAFKA_TOPIC, OTTLA_TOPIC):
        for suffix in ("", "-too", "-three"):
            commit(name.format("deleted") + suffix, [name.format("deleted")])
    tell("--delete", "--group", "{t}", topic="deleted")
    tell("--describe", "--group", "{t}", topic="deleted")
    tell("--delete", "--group", "{t}", topic="deleted")
    tell("--delete", "--group", "{t}-too", "--group", NOTHING, topic="deleted", any_order=True)
    tell("--delete", "--group", "{t}-three", "--group", "{t}-three", topic="deleted")
    tell("--delete", "--group", "")


@case
def all_groups_are_deleted():
    make("all-deleted", 1)
    topic = KAFKA_TOPIC.format("all-deleted")
    printed = []
    ottla(CONSUMER_GROUPS, *SERVER, "--delete", "--all-groups")
    for tool in (kafka, ottla):
        for group in ("cli-all-a", "cli-all-b"):
            commit(group, [topic])
        printed.append(tool(CONSUMER_GROUPS, *SERVER, "--delete", "--all-groups"))
        equal(ottla(CONSUMER_GROUPS, *SERVER, "--list").out, "")
    theirs, ours = printed
    equal((ours.code, ours.out), (theirs.code, theirs.out))
    for words in (("--delete", "--all-groups"), ("--describe", "--all-groups"), ("--list", "--state"),
                  ("--reset-offsets", "--all-groups", "--all-topics", "--to-latest", "--dry-run")):
        tell(*words)


@case
def a_cluster_that_is_not_there_is_told_the_same_by_the_tools_for_groups():
    config = WORK / "short-groups.properties"
    config.write_text("default.api.timeout.ms=1500\nrequest.timeout.ms=1000\n")
    nowhere = ("--bootstrap-server", "127.0.0.1:1", "--timeout", 1500)
    for words in (("--list",), ("--list", "--state"), ("--describe", "--group", "g"), ("--describe", "--all-groups"), ("--delete", "--group", "g"),
                  ("--reset-offsets", "--group", "g", "--topic", "t", "--to-latest", "--dry-run"),
                  ("--delete-offsets", "--group", "g", "--topic", "t:0")):
        same(CONSUMER_GROUPS, *nowhere, *words)
    same(GROUPS, "--bootstrap-server", "127.0.0.1:1", "--command-config", config, "--list")
