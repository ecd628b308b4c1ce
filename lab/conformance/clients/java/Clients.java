import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The three clients, opened with what a case changes of their settings. */
final class Clients {
    static final String BOOTSTRAP = System.getenv("BOOTSTRAP");
    static final Admin ADMIN = Admin.create(Map.of("bootstrap.servers", BOOTSTRAP));

    private Clients() {}

    static KafkaProducer<byte[], byte[]> producer(Object... settings) {
        return new KafkaProducer<>(with(settings), new ByteArraySerializer(), new ByteArraySerializer());
    }

    static KafkaConsumer<byte[], byte[]> consumer(Object... settings) {
        return new KafkaConsumer<>(with(settings), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private static Map<String, Object> with(Object... settings) {
        Map<String, Object> all = new HashMap<>(Map.of("bootstrap.servers", BOOTSTRAP, "enable.auto.commit", false));
        for (int i = 0; i < settings.length; i += 2) all.put((String) settings[i], settings[i + 1]);
        return all;
    }

    /** A topic of this suite's own, led and ready. Configurations come as key, value, key, value. */
    static String topic(String suffix, int partitions, String... configs) throws Exception {
        String name = "java-" + suffix;
        Map<String, String> wanted = new HashMap<>();
        for (int i = 0; i < configs.length; i += 2) wanted.put(configs[i], configs[i + 1]);
        ADMIN.createTopics(List.of(new NewTopic(name, partitions, (short) 1).configs(wanted))).all().get();
        ready(name, partitions);
        return name;
    }

    static void ready(String name, int partitions) throws Exception {
        Map<TopicPartition, OffsetSpec> asked = all(name, partitions).stream().collect(Collectors.toMap(p -> p, p -> OffsetSpec.latest()));
        Check.eventually(name + " is led", () -> {
            try {
                return ADMIN.listOffsets(asked).all().get().size() == partitions;
            } catch (ExecutionException e) {
                return false;
            }
        });
    }

    static List<TopicPartition> all(String topic, int partitions) {
        return IntStream.range(0, partitions).mapToObj(p -> new TopicPartition(topic, p)).toList();
    }

    static List<RecordMetadata> send(Collection<ProducerRecord<byte[], byte[]>> records, Object... settings) throws Exception {
        List<RecordMetadata> placed = new ArrayList<>();
        try (KafkaProducer<byte[], byte[]> producer = producer(settings)) {
            List<Future<RecordMetadata>> waiting = records.stream().map(producer::send).toList();
            producer.flush();
            for (Future<RecordMetadata> w : waiting) placed.add(w.get());
        }
        return placed;
    }

    static List<ProducerRecord<byte[], byte[]>> numbered(String topic, int count) {
        return IntStream.range(0, count).mapToObj(i -> text(topic, "" + i)).toList();
    }

    static ProducerRecord<byte[], byte[]> text(String topic, String value) {
        return new ProducerRecord<>(topic, value.getBytes());
    }

    /** Takes that many records of the topic, from the beginning, in order. */
    static List<ConsumerRecord<byte[], byte[]>> read(String topic, int partitions, int count, Object... settings) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(settings)) {
            consumer.assign(all(topic, partitions));
            consumer.seekToBeginning(consumer.assignment());
            return take(consumer, count);
        }
    }

    static List<ConsumerRecord<byte[], byte[]>> take(KafkaConsumer<byte[], byte[]> consumer, int count) {
        List<ConsumerRecord<byte[], byte[]>> got = new ArrayList<>();
        for (long end = System.currentTimeMillis() + 60_000; got.size() < count; ) {
            if (System.currentTimeMillis() > end) throw new AssertionError(got.size() + " of " + count + " records within 60 s");
            consumer.poll(Duration.ofMillis(500)).forEach(got::add);
        }
        got.sort(Comparator.<ConsumerRecord<byte[], byte[]>>comparingInt(ConsumerRecord::partition).thenComparingLong(ConsumerRecord::offset));
        return got;
    }

    static List<String> values(List<ConsumerRecord<byte[], byte[]>> records) {
        return records.stream().map(r -> Optional.ofNullable(r.value()).map(String::new).orElse(null)).toList();
    }
}
