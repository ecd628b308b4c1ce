import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.PrintWriter;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.requests.OffsetCommitRequest;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.serialization.*;

/** Uses groups of a broker in every way that leaves records behind, and writes down what the broker then says of them. */
final class GoldenGroups {
    private static final Duration A_WHILE = Duration.ofMillis(200);

    private final String address;
    private final Admin admin;

    private GoldenGroups(String address) {
        this.address = address;
        this.admin = Admin.create(Map.of("bootstrap.servers", address));
    }

    public static void main(String[] arguments) throws Exception {
        GoldenGroups groups = new GoldenGroups(arguments[0]);
        groups.topics();
        groups.simpleCommits();
        groups.commitsThatSayHowLong();
        groups.classicMembers();
        groups.staticMember();
        groups.protocolOfTheirOwn();
        groups.deletions();
        groups.otherKinds();
        groups.transactions();
        groups.writeFacts(arguments[1]);
        // Leaves one transaction open: nothing is closed.
        System.exit(0);
    }

    private void topics() throws Exception {
        admin.createTopics(List.of(new NewTopic("orders", 3, (short) 1), new NewTopic("doomed", 2, (short) 1))).all().get();
        try (Producer<byte[], byte[]> producer = producer(Map.of())) {
            for (int i = 0; i < 30; i++) producer.send(new ProducerRecord<>("orders", i % 3, null, new byte[] {(byte) i}));
        }
    }

    private void simpleCommits() throws Exception {
        commit("simple", offset("orders", 0, 3, "first"));
        commit("simple", offset("orders", 0, 5, ""), offset("orders", 2, 0, "größer als ASCII: \ud83d\ude80"));
        commit("names: any ✓", offset("orders", 1, 7, "m"));
        admin.alterConsumerGroupOffsets("with-epoch",
            Map.of(new TopicPartition("orders", 0), new OffsetAndMetadata(4, Optional.of(0), ""))).all().get();
    }

