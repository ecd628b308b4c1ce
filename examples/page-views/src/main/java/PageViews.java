import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.TimeWindows;

/**
 * Counts the views of each page. It reads {@code page-views}, whose keys are users and whose values are pages, and writes
 * {@code page-view-counts} (how often a page has been viewed so far) and {@code page-views-per-minute} (how often in a
 * minute, under a key such as {@code /home@2026-01-01T12:00:00Z}).
 */
public final class PageViews {
    private PageViews() {}

    static Topology topology() {
        StreamsBuilder builder = new StreamsBuilder();
        // A page's views are all counted in one place: they travel there by a topic that Streams makes for itself.
        KGroupedStream<String, String> views = builder.<String, String>stream("page-views")
            .groupBy((user, page) -> page, Grouped.as("by-page"));

        KTable<String, Long> counts = views.count(Materialized.as("counts"));
        counts.toStream().mapValues(String::valueOf).to("page-view-counts", Produced.with(Serdes.String(), Serdes.String()));

        // A view may come ten seconds late and is still counted in its minute.
        views.windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofMinutes(1), Duration.ofSeconds(10)))
            .count(Materialized.as("counts-per-minute"))
            .toStream()
            .map((window, count) -> KeyValue.pair(window.key() + "@" + window.window().startTime(), String.valueOf(count)))
            .to("page-views-per-minute", Produced.with(Serdes.String(), Serdes.String()));
        return builder.build();
    }

    public static void main(String[] arguments) throws InterruptedException {
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "page-views-counter");
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, environment("BOOTSTRAP", "localhost:9092"));
        settings.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        settings.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.AT_LEAST_ONCE);
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 1000); // how long counts may be held back to be sent together
        settings.put(StreamsConfig.STATE_DIR_CONFIG, environment("STATE_DIR", "target/state"));
        settings.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");

        KafkaStreams streams = new KafkaStreams(topology(), settings);
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            // Leaving the group lets another take over at once, instead of after the session's time-out.
            streams.close(CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
            ended.countDown();
        }));
        streams.setStateListener((now, before) -> System.out.println(before + " -> " + now));
        streams.start();
        ended.await();
    }

    private static String environment(String name, String otherwise) {
        return System.getenv().getOrDefault(name, otherwise);
    }
}
