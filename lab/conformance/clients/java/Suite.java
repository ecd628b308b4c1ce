import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.utils.Utils;

/** Kafka's own Java producer, consumer and admin client, without a consumer group. */
public final class Suite {
    static final long THEN = 1_700_000_000_000L;

    public static void main(String[] arguments) {
        records();
        producing();
        consuming();
        AdminCases.add();
        Check.runAll();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static void records() {
        Check.test("keys, values, headers and nulls", () -> {
            String name = Clients.topic("shapes", 1);
            List<ProducerRecord<byte[], byte[]>> sent = new ArrayList<>(List.of(
                new ProducerRecord<>(name, bytes("key"), bytes("value")),
                new ProducerRecord<>(name, null, bytes("value")),
                new ProducerRecord<>(name, bytes("tombstone"), null),
                new ProducerRecord<>(name, null, null),
                new ProducerRecord<>(name, new byte[0], new byte[0]),
                new ProducerRecord<>(name, bytes("ключ"), bytes("größer ✓ 漢字 🦦")),
                new ProducerRecord<>(name, null, new byte[] {0, -1, -128})));
            sent.get(6).headers().add("a", bytes("1")).add("a", null).add("", new byte[0]).add("ü", new byte[] {0});
            Clients.send(sent);
            List<ConsumerRecord<byte[], byte[]>> got = Clients.read(name, 1, sent.size());
            for (int i = 0; i < sent.size(); i++) {
                Check.equal(got.get(i).key(), sent.get(i).key(), "key " + i);
                Check.equal(got.get(i).value(), sent.get(i).value(), "value " + i);
                Check.equal(shown(got.get(i).headers()), shown(sent.get(i).headers()), "headers " + i);
            }
        });
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            Check.test("codec " + codec, () -> {
                String name = Clients.topic("codec-" + codec, 1);
                List<String> values = IntStream.range(0, 500).mapToObj(i -> (codec + " " + i + " ").repeat(20)).toList();
                Clients.send(values.stream().map(v -> Clients.text(name, v)).toList(), "compression.type", codec, "linger.ms", 20);
                Check.equal(Clients.values(Clients.read(name, 1, 500)), values, "values");
            });
            Check.test("a topic of codec " + codec, () -> {
                String name = Clients.topic("recompressed-" + codec, 1, "compression.type", codec.equals("none") ? "uncompressed" : codec);
                Clients.send(Clients.numbered(name, 200), "compression.type", "gzip", "linger.ms", 20);
                Check.equal(Clients.values(Clients.read(name, 1, 200)), IntStream.range(0, 200).mapToObj(i -> "" + i).toList(), "values");
            });
        }
        Check.test("a producer's time is kept", () -> {
            String name = Clients.topic("times", 1);
            Clients.send(List.of(new ProducerRecord<>(name, 0, THEN, null, bytes("a")), new ProducerRecord<>(name, 0, 1L, null, bytes("b"))));
            List<ConsumerRecord<byte[], byte[]>> got = Clients.read(name, 1, 2);
            Check.equal(List.of(got.get(0).timestamp(), got.get(1).timestamp()), List.of(THEN, 1L), "times");
            Check.equal(got.get(0).timestampType(), TimestampType.CREATE_TIME, "kind of time");
        });
        Check.test("log append time replaces the producer's", () -> {
            String name = Clients.topic("append-times", 1, "message.timestamp.type", "LogAppendTime");
            RecordMetadata placed = Clients.send(List.of(new ProducerRecord<>(name, 0, THEN, null, bytes("a")))).get(0);
            ConsumerRecord<byte[], byte[]> got = Clients.read(name, 1, 1).get(0);
            Check.equal(got.timestampType(), TimestampType.LOG_APPEND_TIME, "kind of time");
            Check.equal(got.timestamp(), placed.timestamp(), "the time that the producer was told");
            Check.that(Math.abs(got.timestamp() - System.currentTimeMillis()) < 60_000, got.timestamp() + " is not now");
        });
    }

    private static List<String> shown(Iterable<Header> headers) {
        List<String> all = new ArrayList<>();
        headers.forEach(h -> all.add(h.key() + "=" + Arrays.toString(h.value())));
        return all;
    }

