import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;

/** The AdminClient, as far as it needs no group, no transaction and no access control. */
final class AdminCases {
    private static final Admin ADMIN = Clients.ADMIN;

    private AdminCases() {}

    static void add() {
        Check.test("the admin: a topic's life", () -> {
            String name = Clients.topic("admin", 2, "retention.ms", "123456");
            Check.that(ADMIN.listTopics().names().get().contains(name), "it is not in the list");
            TopicDescription described = ADMIN.describeTopics(List.of(name)).allTopicNames().get().get(name);
            Check.equal(described.partitions().size(), 2, "partitions");
            Check.equal(described.partitions().get(1).leader().id(), 1, "leader");
            Check.equal(described.partitions().get(1).isr().size(), 1, "in-sync replicas");
            TopicDescription byId = ADMIN.describeTopics(TopicCollection.ofTopicIds(List.of(described.topicId()))).allTopicIds().get().get(described.topicId());
            Check.equal(byId.name(), name, "name by id");
            ADMIN.createPartitions(Map.of(name, NewPartitions.increaseTo(4))).all().get();
            Clients.ready(name, 4);
            ADMIN.deleteTopics(TopicCollection.ofTopicIds(List.of(described.topicId()))).all().get();
            Check.eventually("it is gone", () -> !ADMIN.listTopics().names().get().contains(name));
        });
        Check.test("the admin: descriptions page by page", () -> {
            List<String> names = List.of(Clients.topic("paged-a", 3), Clients.topic("paged-b", 3), Clients.topic("paged-c", 3));
            Map<String, TopicDescription> described = ADMIN.describeTopics(names, new DescribeTopicsOptions().partitionSizeLimitPerResponse(2)).allTopicNames().get();
            for (String name : names) Check.equal(described.get(name).partitions().size(), 3, "partitions of " + name);
        });
        Check.test("the admin: a placement, and only validated", () -> {
            NewTopic placed = new NewTopic("java-placed", Map.of(0, List.of(1), 1, List.of(1)));
            ADMIN.createTopics(List.of(placed), new CreateTopicsOptions().validateOnly(true)).all().get();
            Check.that(!ADMIN.listTopics().names().get().contains("java-placed"), "it was made though only validated");
            var made = ADMIN.createTopics(List.of(placed));
            Check.equal(made.numPartitions("java-placed").get(), 2, "partitions");
            Check.equal(made.config("java-placed").get().get("cleanup.policy").value(), "delete", "cleanup.policy");
        });
        Check.test("the admin: offsets of every kind", () -> {
            String name = Clients.topic("offsets", 1);
            TopicPartition where = new TopicPartition(name, 0);
            for (long at : List.of(0L, 9L, 3L)) {
                Clients.send(List.of(new ProducerRecord<>(name, 0, Suite.THEN + at, null, new byte[0])));
            }
            Check.equal(offset(where, OffsetSpec.earliest()).offset(), 0L, "earliest");
            Check.equal(offset(where, OffsetSpec.latest()).offset(), 3L, "latest");
            Check.equal(offset(where, OffsetSpec.maxTimestamp()).offset(), 1L, "latest time");
            Check.equal(offset(where, OffsetSpec.maxTimestamp()).timestamp(), Suite.THEN + 9, "the latest time itself");
            Check.equal(offset(where, OffsetSpec.forTimestamp(Suite.THEN + 1)).offset(), 1L, "by time");
            Check.equal(offset(where, OffsetSpec.earliestLocal()).offset(), 0L, "earliest on this disk");
            Check.equal(offset(where, OffsetSpec.latestTiered()).offset(), -1L, "latest in the tier");
        });
        Check.test("the admin: deleted records", () -> {
            String name = Clients.topic("deleted", 2);
            TopicPartition zero = new TopicPartition(name, 0), one = new TopicPartition(name, 1);
            for (int i = 0; i < 10; i++) Clients.send(List.of(new ProducerRecord<>(name, 0, null, new byte[] {(byte) i})));
            var deleted = ADMIN.deleteRecords(Map.of(zero, RecordsToDelete.beforeOffset(6), one, RecordsToDelete.beforeOffset(-1)));
            Check.equal(deleted.lowWatermarks().get(zero).get().lowWatermark(), 6L, "low watermark");
            Check.equal(deleted.lowWatermarks().get(one).get().lowWatermark(), 0L, "low watermark of an empty partition");
            Check.equal(offset(zero, OffsetSpec.earliest()).offset(), 6L, "earliest");
            Check.equal(Clients.read(name, 2, 4).get(0).offset(), 6L, "the first record");
            Check.equal(Check.errorOf(() -> ADMIN.deleteRecords(Map.of(zero, RecordsToDelete.beforeOffset(99))).all().get()),
                "OffsetOutOfRangeException", "past the end");
        });
        Check.test("the admin: configurations", () -> {
            String name = Clients.topic("configs", 1, "max.message.bytes", "5000");
            ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, name), broker = new ConfigResource(ConfigResource.Type.BROKER, "1");
            Map<ConfigResource, Config> found = ADMIN.describeConfigs(List.of(topic, broker)).all().get();
            ConfigEntry own = found.get(topic).get("max.message.bytes");
            Check.equal(List.of(own.value(), own.source(), own.isReadOnly()),
                List.of("5000", ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG, false), "a value of its own");
            Check.equal(found.get(topic).get("segment.bytes").source(), ConfigEntry.ConfigSource.DEFAULT_CONFIG, "a default's source");
            Check.equal(found.get(broker).get("num.partitions").value(), "3", "the broker's num.partitions");
        });
        Check.test("the admin: the cluster", () -> {
            DescribeClusterResult cluster = ADMIN.describeCluster();
            Node node = cluster.nodes().get().iterator().next();
            Check.equal(node.host() + ":" + node.port(), Clients.BOOTSTRAP, "address");
            Check.equal(List.of(cluster.nodes().get().size(), node.id(), cluster.controller().get().id()), List.of(1, 1, 1), "brokers, id, controller");
            Check.equal(cluster.clusterId().get().length(), 22, "length of the cluster's id");
            Check.equal(ADMIN.describeFeatures().featureMetadata().get().finalizedFeatures().get("metadata.version").maxVersionLevel(), (short) 30, "metadata.version");
        });
        Check.test("the admin: what is refused", () -> {
            String name = Clients.topic("refused", 1);
            Check.equal(create(new NewTopic(name, 1, (short) 1)), "TopicExistsException", "again");
            Check.equal(create(new NewTopic("no/such/name", 1, (short) 1)), "InvalidTopicException", "a bad name");
            Check.equal(create(new NewTopic(name + "-x", 0, (short) 1)), "InvalidPartitionsException", "no partitions");
            Check.equal(create(new NewTopic(name + "-x", 1, (short) 2)), "InvalidReplicationFactorException", "two replicas");
            Check.equal(create(new NewTopic(name + "-x", 1, (short) 1).configs(Map.of("retention.ms", "soon"))), "InvalidConfigurationException", "a bad value");
            Check.equal(create(new NewTopic(name + "-x", Map.of(0, List.of(9)))), "InvalidReplicaAssignmentException", "a broker that is not there");
            refused("UnknownTopicOrPartitionException", () -> ADMIN.deleteTopics(List.of(name + "-x")).all().get());
            refused("UnknownTopicOrPartitionException", () -> ADMIN.describeTopics(List.of(name + "-x")).allTopicNames().get());
            refused("UnknownTopicIdException", () -> ADMIN.deleteTopics(TopicCollection.ofTopicIds(Set.of(Uuid.randomUuid()))).all().get());
            refused("InvalidPartitionsException", () -> ADMIN.createPartitions(Map.of(name, NewPartitions.increaseTo(1))).all().get());
            refused("UnknownTopicOrPartitionException", () -> ADMIN.describeConfigs(List.of(new ConfigResource(ConfigResource.Type.TOPIC, name + "-x"))).all().get());
        });
    }

    private static ListOffsetsResultInfo offset(TopicPartition where, OffsetSpec spec) throws Exception {
        return ADMIN.listOffsets(Map.of(where, spec)).partitionResult(where).get();
    }

    private static String create(NewTopic topic) throws Exception {
        return Check.errorOf(() -> ADMIN.createTopics(List.of(topic)).all().get());
    }

    private static void refused(String error, Callable<?> action) throws Exception {
        Check.equal(Check.errorOf(action), error, "error");
    }
}
