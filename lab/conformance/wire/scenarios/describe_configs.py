"""DescribeConfigs (32) of topics and brokers: values, where they come from, and in what order they win."""

API = "DescribeConfigs"
ALL = range(1, 5)
TOPIC, BROKER, LOGGER, CLIENT_METRICS, GROUP = 2, 4, 8, 16, 32


def asked(kind, name, keys=None, synonyms=False, docs=False):
    return {"Resources": [{"ResourceType": kind, "ResourceName": name, "ConfigurationKeys": keys}],
            "IncludeSynonyms": synonyms, "IncludeDocumentation": docs}


def play(s):
    plain = s.topic("configs-plain")
    made = s.topic("configs-made", cleanup_policy="compact,delete", retention_ms="123456789", max_message_bytes="5000",
                   min_cleanable_dirty_ratio="0.25", preallocate="true", compression_type="lz4", internal_segment_bytes="1000")
    s.canonical.learn_text(data_directory(s), "<data>")

    s.ask_each("a topic of defaults", API, ALL, asked(TOPIC, plain))
    s.ask_each("a topic with values of its own", API, ALL, asked(TOPIC, made))
    s.ask_each("with synonyms", API, (1, 4), asked(TOPIC, made, synonyms=True))
    s.ask_each("with documentation", API, (3, 4), asked(TOPIC, made, docs=True))
    s.ask_each("two keys", API, ALL, asked(TOPIC, made, ["retention.ms", "cleanup.policy"]))
    s.ask_each("a key that is none", API, (1, 4), asked(TOPIC, made, ["retention.ms", "no.such.key"]))
    s.ask_each("no keys, but an empty list", API, (1, 4), asked(TOPIC, made, []))
    s.ask_each("unknown topic", API, ALL, asked(TOPIC, "configs-unknown"))
    s.ask_each("a bad topic name", API, (1, 4), asked(TOPIC, "a b"))
    s.ask_each("an empty topic name", API, (1, 4), asked(TOPIC, ""))
    s.ask_each("a kind that is none", API, (1, 4), asked(99, "x"))
    s.ask_each("the unknown kind", API, (1, 4), asked(0, "x"))
    s.ask_each("nothing", API, (1, 4), {"Resources": []})
    s.ask_each("two topics, one of them unknown", API, (1, 4), {"Resources": [
        {"ResourceType": TOPIC, "ResourceName": plain, "ConfigurationKeys": ["retention.ms"]},
        {"ResourceType": TOPIC, "ResourceName": "configs-unknown", "ConfigurationKeys": ["retention.ms"]}]})
    s.ask_each("a topic twice", API, (1, 4), {"Resources": [
        {"ResourceType": TOPIC, "ResourceName": plain, "ConfigurationKeys": ["retention.ms"]},
        {"ResourceType": TOPIC, "ResourceName": plain, "ConfigurationKeys": ["segment.ms"]}]})

    s.ask("the broker", API, 4, asked(BROKER, "1", synonyms=True))
    s.ask_each("some of the broker's", API, ALL, asked(BROKER, "1", ["log.retention.ms", "num.partitions", "listeners", "node.id",
                                                                    "log.dirs", "ssl.keystore.password"], synonyms=True, docs=True))
    s.ask_each("every broker's", API, (1, 4), asked(BROKER, ""))
    s.ask_each("another broker", API, (1, 4), asked(BROKER, "2"))
    s.ask_each("a broker that is no number", API, (1, 4), asked(BROKER, "one"))


def data_directory(s):
    """The value of log.dirs, to be hidden in whatever names a path."""
    answer = s.quietly(API, 4, asked(BROKER, "1", ["log.dirs"]))
    return answer["Results"][0]["Configs"][0]["Value"]