    private static void producing() {
        Check.test("acks none, one and all", () -> {
            String name = Clients.topic("acks", 1);
            for (String acks : List.of("0", "1", "all")) {
                Clients.send(Clients.numbered(name, 20), "acks", acks, "enable.idempotence", false);
            }
            Check.equal(Clients.read(name, 1, 60).size(), 60, "records");
        });
        Check.test("an idempotent producer", () -> {
            String name = Clients.topic("idempotent", 3);
            List<ProducerRecord<byte[], byte[]>> sent = IntStream.range(0, 3000)
                .<ProducerRecord<byte[], byte[]>>mapToObj(i -> new ProducerRecord<>(name, i % 3, null, bytes("" + i))).toList();
            Clients.send(sent, "enable.idempotence", true, "batch.size", 500);
            for (ConsumerRecord<byte[], byte[]> r : Clients.read(name, 3, 3000)) {
                Check.equal(new String(r.value()), "" + (r.offset() * 3 + r.partition()), "the next of its partition");
            }
        });
        Check.test("a key goes to the partition of its hash", () -> {
            String name = Clients.topic("keyed", 7);
            List<ProducerRecord<byte[], byte[]>> sent = IntStream.range(0, 100)
                .<ProducerRecord<byte[], byte[]>>mapToObj(i -> new ProducerRecord<>(name, bytes("key-" + i), bytes("v"))).toList();
            List<RecordMetadata> placed = Clients.send(sent);
            for (int i = 0; i < 100; i++) {
                Check.equal(placed.get(i).partition(), Utils.toPositive(Utils.murmur2(sent.get(i).key())) % 7, "partition of key " + i);
            }
        });
        Check.test("large records up to the limit and not beyond", () -> {
            String name = Clients.topic("large", 1);
            Clients.send(List.of(new ProducerRecord<>(name, new byte[1_000_000])));
            Check.equal(Check.errorOf(() -> Clients.send(List.of(new ProducerRecord<>(name, new byte[1_048_600])), "max.request.size", 4_000_000)),
                "RecordTooLargeException", "error");
            Check.equal(Clients.read(name, 1, 1).get(0).value().length, 1_000_000, "size");
        });
        Check.test("a batch that is too large is split by the producer", () -> {
            String name = Clients.topic("split", 1, "max.message.bytes", "2000");
            List<String> values = IntStream.range(0, 50).mapToObj(i -> i + "x".repeat(300)).toList();
            Clients.send(values.stream().map(v -> Clients.text(name, v)).toList(), "batch.size", 100_000, "linger.ms", 100);
            Check.equal(Clients.values(Clients.read(name, 1, 50)), values, "values");
        });
        Check.test("a record too old or too new is refused", () -> {
            String name = Clients.topic("bounded-times", 1, "message.timestamp.before.max.ms", "3600000");
            Check.equal(Check.errorOf(() -> Clients.send(List.of(new ProducerRecord<>(name, 0, THEN, null, bytes("old"))))),
                "InvalidTimestampException", "error");
        });
        Check.test("a compacted topic refuses a record without key", () -> {
            String name = Clients.topic("compacted", 1, "cleanup.policy", "compact");
            Check.equal(Check.errorOf(() -> Clients.send(List.of(Clients.text(name, "v")))), "InvalidRecordException", "error");
            Clients.send(List.of(new ProducerRecord<>(name, bytes("k"), bytes("v"))));
        });
        Check.test("writing to a topic that is not there makes it", () -> {
            Clients.send(List.of(Clients.text("java-made-by-writing", "first")));
            try (KafkaProducer<byte[], byte[]> producer = Clients.producer()) {
                Check.equal(producer.partitionsFor("java-made-by-writing").size(), 3, "partitions");
            }
        });
        Check.test("a bad topic name", () -> Check.equal(
            Check.errorOf(() -> Clients.send(List.of(Clients.text("no/such/name", "v")))), "InvalidTopicException", "error"));
    }

