import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;

/** Fills a message through its setters: Kafka Streams' messages come without a JSON converter. */
final class Reflection {
    private Reflection() {
    }

    static Object fill(Class<?> kind, JsonNode json) throws ReflectiveOperationException {
        Object filled = kind.getConstructor().newInstance();
        for (Iterator<Map.Entry<String, JsonNode>> fields = json.fields(); fields.hasNext(); ) {
            Map.Entry<String, JsonNode> field = fields.next();
            String name = "set" + field.getKey().substring(0, 1).toUpperCase() + field.getKey().substring(1);
            for (Method setter : kind.getMethods()) {
                if (setter.getName().equals(name)) {
                    try {
                        setter.invoke(filled, value(setter.getGenericParameterTypes()[0], field.getValue()));
                    } catch (InvocationTargetException wrapper) {
                        throw new IllegalStateException(name, wrapper.getCause());
                    }
                }
            }
        }
        return filled;
    }

    private static Object value(Type type, JsonNode json) throws ReflectiveOperationException {
        if (type instanceof ParameterizedType list) {
            List<Object> elements = new ArrayList<>();
            for (JsonNode element : json) {
                elements.add(value(list.getActualTypeArguments()[0], element));
            }
            return elements;
        }
        Class<?> kind = (Class<?>) type;
        if (kind == byte.class || kind == Byte.class) {
            return (byte) json.intValue();
        } else if (kind == int.class || kind == Integer.class) {
            return json.intValue();
        } else if (kind == long.class || kind == Long.class) {
            return json.longValue();
        } else if (kind == String.class) {
            return json.textValue();
        } else if (kind == Uuid.class) {
            return Uuid.fromString(json.textValue());
        } else if (kind == byte[].class) {
            try {
                return json.binaryValue();
            } catch (IOException error) {
                throw new IllegalStateException(error);
            }
        }
        return fill(kind, json);
    }
}
