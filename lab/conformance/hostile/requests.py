"""A valid request of every API that a broker must survive when it is broken, in its lowest, a middle and its highest version."""

from raw.connection import request_frame
from raw.definitions import definition

TOPIC = "hostile-topic"
GROUP = "hostile-group"
ID = "AAECAwQFBgcICQoLDA0ODw"

_MESSAGES = {
    "Produce": lambda v: {"Acks": -1, "TimeoutMs": 1000, "TopicData": [
        {("TopicId" if v >= 13 else "Name"): (ID if v >= 13 else TOPIC), "PartitionData": [{"Index": 0, "Records": b"r" * 80}]}]},
    "Fetch": lambda v: {"MaxWaitMs": 0, "MinBytes": 0, "Topics": [
        {("TopicId" if v >= 13 else "Topic"): (ID if v >= 13 else TOPIC),
         "Partitions": [{"Partition": 0, "FetchOffset": 0, "PartitionMaxBytes": 1000}]}],
        "ForgottenTopicsData": []},
    "ListOffsets": lambda v: {"ReplicaId": -1, "Topics": [{"Name": TOPIC, "Partitions": [{"PartitionIndex": 0, "Timestamp": -1}]}]},
    # Before version 4 asking makes the topic.
    "Metadata": lambda v: {"Topics": [{"Name": "no such name"}, {"Name": "nor this one"}]},
    "SaslHandshake": lambda v: {"Mechanism": "PLAIN"},
    "ApiVersions": lambda v: {"ClientSoftwareName": "hostile", "ClientSoftwareVersion": "1.0"} if v >= 3 else {},
    # Names that are refused: what is cut or twisted must not make topics by the thousand.
    "CreateTopics": lambda v: {"Topics": [{"Name": "no such name", "NumPartitions": 1, "ReplicationFactor": 1,
                                           "Configs": [{"Name": "retention.ms", "Value": "1"}]}], "timeoutMs": 100},
    "DeleteTopics": lambda v: {"TimeoutMs": 100} | (
        {"Topics": [{"Name": "no such name"}]} if v >= 6 else {"TopicNames": ["no such name", "nor this one"]}),
    "DeleteRecords": lambda v: {"Topics": [{"Name": TOPIC, "Partitions": [{"PartitionIndex": 0, "Offset": 0}]}], "TimeoutMs": 100},
    "InitProducerId": lambda v: {"TransactionalId": None, "TransactionTimeoutMs": 1000},
    "OffsetForLeaderEpoch": lambda v: {"ReplicaId": -1, "Topics": [{"Topic": TOPIC, "Partitions": [
        {"Partition": 0, "CurrentLeaderEpoch": 0, "LeaderEpoch": 0}]}]},
    "DescribeConfigs": lambda v: {"Resources": [{"ResourceType": 2, "ResourceName": TOPIC, "ConfigurationKeys": ["retention.ms"]}]},
    "CreatePartitions": lambda v: {"Topics": [{"Name": "no such name", "Count": 2, "Assignments": [{"BrokerIds": [1]}]}], "TimeoutMs": 100},
    "DescribeCluster": lambda v: {},
    # Members that nobody knows: what is twisted must not make groups that wait for them.
    "FindCoordinator": lambda v: {"CoordinatorKeys": [GROUP, "another"]} if v >= 4 else {"Key": GROUP},
    "JoinGroup": lambda v: {"GroupId": GROUP, "SessionTimeoutMs": 10000, "MemberId": "nobody", "ProtocolType": "consumer",
                            "Protocols": [{"Name": "range", "Metadata": b"m" * 20}, {"Name": "sticky", "Metadata": b""}]},
    "SyncGroup": lambda v: {"GroupId": GROUP, "GenerationId": 1, "MemberId": "nobody", "Assignments": [{"MemberId": "nobody", "Assignment": b"a" * 20}]},
    "Heartbeat": lambda v: {"GroupId": GROUP, "GenerationId": 1, "MemberId": "nobody"},
    "LeaveGroup": lambda v: {"GroupId": GROUP, "MemberId": "nobody", "Members": [{"MemberId": "nobody"}, {"MemberId": "", "GroupInstanceId": "nobody"}]},
    "OffsetCommit": lambda v: {"GroupId": GROUP, "GenerationIdOrMemberEpoch": 1, "MemberId": "nobody", "Topics": [
        {("TopicId" if v >= 10 else "Name"): (ID if v >= 10 else TOPIC), "Partitions": [
            {"PartitionIndex": 0, "CommittedOffset": 1, "CommittedMetadata": "m" * 20}]}]},
    "OffsetFetch": lambda v: {"Groups": [{"GroupId": GROUP, "Topics": [
        {("TopicId" if v >= 10 else "Name"): (ID if v >= 10 else TOPIC), "PartitionIndexes": [0, 1, 2]}]}]} if v >= 8 else {
            "GroupId": GROUP, "Topics": [{"Name": TOPIC, "PartitionIndexes": [0, 1, 2]}]},
    "OffsetDelete": lambda v: {"GroupId": GROUP, "Topics": [{"Name": TOPIC, "Partitions": [{"PartitionIndex": 0}]}]},
    "DescribeGroups": lambda v: {"Groups": [GROUP, "another"]},
    "ListGroups": lambda v: {"StatesFilter": ["Stable"], "TypesFilter": ["classic"]},
    "DeleteGroups": lambda v: {"GroupsNames": [GROUP, "another"]},
    "DescribeTopicPartitions": lambda v: {"Topics": [{"Name": TOPIC}], "Cursor": {"TopicName": TOPIC, "PartitionIndex": 0}},
}


def valid_requests():
    """Payloads, without their lengths."""
    for api, message in _MESSAGES.items():
        valid = definition(api + "Request").valid
        for version in sorted({valid.lowest, (valid.lowest + valid.highest) // 2, valid.highest}):
            yield request_frame(api, version, message(version), 1)[4:]
