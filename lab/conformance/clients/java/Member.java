import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;

/** One consumer with a thread of its own: it polls, and between polls does what it is asked. */
final class Member extends Thread implements ConsumerRebalanceListener {
    private static final Map<String, String> STRATEGIES = Map.of(
        "range", "org.apache.kafka.clients.consumer.RangeAssignor",
        "roundrobin", "org.apache.kafka.clients.consumer.RoundRobinAssignor",
        "sticky", "org.apache.kafka.clients.consumer.StickyAssignor",
        "cooperative", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor");

    private final JsonNode settings;
    private final ConcurrentLinkedQueue<Runnable> asked = new ConcurrentLinkedQueue<>();
    private KafkaConsumer<byte[], byte[]> consumer;
    private String lastError;

    Member(String name, JsonNode settings) {
        super(name);
        this.settings = settings;
        setDaemon(true);
    }

    /** Queues a command. {@code answer} is given what is to be done, in this member's thread. */
    void ask(String what, JsonNode command, Consumer<Callable<Object>> answer) {
        asked.add(() -> answer.accept(() -> perform(what, command)));
    }

    private Object perform(String what, JsonNode command) {
        switch (what) {
            case "commit" -> commit(command.path("offsets"));
            case "pause" -> consumer.pause(Members.partitions(command.get("partitions")));
            case "resume" -> consumer.resume(Members.partitions(command.get("partitions")));
            case "seek" -> consumer.seek(Members.partition(command.get("partition")), command.get("offset").asLong());
            case "leave" -> {
                consumer.close();
                consumer = null;
            }
            default -> throw new IllegalArgumentException(what);
        }
        return null;
    }

    private void commit(JsonNode offsets) {
        if (offsets.isNull()) {
            consumer.commitSync();
            return;
        }
        Map<TopicPartition, OffsetAndMetadata> wanted = new HashMap<>();
        for (JsonNode o : offsets) wanted.put(Members.partition(o), new OffsetAndMetadata(o.get(2).asLong(), o.get(3).asText()));
        consumer.commitSync(wanted);
    }

    @Override
    public void run() {
        consumer = Clients.consumer(configuration());
        if (settings.has("assign")) {
            consumer.assign(Members.partitions(settings.get("assign")));
        } else if (settings.has("pattern")) {
            consumer.subscribe(Pattern.compile(settings.get("pattern").asText()), this);
        } else {
            consumer.subscribe(Members.texts(settings.get("topics")), this);
        }
        while (consumer != null) {
            try {
                poll();
            } catch (InterruptException e) {
                throw e;
            } catch (RuntimeException e) {
                complain(e);
            }
            for (Runnable next = asked.poll(); next != null; next = asked.poll()) next.run();
        }
    }

    private void poll() {
        List<List<Object>> records = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> r : consumer.poll(Duration.ofMillis(100))) {
            records.add(List.of(r.topic(), r.partition(), r.offset(), new String(r.value(), StandardCharsets.UTF_8)));
        }
        if (!records.isEmpty()) tell("records", "records", records);
    }

    private void complain(RuntimeException error) {
        String name = Members.nameOf(error);
        if (!name.equals(lastError)) tell("error", "error", name);
        lastError = name;
    }

    private Object[] configuration() {
        int autoCommit = settings.path("autoCommit").asInt();
        List<Object> all = new ArrayList<>(List.of(
            "group.protocol", "classic", "group.id", settings.get("group").asText(), "client.id", getName(),
            "session.timeout.ms", settings.get("session").asInt(), "heartbeat.interval.ms", settings.get("heartbeat").asInt(),
            "auto.offset.reset", settings.get("reset").asText(), "metadata.max.age.ms", 500, "fetch.max.wait.ms", 100,
            "max.poll.interval.ms", 60_000, "enable.auto.commit", autoCommit > 0));
        if (autoCommit > 0) all.addAll(List.of("auto.commit.interval.ms", autoCommit));
        if (settings.has("instance")) all.addAll(List.of("group.instance.id", settings.get("instance").asText()));
        if (settings.has("strategies")) {
            List<String> names = Members.texts(settings.get("strategies")).stream().map(STRATEGIES::get).toList();
            all.addAll(List.of("partition.assignment.strategy", names));
        }
        return all.toArray();
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        tell("assigned", "partitions", Members.pairs(partitions));
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        tell("revoked", "partitions", Members.pairs(partitions));
    }

    private void tell(String event, String key, Object value) {
        Members.say(Map.of("member", getName(), "event", event, key, value));
    }
}