    private static void consuming() {
        Check.test("a large record and a reader that fetches little", () -> {
            String name = Clients.topic("larger", 1, "max.message.bytes", "5000000");
            Clients.send(List.of(new ProducerRecord<>(name, new byte[3_000_000]), new ProducerRecord<>(name, new byte[1])), "max.request.size", 5_000_000);
            for (String limit : List.of("max.partition.fetch.bytes", "fetch.max.bytes")) {
                Check.equal(Clients.read(name, 1, 2, limit, 10_000).get(0).value().length, 3_000_000, "size with " + limit);
            }
        });
        Check.test("sixty-four partitions written and read at once", () -> {
            String name = Clients.topic("many", 64);
            List<ProducerRecord<byte[], byte[]>> sent = IntStream.range(0, 64 * 50)
                .<ProducerRecord<byte[], byte[]>>mapToObj(i -> new ProducerRecord<>(name, i % 64, null, bytes("" + i))).toList();
            Clients.send(sent);
            for (ConsumerRecord<byte[], byte[]> r : Clients.read(name, 64, 64 * 50)) {
                Check.equal(new String(r.value()), "" + (r.offset() * 64 + r.partition()), "the next of its partition");
            }
        });
        Check.test("a session in which partitions come and go", () -> {
            String name = Clients.topic("session", 10);
            try (KafkaConsumer<byte[], byte[]> consumer = Clients.consumer("fetch.max.wait.ms", 50);
                 KafkaProducer<byte[], byte[]> producer = Clients.producer("linger.ms", 0)) {
                Map<Integer, Long> next = new HashMap<>();
                for (int round = 0; round < 30; round++) {
                    int partition = round % 10;
                    producer.send(new ProducerRecord<>(name, partition, null, bytes("" + round))).get();
                    List<TopicPartition> assigned = Clients.all(name, 10).subList(0, partition + 1);
                    consumer.assign(assigned);
                    for (TopicPartition p : assigned) consumer.seek(p, next.getOrDefault(p.partition(), 0L));
                    List<ConsumerRecord<byte[], byte[]>> got = Clients.take(consumer, 1);
                    Check.equal(Clients.values(got), List.of("" + round), "round " + round);
                    next.merge(partition, 1L, Long::sum);
                }
            }
        });
        Check.test("from an offset, the beginning, the end", () -> {
            String name = Clients.topic("seek", 1);
            Clients.send(Clients.numbered(name, 100), "compression.type", "lz4");
            TopicPartition where = new TopicPartition(name, 0);
            try (KafkaConsumer<byte[], byte[]> consumer = Clients.consumer()) {
                consumer.assign(List.of(where));
                consumer.seek(where, 37);
                Check.equal(new String(Clients.take(consumer, 1).get(0).value()), "37", "at 37");
                consumer.seekToEnd(List.of(where));
                Check.equal(consumer.position(where), 100L, "the end");
                Check.that(consumer.poll(Duration.ofMillis(200)).isEmpty(), "a record past the end");
                Check.equal(consumer.currentLag(where).getAsLong(), 0L, "lag");
            }
        });
        Check.test("an offset out of range", () -> {
            String name = Clients.topic("reset", 1);
            Clients.send(Clients.numbered(name, 10));
            TopicPartition where = new TopicPartition(name, 0);
            for (String reset : List.of("earliest", "none")) {
                try (KafkaConsumer<byte[], byte[]> consumer = Clients.consumer("auto.offset.reset", reset)) {
                    consumer.assign(List.of(where));
                    consumer.seek(where, 5000);
                    if (reset.equals("none")) {
                        Check.equal(Check.errorOf(() -> Clients.take(consumer, 1)), "OffsetOutOfRangeException", "error");
                    } else {
                        Check.equal(Clients.take(consumer, 1).get(0).offset(), 0L, "offset");
                    }
                }
            }
        });
        Check.test("offsets by time, and the bounds", () -> {
            String name = Clients.topic("by-time", 2);
            List<ProducerRecord<byte[], byte[]>> sent = IntStream.range(0, 10)
                .<ProducerRecord<byte[], byte[]>>mapToObj(i -> new ProducerRecord<>(name, 0, THEN + i * 1000L, null, bytes("" + i))).toList();
            Clients.send(sent, "compression.type", "snappy");
            TopicPartition zero = new TopicPartition(name, 0), one = new TopicPartition(name, 1);
            try (KafkaConsumer<byte[], byte[]> consumer = Clients.consumer()) {
                var found = consumer.offsetsForTimes(Map.of(zero, THEN + 2500, one, THEN));
                Check.equal(List.of(found.get(zero).offset(), found.get(zero).timestamp()), List.of(3L, THEN + 3000), "offset and time");
                Check.equal(found.get(one), null, "of an empty partition");
                Check.equal(consumer.offsetsForTimes(Map.of(zero, THEN + 9001)).get(zero), null, "past the end");
                Check.equal(consumer.beginningOffsets(List.of(zero, one)), Map.of(zero, 0L, one, 0L), "beginnings");
                Check.equal(consumer.endOffsets(List.of(zero, one)), Map.of(zero, 10L, one, 0L), "ends");
            }
        });
        Check.test("only committed records, where nobody has transactions", () -> {
            String name = Clients.topic("committed", 1);
            Clients.send(Clients.numbered(name, 10));
            Check.equal(Clients.read(name, 1, 10, "isolation.level", "read_committed").size(), 10, "records");
        });
        Check.test("a topic that is deleted and made again under its reader", () -> {
            String name = Clients.topic("remade", 1);
            Clients.send(Clients.numbered(name, 3));
            TopicPartition where = new TopicPartition(name, 0);
            try (KafkaConsumer<byte[], byte[]> consumer = Clients.consumer("auto.offset.reset", "earliest", "metadata.max.age.ms", 200)) {
                consumer.assign(List.of(where));
                consumer.seek(where, 0);
                Clients.take(consumer, 3);
                Clients.ADMIN.deleteTopics(List.of(name)).all().get();
                Check.eventually("it is gone", () -> !Clients.ADMIN.listTopics().names().get().contains(name));
                Clients.topic("remade", 1);
                Clients.send(List.of(Clients.text(name, "new")));
                Check.equal(Clients.values(Clients.take(consumer, 1)), List.of("new"), "the new topic's record");
            }
        });
    }
}
