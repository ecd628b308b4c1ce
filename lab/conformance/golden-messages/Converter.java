import com.fasterxml.jackson.databind.JsonNode;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.apache.kafka.common.protocol.Message;

/** Kafka's generated class of a message, and the one that makes JSON of it. */
final class Converter {
    private static final String[] PACKAGES = {
        "org.apache.kafka.common.message",
        "org.apache.kafka.common.metadata",
        "org.apache.kafka.coordinator.group.generated",
        "org.apache.kafka.coordinator.share.generated",
        "org.apache.kafka.coordinator.transaction.generated",
        "org.apache.kafka.raft.generated",
        "org.apache.kafka.server.log.remote.metadata.storage.generated",
        "org.apache.kafka.streams.internals.generated",
    };

    private final Class<?> message;
    private final Method read;
    private final Method write;

    Converter(JsonNode definition) throws ReflectiveOperationException {
        String kind = definition.get("type").asText();
        String name = definition.get("name").asText();
        boolean hasSuffix = kind.equals("request") || kind.equals("response") || kind.equals("header");
        message = find(hasSuffix ? name + "Data" : name);
        Class<?> converter = converterOf(message);
        read = converter == null ? null : converter.getMethod("read", JsonNode.class, short.class);
        write = converter == null ? null : converter.getMethod("write", message, short.class);
    }

    private static Class<?> converterOf(Class<?> message) {
        try {
            return Class.forName(message.getName() + "JsonConverter");
        } catch (ClassNotFoundException none) {
            return null;
        }
    }

    private static Class<?> find(String name) throws ClassNotFoundException {
        for (String candidate : PACKAGES) {
            try {
                return Class.forName(candidate + "." + name);
            } catch (ClassNotFoundException elsewhere) {
                // In another package, then.
            }
        }
        throw new ClassNotFoundException(name);
    }

    Message empty() throws ReflectiveOperationException {
        return (Message) message.getConstructor().newInstance();
    }

    Message read(JsonNode json, int version) throws ReflectiveOperationException {
        if (read == null) {
            return (Message) Reflection.fill(message, json);
        }
        return (Message) call(read, json, (short) version);
    }

    /** Null if Kafka has no JSON for the message. */
    JsonNode write(Message value, int version) throws ReflectiveOperationException {
        if (write == null) {
            return null;
        }
        return (JsonNode) call(write, value, (short) version);
    }

    private static Object call(Method method, Object... arguments) throws ReflectiveOperationException {
        try {
            return method.invoke(null, arguments);
        } catch (InvocationTargetException wrapper) {
            throw new IllegalStateException(method + " " + arguments[0], wrapper.getCause());
        }
    }
}
