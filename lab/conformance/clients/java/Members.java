import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;

/** Runs members of consumer groups on command, for {@code clients/groups}, which describes the commands. */
public final class Members {
    /** What the Java clients can do of what is asked for. */
    private static final List<String> FEATURES = List.of("grows", "pattern", "pattern-refresh", "cooperative", "static", "strategies",
        "assign", "reset-none", "describes-assignments", "delete-group", "set-offsets", "set-offsets-refused", "delete-offsets", "remove-members");

    static final ObjectMapper JSON = new ObjectMapper();
    private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private static final Map<String, Member> MEMBERS = new ConcurrentHashMap<>();

    private Members() {}

    public static void main(String[] arguments) throws Exception {
        say(Map.of("features", FEATURES));
        ExecutorService calls = Executors.newCachedThreadPool();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            JsonNode command = JSON.readTree(line);
            long id = command.get("id").asLong();
            String what = command.get("do").asText();
            String name = command.path("member").asText();
            if (what.equals("join")) {
                Member member = new Member(name, command.get("settings"));
                MEMBERS.put(name, member);
                member.start();
                answer(id, () -> null);
            } else if (!name.isEmpty()) {
                // Its own thread answers: a consumer is for one thread.
                MEMBERS.get(name).ask(what, command, action -> answer(id, action));
            } else {
                calls.execute(() -> answer(id, () -> GroupCalls.perform(what, command)));
            }
        }
        System.exit(0);
    }

    static void answer(long id, Callable<Object> action) {
        Map<String, Object> said = new HashMap<>(Map.of("id", id));
        try {
            said.put("value", action.call());
        } catch (Exception e) {
            said.put("error", nameOf(e));
        }
        say(said);
    }

    static void say(Map<String, ?> what) {
        try {
            String line = JSON.writeValueAsString(what);
            synchronized (OUT) {
                OUT.println(line);
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** The protocol's name of an error where it has one. */
    static String nameOf(Throwable error) {
        if (error instanceof ExecutionException && error.getCause() != null) return nameOf(error.getCause());
        if (error instanceof NoOffsetForPartitionException) return "NO_OFFSET";
        Errors known = Errors.forException(error);
        return known == Errors.UNKNOWN_SERVER_ERROR ? error.toString() : known.name();
    }

    static List<List<Object>> pairs(Collection<TopicPartition> partitions) {
        return partitions.stream().map(p -> List.<Object>of(p.topic(), p.partition())).toList();
    }

    static List<TopicPartition> partitions(JsonNode pairs) {
        List<TopicPartition> all = new ArrayList<>();
        pairs.forEach(p -> all.add(partition(p)));
        return all;
    }

    static TopicPartition partition(JsonNode pair) {
        return new TopicPartition(pair.get(0).asText(), pair.get(1).asInt());
    }

    static List<String> texts(JsonNode array) {
        return JSON.convertValue(array, new TypeReference<List<String>>() {});
    }
}
