import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.protocol.types.RawTaggedField;

/** `write DIR` makes the golden messages, `verify FILE` judges messages of somebody else. */
public class GoldenMessages {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int RANDOM_INSTANCES = 2;

    public static void main(String[] arguments) throws Exception {
        if (arguments.length == 2 && arguments[0].equals("write")) {
            write(Path.of(arguments[1]));
        } else if (arguments.length == 2 && arguments[0].equals("verify")) {
            verify(Path.of(arguments[1]));
        } else {
            throw new IllegalArgumentException("usage: write DIR | verify FILE");
        }
    }

    private static void write(Path directory) throws Exception {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("facts.txt"), Facts.all());
        Path file = directory.resolve("messages.txt.gz");
        try (BufferedWriter out = new BufferedWriter(
                new OutputStreamWriter(new GZIPOutputStream(Files.newOutputStream(file)), StandardCharsets.UTF_8))) {
            for (JsonNode definition : Definitions.all().values()) {
                write(definition, out);
            }
        }
    }

    private static void write(JsonNode definition, BufferedWriter out) throws Exception {
        Converter converter = new Converter(definition);
        String name = definition.get("name").asText();
        Definitions.Versions valid = Definitions.Versions.of(definition.get("validVersions"));
        Definitions.Versions flexible = Definitions.Versions.of(definition.get("flexibleVersions"));
        for (int version = valid.lowest(); version <= valid.highest(); version++) {
            for (Instances.Style style : Instances.Style.values()) {
                int count = style == Instances.Style.RANDOM ? RANDOM_INSTANCES : 1;
                for (int instance = 0; instance < count; instance++) {
                    long seed = (name + " " + version + " " + instance).hashCode();
                    ObjectNode json = new Instances(definition, version, style, seed).make();
                    Message message = converter.read(json, version);
                    String label = style.name().toLowerCase();
                    if (style == Instances.Style.FILLED && flexible.contains(version)) {
                        // JSON has no place for them, but bytes have.
                        message.unknownTaggedFields().add(new RawTaggedField(9_998, new byte[0]));
                        message.unknownTaggedFields().add(new RawTaggedField(9_999, new byte[] {1, 2, 3}));
                        label = "unknown-tags";
                    }
                    JsonNode said = converter.write(message, version);
                    if (said == null) {
                        said = json;
                    }
                    keepRecords(json, said);
                    out.write(name + "\t" + version + "\t" + label + "\t" + HexFormat.of().formatHex(bytes(message, version)));
                    out.write("\t" + MAPPER.writeValueAsString(said) + "\n");
                }
            }
        }
    }

    private static byte[] bytes(Message message, int version) {
        ByteBuffer buffer = MessageUtil.toByteBufferAccessor(message, (short) version).buffer();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    /** Kafka's converters write empty records whatever the records are; put back what they were. */
    private static void keepRecords(JsonNode from, JsonNode to) {
        if (from instanceof ObjectNode object) {
            for (Iterator<Map.Entry<String, JsonNode>> fields = object.fields(); fields.hasNext(); ) {
                Map.Entry<String, JsonNode> field = fields.next();
                if (field.getKey().matches("records|unalignedRecords")) {
                    ((ObjectNode) to).set(field.getKey(), field.getValue());
                } else if (to.has(field.getKey())) {
                    keepRecords(field.getValue(), to.get(field.getKey()));
                }
            }
        } else if (from instanceof ArrayNode array) {
            for (int index = 0; index < array.size(); index++) {
                keepRecords(array.get(index), to.get(index));
            }
        }
    }

    private static void verify(Path file) throws Exception {
        Map<String, JsonNode> definitions = Definitions.all();
        Map<String, Converter> converters = new HashMap<>();
        int count = 0;
        int wrong = 0;
        try (BufferedReader in = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String[] parts = line.split("\t");
                if (!converters.containsKey(parts[0])) {
                    converters.put(parts[0], new Converter(definitions.get(parts[0])));
                }
                count++;
                String difference = difference(converters.get(parts[0]), Integer.parseInt(parts[1]), parts[3], parts[4]);
                if (difference != null) {
                    wrong++;
                    System.out.println(line + "\n  " + difference);
                }
            }
        }
        System.out.println(count + " messages, " + wrong + " differ");
        System.exit(wrong == 0 && count > 0 ? 0 : 1);
    }

    private static String difference(Converter converter, int version, String hex, String said) throws Exception {
        byte[] bytes = HexFormat.of().parseHex(hex);
        Message message = converter.empty();
        ByteBufferAccessor readable = new ByteBufferAccessor(ByteBuffer.wrap(bytes));
        try {
            message.read(readable, (short) version);
        } catch (RuntimeException refusal) {
            return "Java refuses it: " + refusal;
        }
        if (readable.remaining() > 0) {
            return "Java leaves " + readable.remaining() + " bytes";
        }
        if (!Arrays.equals(bytes, bytes(message, version))) {
            return "Java writes " + HexFormat.of().formatHex(bytes(message, version));
        }
        // Numbers compare by their text: an int and a long are different nodes.
        JsonNode json = MAPPER.readTree(said);
        JsonNode read = converter.write(message, version);
        if (read == null) {
            return message.equals(converter.read(json, version)) ? null : "Java reads " + message;
        }
        keepRecords(json, read);
        return json.equals(MAPPER.readTree(MAPPER.writeValueAsString(read))) ? null : "Java reads " + read;
    }
}
