"""CreateTopics (19): names, numbers, placements, configurations, and all that is refused."""

API = "CreateTopics"
ALL = range(2, 8)
ENDS = (2, 4, 5, 7)
DEFAULT = 5  # where a configuration's value comes from: nobody set it


def topic(name, partitions=1, replicas=1, assignments=(), **configs):
    return {"Name": name, "NumPartitions": partitions, "ReplicationFactor": replicas,
            "Assignments": [{"PartitionIndex": p, "BrokerIds": list(b)} for p, b in assignments],
            "Configs": [{"Name": k.replace("_", "."), "Value": v} for k, v in configs.items()]}


def play(s):
    def create(what, versions, *make, validate=False, whole=False):
        """`make` are functions of the version, so that each version makes topics of its own. Of the configurations
        only those are compared that are no defaults, unless the `whole` answer is wanted."""
        for version in versions:
            asked = {"Topics": [m(version) for m in make], "timeoutMs": 30000, "validateOnly": validate}
            s.ask(what, API, version, asked, lambda a: learned(s, a) if whole else without_defaults(learned(s, a)))

    def refuse(what, made, versions=ENDS):
        create(what, versions, lambda v: made)

    def name(what, version):
        return f"create-{what}-{version}"

    create("a topic", ALL, lambda v: topic(name("one", v)), whole=True)
    create("five partitions", ALL, lambda v: topic(name("five", v), 5))
    create("default partitions and replicas", ALL, lambda v: topic(name("default", v), -1, -1))
    create("a placement", ALL, lambda v: topic(name("placed", v), -1, -1, [(0, [1]), (1, [1])]))
    create("configured", ALL, lambda v: topic(name("configured", v), 1, 1, retention_ms="1000", cleanup_policy="compact,delete",
                                              compression_type="zstd", max_message_bytes="2000", segment_bytes="2097152"))
    create("several, some refused", ENDS, lambda v: topic(name("several-a", v)), lambda v: topic("a b"),
           lambda v: topic(name("several-b", v), 0), lambda v: topic(name("several-c", v)))
    create("only to be validated", ALL, lambda v: topic(name("validated", v), 2, retention_ms="1"), validate=True)
    create("validated, but wrong", ENDS, lambda v: topic(name("validated", v), 0), validate=True)
    s.ask("a validated topic is not there", "Metadata", 9, {"Topics": [{"Name": "create-validated-7"}], "AllowAutoTopicCreation": False})
    s.ask_each("no topics", API, ENDS, {"Topics": [], "timeoutMs": 1000})
    for timeout in (0, -1):
        s.ask(f"a timeout of {timeout}", API, 7, {"Topics": [topic(f"create-timeout{timeout}")], "timeoutMs": timeout}, lambda a: learned(s, a))

    s.topic("create-there")
    refuse("it is there", topic("create-there"), ALL)
    create("it is there, to be validated", (7,), lambda v: topic("create-there"), validate=True)
    create("twice in a request", ENDS, lambda v: topic(name("twice", v)), lambda v: topic(name("twice", v)))

    names(s, refuse)
    numbers(refuse)
    placements(refuse)
    configurations(refuse)


def learned(s, answer):
    for made in answer["Topics"]:
        if made.get("ErrorCode") == 0 and made.get("TopicId", "A" * 22) != "A" * 22:
            s.learn_topic(made["Name"], made["TopicId"])
    return answer


def without_defaults(answer):
    for made in answer["Topics"]:
        if made.get("Configs"):
            made["Configs"] = [c for c in made["Configs"] if c["ConfigSource"] != DEFAULT]
    return answer


def names(s, refuse):
    for bad in ("", ".", "..", "a b", "a/b", "a\\b", "a,b", "a:b", "ä", "a\0b", "a\nb", "x" * 250):
        refuse(f"name {bad[:8]!r}", topic(bad), (2, 7))
    refuse("the longest name", topic("y" * 249), (7,))
    refuse("dots, dashes and underscores", topic("Create.-_0"), (7,))
    s.topic("create.like-it")
    refuse("a name that is alike but for a dot", topic("create_like-it"), (7,))
    refuse("a name of Kafka's own", topic("__cluster_metadata"), (7,))


def numbers(refuse):
    for partitions in (0, -2, -100):
        refuse(f"{partitions} partitions", topic("create-no", partitions))
    refuse("far too many partitions", topic("create-no", 2_000_000), (7,))
    for replicas in (0, -2, 2, 3, 32767):
        refuse(f"{replicas} replicas", topic("create-no", 1, replicas))


