import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** The message definitions in the jars of the class path. */
final class Definitions {
    /** A range of versions, both ends inclusive. */
    record Versions(int lowest, int highest) {
        static final Versions NONE = new Versions(0, -1);

        static Versions of(JsonNode text) {
            if (text == null || text.asText().equals("none")) {
                return NONE;
            }
            String range = text.asText();
            if (range.endsWith("+")) {
                return new Versions(Integer.parseInt(range.substring(0, range.length() - 1)), Short.MAX_VALUE);
            }
            String[] ends = range.split("-");
            return new Versions(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]));
        }

        boolean contains(int version) {
            return lowest <= version && version <= highest;
        }
    }

    private Definitions() {
    }

    /** By name; those of removed APIs are left out. */
    static Map<String, JsonNode> all() throws IOException {
        ObjectMapper mapper = new ObjectMapper().enable(JsonParser.Feature.ALLOW_COMMENTS);
        Map<String, JsonNode> definitions = new TreeMap<>();
        for (String path : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (!path.endsWith(".jar")) {
                continue;
            }
            try (ZipFile jar = new ZipFile(path)) {
                for (ZipEntry entry : jar.stream().toList()) {
                    if (entry.getName().matches("(common/)?(message|metadata)/[^/]*\\.json")) {
                        JsonNode definition = mapper.readTree(jar.getInputStream(entry));
                        if (!definition.get("validVersions").asText().equals("none")) {
                            definitions.put(definition.get("name").asText(), definition);
                        }
                    }
                }
            }
        }
        return definitions;
    }
}
