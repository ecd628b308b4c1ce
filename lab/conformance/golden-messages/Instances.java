import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.Uuid;

/** Makes messages of one version, as JSON, from their definition. */
final class Instances {
    /** What the values of an instance are like. */
    enum Style {
        /** What the definition says. Tagged fields are left out. */
        DEFAULT,
        /** Two elements in every array, something in every field, text of more than ASCII. */
        FILLED,
        /** Null where that may be, else empty, zero and false. */
        EMPTY,
        /** The lowest numbers; lengths that take two bytes as a varint. */
        LOWEST,
        /** The highest numbers. */
        HIGHEST,
        /** Drawn by lot: of all the above, and of what lies between. */
        RANDOM,
    }

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final JsonNode definition;
    private final int version;
    private final Style style;
    private final Random random;
    private final Map<String, JsonNode> structs = new HashMap<>();
    private int counter;

    Instances(JsonNode definition, int version, Style style, long seed) {
        this.definition = definition;
        this.version = version;
        this.style = style;
        this.random = new Random(seed);
        if (definition.has("commonStructs")) {
            definition.get("commonStructs").forEach(common -> structs.put(common.get("name").asText(), common.get("fields")));
        }
    }

    ObjectNode make() {
        return struct(definition.get("fields"), 0);
    }

    private ObjectNode struct(JsonNode fields, int depth) {
        ObjectNode object = new ObjectNode(NODES);
        for (JsonNode field : fields) {
            JsonNode versions = field.has("versions") ? field.get("versions") : field.get("taggedVersions");
            if (!Definitions.Versions.of(versions).contains(version)) {
                continue;
            }
            Style chosen = style == Style.RANDOM ? Style.values()[random.nextInt(Style.values().length)] : style;
            if (field.has("tag") && chosen == Style.DEFAULT) {
                continue;
            }
            object.set(lowerCamel(field.get("name").asText()), field(field, chosen, depth));
        }
        return object;
    }

    private static String lowerCamel(String name) {
        return name.substring(0, 1).toLowerCase() + name.substring(1);
    }

    private JsonNode field(JsonNode field, Style style, int depth) {
        boolean nullable = Definitions.Versions.of(field.get("nullableVersions")).contains(version);
        boolean defaultsToNull = field.has("default") && field.get("default").asText().equals("null")
            && !field.get("default").isNull();
        if (nullable && (style == Style.EMPTY || style == Style.DEFAULT && defaultsToNull)) {
            return NODES.nullNode();
        }
        String type = field.get("type").asText();
        if (style == Style.DEFAULT && field.hasNonNull("default") && !defaultsToNull) {
            return defaultOf(type, field.get("default").asText());
        }
        return value(type, field, style, depth);
    }

    private JsonNode defaultOf(String type, String text) {
        switch (type) {
            case "bool":
                return NODES.booleanNode(Boolean.parseBoolean(text));
            case "string":
                return NODES.textNode(text);
            default:
                return number(text.startsWith("0x") ? new BigInteger(text.substring(2), 16) : new BigInteger(text));
        }
    }

