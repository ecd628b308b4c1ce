import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/** What the AdminClient does with groups. */
final class GroupCalls {
    private GroupCalls() {}

    static Object perform(String what, JsonNode command) throws Exception {
        String group = command.path("group").asText();
        switch (what) {
            case "groups" -> {
                return Clients.ADMIN.listGroups().all().get().stream().map(GroupListing::groupId).toList();
            }
            case "describe" -> {
                return describe(group);
            }
            case "offsets" -> {
                return offsets(group);
            }
            case "set-offsets" -> Clients.ADMIN.alterConsumerGroupOffsets(group, wanted(command.get("offsets"))).all().get();
            case "delete-offsets" -> deleteOffsets(group, Members.partitions(command.get("partitions")));
            case "delete" -> Clients.ADMIN.deleteConsumerGroups(List.of(group)).all().get();
            case "remove-members" -> {
                List<MemberToRemove> members = Members.texts(command.get("instances")).stream().map(MemberToRemove::new).toList();
                Clients.ADMIN.removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions(members)).all().get();
            }
            default -> throw new IllegalArgumentException(what);
        }
        return null;
    }

    private static Map<TopicPartition, OffsetAndMetadata> wanted(JsonNode offsets) {
        Map<TopicPartition, OffsetAndMetadata> wanted = new HashMap<>();
        for (JsonNode o : offsets) wanted.put(Members.partition(o), new OffsetAndMetadata(o.get(2).asLong()));
        return wanted;
    }

    private static Object describe(String group) throws Exception {
        ConsumerGroupDescription found = Clients.ADMIN.describeConsumerGroups(List.of(group)).describedGroups().get(group).get();
        List<Map<String, Object>> members = new ArrayList<>();
        for (MemberDescription m : found.members()) {
            Map<String, Object> member = new HashMap<>(Map.of("client", m.clientId(), "partitions", Members.pairs(m.assignment().topicPartitions())));
            member.put("instance", m.groupInstanceId().orElse(null));
            members.add(member);
        }
        GroupState state = found.groupState();
        return Map.of("state", state.toString(), "protocol", found.partitionAssignor(), "members", members);
    }

    private static Object offsets(String group) throws Exception {
        List<List<Object>> all = new ArrayList<>();
        try {
            Clients.ADMIN.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().forEach((p, o) -> {
                if (o != null) all.add(List.of(p.topic(), p.partition(), o.offset(), o.metadata()));
            });
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof GroupIdNotFoundException)) throw e;
        }
        return all;
    }

    private static void deleteOffsets(String group, List<TopicPartition> partitions) throws Exception {
        Clients.ADMIN.deleteConsumerGroupOffsets(group, new HashSet<>(partitions)).all().get();
    }
}