def placements(refuse):
    refuse("a placement and a number of partitions", topic("create-no", 1, -1, [(0, [1])]))
    refuse("a placement and a number of replicas", topic("create-no", -1, 1, [(0, [1])]))
    refuse("a placement and both", topic("create-no", 1, 1, [(0, [1])]))
    refuse("a placement on a broker that is not there", topic("create-no", -1, -1, [(0, [9])]))
    refuse("a placement on one broker twice", topic("create-no", -1, -1, [(0, [1, 1])]))
    refuse("a placement on no broker", topic("create-no", -1, -1, [(0, [])]))
    refuse("a placement that does not begin at zero", topic("create-no", -1, -1, [(1, [1])]))
    refuse("a placement with a gap", topic("create-no", -1, -1, [(0, [1]), (2, [1])]))
    refuse("a placement with a partition twice", topic("create-no", -1, -1, [(0, [1]), (0, [1])]))
    refuse("a placement of a negative partition", topic("create-no", -1, -1, [(-1, [1])]))
    refuse("placements of different sizes", topic("create-no", -1, -1, [(0, [1]), (1, [])]))
    refuse("a placement on a negative broker", topic("create-no", -1, -1, [(0, [-1])]))


def configurations(refuse):
    refuse("an unknown key", topic("create-no", no_such_key="1"), ENDS)
    refuse("a broker's key", topic("create-no", log_retention_ms="1"), (7,))
    refuse("a null value", topic("create-no", retention_ms=None), (2, 7))
    refuse("an empty key", {**topic("create-no"), "Configs": [{"Name": "", "Value": "1"}]}, (7,))
    for key, values in {
        "cleanup_policy": ["shred", "delete,delete", "compact,shred", ",", " compact"],
        "compression_type": ["brotli", "", "GZIP"],
        "compression_gzip_level": ["0", "10", "-2", "x"],
        "compression_lz4_level": ["0", "18"],
        "compression_zstd_level": ["23", "-131073"],
        "delete_retention_ms": ["-1"],
        "file_delete_delay_ms": ["-1", "9223372036854775808"],
        "flush_messages": ["0", "-1"],
        "flush_ms": ["-1"],
        "follower_replication_throttled_replicas": ["1", "1:x", "0:1,0"],
        "leader_replication_throttled_replicas": ["everything", "*,0:1"],
        "index_interval_bytes": ["-1", "2147483648"],
        "local_retention_bytes": ["-3", "5000"],
        "local_retention_ms": ["-3", "999999999999"],
        "max_compaction_lag_ms": ["0"],
        "max_message_bytes": ["-1", "x", "1.5", "", " 5"],
        "message_timestamp_after_max_ms": ["-1"],
        "message_timestamp_before_max_ms": ["-1"],
        "message_timestamp_type": ["Never", "createtime", ""],
        "min_cleanable_dirty_ratio": ["-0.1", "1.1", "x", "NaN"],
        "min_compaction_lag_ms": ["-1"],
        "min_insync_replicas": ["0", "-1", "x"],
        "preallocate": ["maybe", "1", ""],
        "remote_storage_enable": ["true"],
        "remote_log_copy_disable": ["true"],
        "retention_bytes": ["x", "-2"],
        "retention_ms": ["-2", "", "1 day"],
        "segment_bytes": ["1048575", "0", "2147483648"],
        "segment_index_bytes": ["3"],
        "segment_jitter_ms": ["-1"],
        "segment_ms": ["0"],
        "unclean_leader_election_enable": ["yes"],
        "message_format_version": ["3.0"],
        "message_downconversion_enable": ["true"],
    }.items():
        for value in values:
            refuse(f"{key.replace('_', '.')}={value}", {**topic("create-no-%s-%d" % (key.replace("_", "-"), values.index(value)), **{key: value})}, (7,))
    refuse("a compaction lag that is less than the least", topic("create-no", min_compaction_lag_ms="100", max_compaction_lag_ms="50"), (7,))
    for key, value in {"retention_ms": "-1", "cleanup_policy": "", "min_insync_replicas": "5", "preallocate": "TRUE",
                       "max_message_bytes": "0", "unclean_leader_election_enable": " true ", "segment_bytes": " 2000000 ",
                       "leader_replication_throttled_replicas": "*", "follower_replication_throttled_replicas": "0:1,1:1",
                       "message_timestamp_type": "LogAppendTime", "compression_lz4_level": "17", "internal_segment_bytes": "500",
                       "min_cleanable_dirty_ratio": "1"}.items():
        refuse(f"taken: {key.replace('_', '.')}={value}", topic(f"create-yes-{key.replace('_', '-')}", **{key: value}), (7,))
