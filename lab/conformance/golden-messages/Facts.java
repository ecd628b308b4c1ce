import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.apache.kafka.common.message.ApiMessageType.ListenerType;
import org.apache.kafka.common.metadata.MetadataRecordType;
import org.apache.kafka.common.protocol.ApiKeys;

/** What Kafka's tables say of APIs and record types, a line each. */
final class Facts {
    private Facts() {
    }

    static String all() {
        List<String> lines = new ArrayList<>();
        for (ApiKeys api : ApiKeys.values()) {
            lines.add(api(api));
        }
        for (MetadataRecordType type : MetadataRecordType.values()) {
            lines.add("metadata " + type.id() + " " + type + " "
                + type.lowestSupportedVersion() + ".." + type.highestSupportedVersion());
        }
        for (var type : org.apache.kafka.server.log.remote.metadata.storage.generated.MetadataRecordType.values()) {
            lines.add("remote " + type.id() + " " + type + " "
                + type.lowestSupportedVersion() + ".." + type.highestSupportedVersion());
        }
        for (var type : org.apache.kafka.coordinator.group.generated.CoordinatorRecordType.values()) {
            lines.add("group " + type.id() + " " + type + " "
                + type.lowestSupportedVersion() + ".." + type.highestSupportedVersion());
        }
        for (var type : org.apache.kafka.coordinator.share.generated.CoordinatorRecordType.values()) {
            lines.add("share " + type.id() + " " + type + " "
                + type.lowestSupportedVersion() + ".." + type.highestSupportedVersion());
        }
        for (var type : org.apache.kafka.coordinator.transaction.generated.CoordinatorRecordType.values()) {
            lines.add("transaction " + type.id() + " " + type + " "
                + type.lowestSupportedVersion() + ".." + type.highestSupportedVersion());
        }
        return String.join("\n", lines) + "\n";
    }

    private static String api(ApiKeys api) {
        StringBuilder line = new StringBuilder("api " + api.id + " " + api.name);
        line.append(" valid ").append(api.oldestVersion()).append("..").append(api.latestVersion());
        line.append(" stable ").append(api.oldestVersion()).append("..").append(api.latestVersion(false));
        line.append(" forwardable ").append(api.forwardable);
        line.append(" cluster-action ").append(api.clusterAction);
        for (ListenerType listener : new TreeSet<>(api.messageType.listeners())) {
            line.append(" ").append(listener.name().toLowerCase()).append(" ");
            line.append(api.toApiVersionForApiResponse(false, listener)
                .map(version -> version.minVersion() + ".." + version.maxVersion()).orElse("none"));
        }
        line.append(" headers");
        for (short version = api.oldestVersion(); version <= api.latestVersion(); version++) {
            line.append(" ").append(api.requestHeaderVersion(version)).append("/").append(api.responseHeaderVersion(version));
        }
        return line.toString();
    }
}