    private JsonNode value(String type, JsonNode field, Style style, int depth) {
        counter++;
        switch (type) {
            case "bool":
                return NODES.booleanNode(switch (style) {
                    case DEFAULT, EMPTY, LOWEST -> false;
                    case FILLED, HIGHEST -> true;
                    case RANDOM -> random.nextBoolean();
                });
            case "int8":
                return number(style, 8, true);
            case "int16":
                return number(style, 16, true);
            case "int32":
                return number(style, 32, true);
            case "int64":
                return number(style, 64, true);
            case "uint16":
                return number(style, 16, false);
            case "uint32":
                return number(style, 32, false);
            case "float64":
                return NODES.numberNode(switch (style) {
                    case DEFAULT, EMPTY -> 0.0;
                    case FILLED -> 1048576.5 + counter;
                    case LOWEST -> -Double.MAX_VALUE;
                    case HIGHEST -> 1e-5;
                    case RANDOM -> random.nextGaussian() * 1e9;
                });
            case "uuid":
                return NODES.textNode((switch (style) {
                    case DEFAULT, EMPTY -> Uuid.ZERO_UUID;
                    case FILLED -> new Uuid(0x0123456789abcdefL, counter);
                    case LOWEST -> new Uuid(Long.MIN_VALUE, Long.MIN_VALUE);
                    case HIGHEST -> new Uuid(-1L, -1L);
                    case RANDOM -> new Uuid(random.nextLong(), random.nextLong());
                }).toString());
            case "string":
                return NODES.textNode(switch (style) {
                    case DEFAULT, EMPTY -> "";
                    case FILLED -> "\u017cółw \"" + counter + "\" \\ \n\ud83d\udc22";
                    case LOWEST -> "x".repeat(127 + counter % 3);
                    case HIGHEST -> "\u0001\u007f\u0080\u07ff\u0800\uffff\ud83d\udc22".repeat(depth == 0 ? 30 : 2);
                    case RANDOM -> "r".repeat(random.nextInt(8)) + random.nextInt();
                });
            case "bytes":
            case "records":
                byte[] bytes = new byte[switch (style) {
                    case DEFAULT, EMPTY -> 0;
                    case FILLED -> 3;
                    case LOWEST -> 127 + counter % 3;
                    case HIGHEST -> depth == 0 ? 17000 : 1;
                    case RANDOM -> random.nextInt(40);
                }];
                if (style == Style.RANDOM) {
                    random.nextBytes(bytes);
                } else {
                    java.util.Arrays.fill(bytes, (byte) (0xf0 + counter));
                }
                return NODES.binaryNode(bytes);
            default:
                if (type.startsWith("[]")) {
                    return array(type.substring(2), field, style, depth);
                }
                return struct(field.has("fields") ? field.get("fields") : structs.get(type), depth + 1);
        }
    }

    private ArrayNode array(String element, JsonNode field, Style style, int depth) {
        boolean isStruct = Character.isUpperCase(element.charAt(0));
        int size = switch (style) {
            case DEFAULT, EMPTY -> 0;
            case FILLED -> 2;
            case LOWEST -> isStruct ? 1 : 127 + counter % 3;
            case HIGHEST -> isStruct && depth == 0 && isSmall(element, field) ? 130 : 1;
            case RANDOM -> random.nextInt(depth == 0 ? 4 : 3);
        };
        ArrayNode array = new ArrayNode(NODES);
        for (int index = 0; index < size; index++) {
            Style ofElement = style == Style.DEFAULT || style == Style.EMPTY ? Style.FILLED : style;
            array.add(value(element, field, ofElement, depth));
        }
        return array;
    }

    /** Whether 130 of them are not too many. */
    private boolean isSmall(String element, JsonNode field) {
        JsonNode fields = field.has("fields") ? field.get("fields") : structs.get(element);
        return fields.size() <= 2 && fields.findValuesAsText("type").stream().allMatch(type -> type.startsWith("int"));
    }

    private JsonNode number(Style style, int bits, boolean signed) {
        BigInteger count = BigInteger.ONE.shiftLeft(bits);
        BigInteger lowest = signed ? count.shiftRight(1).negate() : BigInteger.ZERO;
        BigInteger highest = lowest.add(count).subtract(BigInteger.ONE);
        return number(switch (style) {
            case DEFAULT, EMPTY -> BigInteger.ZERO;
            case FILLED -> BigInteger.valueOf(signed && counter % 2 == 0 ? -counter % 100 : counter % 100 + 2);
            case LOWEST -> lowest;
            case HIGHEST -> highest;
            case RANDOM -> lowest.add(new BigInteger(bits, random));
        });
    }

    private static JsonNode number(BigInteger value) {
        return value.bitLength() < 32 ? NODES.numberNode(value.intValue()) : NODES.numberNode(value.longValue());
    }
}