    /** What only versions 2 to 4 of OffsetCommit can say, and no client says any more. */
    private void commitsThatSayHowLong() throws Exception {
        OffsetCommitRequestData.OffsetCommitRequestPartition partition =
            new OffsetCommitRequestData.OffsetCommitRequestPartition().setPartitionIndex(1).setCommittedOffset(6)
                .setCommittedMetadata("for a day");
        OffsetCommitRequestData request = new OffsetCommitRequestData().setGroupId("kept-for-a-day").setRetentionTimeMs(86_400_000L)
            .setTopics(List.of(new OffsetCommitRequestData.OffsetCommitRequestTopic().setName("orders").setPartitions(List.of(partition))));
        String[] host = address.split(":");
        try (Socket socket = new Socket(host[0], Integer.parseInt(host[1]))) {
            short version = 2;
            ByteBuffer bytes = new OffsetCommitRequest(request, version)
                .serializeWithHeader(new RequestHeader(ApiKeys.OFFSET_COMMIT, version, "golden", 1));
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            out.writeInt(bytes.remaining());
            out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
            out.flush();
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] answer = new byte[in.readInt()];
            in.readFully(answer);
            ByteBuffer body = ByteBuffer.wrap(answer);
            body.getInt();
            short error = new OffsetCommitResponseData(new ByteBufferAccessor(body), version).topics().get(0).partitions().get(0).errorCode();
            if (error != 0) throw new IllegalStateException("OffsetCommit v2: error " + error);
        }
    }

    /** Two members and a rebalance between them; the group is empty in the end. */
    private void classicMembers() throws Exception {
        try (Consumer<byte[], byte[]> first = consumer("classic", Map.of("client.id", "first"))) {
            pollUntil(first, 3);
            first.commitSync(Map.of(new TopicPartition("orders", 0), new OffsetAndMetadata(8, Optional.of(0), "by a member")));
            try (Consumer<byte[], byte[]> second = consumer("classic", Map.of("client.id", "second"))) {
                for (int i = 0; second.assignment().isEmpty() || first.assignment().size() == 3; i++) {
                    first.poll(A_WHILE);
                    second.poll(A_WHILE);
                    if (i > 100) throw new IllegalStateException("no rebalance");
                }
                first.commitSync();
                second.commitSync();
            }
        }
    }

    /** Leaves a member behind: static members do not say goodbye. */
    private void staticMember() {
        try (Consumer<byte[], byte[]> consumer = consumer("static", Map.of("client.id", "statue", "group.instance.id", "pillar",
                "session.timeout.ms", "1800000", "partition.assignment.strategy", CooperativeStickyAssignor.class.getName()))) {
            pollUntil(consumer, 3);
            consumer.commitSync();
        }
    }

    /** A group whose members are gone, and that was told to forget one partition. */
    private void protocolOfTheirOwn() throws Exception {
        try (Consumer<byte[], byte[]> consumer = consumer("rested", Map.of("client.id", "rested"))) {
            pollUntil(consumer, 3);
            consumer.commitSync();
        }
        admin.deleteConsumerGroupOffsets("rested", Set.of(new TopicPartition("orders", 1))).all().get();
    }

    private void deletions() throws Exception {
        commit("deleted", offset("orders", 0, 1, ""), offset("orders", 1, 2, ""));
        admin.deleteConsumerGroups(List.of("deleted")).all().get();
        commit("simple", offset("doomed", 0, 1, ""), offset("doomed", 1, 2, ""));
        commit("only-doomed", offset("doomed", 0, 3, ""));
        admin.deleteTopics(List.of("doomed")).all().get();
        // The tombstones come a little later.
        for (int i = 0; !offsets("only-doomed").isEmpty(); i++) {
            Thread.sleep(100);
            if (i > 100) throw new IllegalStateException("offsets of a deleted topic remain");
        }
    }

    private void otherKinds() throws Exception {
        try (Consumer<byte[], byte[]> consumer = consumer("next-generation", Map.of("client.id", "new", "group.protocol", "consumer"))) {
            pollUntil(consumer, 3);
            consumer.commitSync();
        }
        Map<String, Object> options = Map.of("bootstrap.servers", address, "group.id", "share");
        try (ShareConsumer<byte[], byte[]> consumer =
                 new KafkaShareConsumer<>(options, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of("orders"));
            for (int i = 0; i < 15; i++) consumer.poll(A_WHILE);
        }
    }

    private void transactions() throws Exception {
        Producer<byte[], byte[]> committed = transactional("committed");
        transaction(committed, "transactions", offset("orders", 0, 10, "committed"), offset("orders", 1, 11, ""));
        committed.commitTransaction();

        Producer<byte[], byte[]> aborted = transactional("aborted");
        transaction(aborted, "transactions", offset("orders", 0, 20, "aborted"), offset("orders", 2, 21, ""));
        aborted.abortTransaction();

        // The marker is last in the log, but the commit without a transaction came after the one with: it counts.
        Producer<byte[], byte[]> overtaken = transactional("overtaken");
        transaction(overtaken, "transactions", offset("orders", 1, 30, "overtaken"));
        commit("transactions", offset("orders", 1, 31, "overtakes"));
        overtaken.commitTransaction();

        // Deleted while the transaction is open: its commit has nothing left to bring about.
        Producer<byte[], byte[]> deleted = transactional("deleted");
        commit("forgotten", offset("orders", 1, 1, ""));
        transaction(deleted, "forgotten", offset("orders", 0, 40, "deleted"));
        admin.deleteConsumerGroupOffsets("forgotten", Set.of(new TopicPartition("orders", 0))).all().get();
        deleted.commitTransaction();

        // Open to the end.
        transaction(transactional("open"), "transactions", offset("orders", 0, 50, "open"));
        transaction(transactional("open-too"), "pending-only", offset("orders", 2, 51, ""));
    }

    /** One line a group (type and state), one line an offset; with tabs between, in order. */
    private void writeFacts(String file) throws Exception {
        TreeSet<String> lines = new TreeSet<>();
        for (GroupListing group : admin.listGroups().all().get()) {
            lines.add(String.join("\t", group.groupId(), "group", group.type().map(Object::toString).orElse("-"),
                group.groupState().map(Object::toString).orElse("-"), group.protocol()));
            if (group.type().orElse(null) == org.apache.kafka.common.GroupType.SHARE) continue;
            offsets(group.groupId()).forEach((partition, committed) -> lines.add(String.join("\t", group.groupId(), "offset", partition.topic(),
                Integer.toString(partition.partition()), Long.toString(committed.offset()),
                committed.leaderEpoch().map(Object::toString).orElse("-"), committed.metadata())));
        }
        try (PrintWriter out = new PrintWriter(file, "UTF-8")) {
            for (String line : lines) out.print(line + "\n");
        }
    }

    private Map<TopicPartition, OffsetAndMetadata> offsets(String group) throws Exception {
        return admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
    }

    @SafeVarargs
    private void commit(String group, Map.Entry<TopicPartition, OffsetAndMetadata>... offsets) throws Exception {
        admin.alterConsumerGroupOffsets(group, Map.ofEntries(offsets)).all().get();
    }

    private static Map.Entry<TopicPartition, OffsetAndMetadata> offset(String topic, int partition, long offset, String metadata) {
        return Map.entry(new TopicPartition(topic, partition), new OffsetAndMetadata(offset, Optional.empty(), metadata));
    }

    private static void pollUntil(Consumer<byte[], byte[]> consumer, int partitions) {
        for (int i = 0; consumer.assignment().size() < partitions; i++) {
            consumer.poll(A_WHILE);
            if (i > 100) throw new IllegalStateException("no assignment");
        }
        // Only what has a position is committed.
        consumer.assignment().forEach(consumer::position);
    }

    private Consumer<byte[], byte[]> consumer(String group, Map<String, Object> more) {
        Map<String, Object> options = new HashMap<>(Map.of("bootstrap.servers", address, "group.id", group,
            "enable.auto.commit", false, "auto.offset.reset", "earliest"));
        if (!more.containsKey("group.protocol")) options.put("session.timeout.ms", "45000");
        options.putAll(more);
        Consumer<byte[], byte[]> consumer = new KafkaConsumer<>(options, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        consumer.subscribe(List.of("orders"));
        return consumer;
    }

    private Producer<byte[], byte[]> producer(Map<String, Object> more) {
        Map<String, Object> options = new HashMap<>(Map.of("bootstrap.servers", address));
        options.putAll(more);
        return new KafkaProducer<>(options, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private Producer<byte[], byte[]> transactional(String id) {
        Producer<byte[], byte[]> producer = producer(Map.of("transactional.id", id, "transaction.timeout.ms", 600_000));
        producer.initTransactions();
        return producer;
    }

    @SafeVarargs
    private static void transaction(Producer<byte[], byte[]> producer, String group, Map.Entry<TopicPartition, OffsetAndMetadata>... offsets) {
        producer.beginTransaction();
        producer.sendOffsetsToTransaction(Map.ofEntries(offsets), new ConsumerGroupMetadata(group));
    }
}
