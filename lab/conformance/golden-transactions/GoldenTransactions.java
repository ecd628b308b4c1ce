import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.PrintWriter;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.requests.InitProducerIdRequest;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.serialization.*;

/** Uses transactions of a broker in every way that leaves records behind, and writes down what the broker then says of them. */
final class GoldenTransactions {
    /** As many epochs as a producer id has, but for a few. */
    private static final int NEARLY_ALL_EPOCHS = Short.MAX_VALUE - 3;

    /** Only there so that the topic is. */
    private static final String FIRST = "first";

    private final String address;
    private final Admin admin;

    private GoldenTransactions(String address) {
        this.address = address;
        this.admin = Admin.create(Map.of("bootstrap.servers", address));
    }

    public static void main(String[] arguments) throws Exception {
        GoldenTransactions transactions = new GoldenTransactions(arguments[0]);
        transactions.topics();
        transactions.useUpEpochs("used-up-by-init", "used-up-by-transactions");
        transactions.commitAndAbort();
        transactions.offsets();
        transactions.newProducers();
        transactions.timeOut();
        transactions.usedUpEpochs();
        transactions.open();
        transactions.writeFacts(arguments[1]);
        // Leaves a transaction open: nothing is closed.
        System.exit(0);
    }

    private void topics() throws Exception {
        admin.createTopics(List.of(new NewTopic("orders", 3, (short) 1), new NewTopic("payments", 1, (short) 1))).all().get();
        transactional(FIRST, 60_000).close();
    }

    /** Two transactional ids, in turn: each begins again until there are few epochs left. */
    private void useUpEpochs(String... transactionalIds) throws Exception {
        String[] host = address.split(":");
        short version = 5;
        try (Socket socket = new Socket(host[0], Integer.parseInt(host[1]))) {
            socket.setTcpNoDelay(true);
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            DataInputStream in = new DataInputStream(socket.getInputStream());
            for (int i = 0; i < NEARLY_ALL_EPOCHS; i++) {
                for (String transactionalId : transactionalIds) {
                    InitProducerIdRequestData request = new InitProducerIdRequestData().setTransactionalId(transactionalId)
                        .setTransactionTimeoutMs(60_000).setProducerId(-1).setProducerEpoch((short) -1);
                    ByteBuffer bytes = new InitProducerIdRequest.Builder(request).build(version)
                        .serializeWithHeader(new RequestHeader(ApiKeys.INIT_PRODUCER_ID, version, "golden", 1));
                    ByteBuffer framed = ByteBuffer.allocate(4 + bytes.remaining());
                    framed.putInt(bytes.remaining()).put(bytes);
                    out.write(framed.array());
                    byte[] answer = new byte[in.readInt()];
                    in.readFully(answer);
                    ByteBuffer body = ByteBuffer.wrap(answer);
                    body.position(5);
                    short error = new InitProducerIdResponseData(new ByteBufferAccessor(body), version).errorCode();
                    if (error != 0) throw new IllegalStateException("InitProducerId: error " + error);
                }
            }
        }
    }

    private void commitAndAbort() throws Exception {
        Producer<byte[], byte[]> producer = transactional("committed-and-aborted", 60_000);
        write(producer, "orders", 0);
        producer.commitTransaction();
        write(producer, "orders", 0, 1, 2);
        send(producer, "payments", 0);
        producer.commitTransaction();
        write(producer, "orders", 1);
        producer.abortTransaction();
        write(producer, "payments", 0);
        producer.commitTransaction();
        producer.close();
    }

    private void offsets() throws Exception {
        Producer<byte[], byte[]> producer = transactional("with-offsets", 60_000);
        write(producer, "orders", 2);
        producer.sendOffsetsToTransaction(Map.of(new TopicPartition("orders", 0), new OffsetAndMetadata(1)), new ConsumerGroupMetadata("g"));
        producer.commitTransaction();
        producer.close();
    }

    /** Who comes next has the next epoch, and aborts what is open. */
    private void newProducers() throws Exception {
        transactional("taken-over", 60_000).close();
        Producer<byte[], byte[]> before = transactional("taken-over", 30_000);
        write(before, "orders", 0);
        Producer<byte[], byte[]> after = transactional("taken-over", 60_000);
        try {
            before.commitTransaction();
            throw new IllegalStateException("a fenced producer has committed");
        } catch (KafkaException fenced) {
            // As it should be.
        }
        write(after, "orders", 1);
        after.commitTransaction();
    }

    private void timeOut() throws Exception {
        Producer<byte[], byte[]> producer = transactional("timed-out", 1_500);
        write(producer, "orders", 0);
        for (int i = 0; describe("timed-out").state() != TransactionState.COMPLETE_ABORT; i++) {
            Thread.sleep(100);
            if (i > 300) throw new IllegalStateException("it does not time out");
        }
    }

    private void usedUpEpochs() throws Exception {
        for (int i = 0; i < 5; i++) transactional("used-up-by-init", 60_000).close();
        Producer<byte[], byte[]> producer = transactional("used-up-by-transactions", 60_000);
        for (int i = 0; i < 4; i++) {
            write(producer, "orders", i % 3);
            if (i % 2 == 0) producer.commitTransaction(); else producer.abortTransaction();
        }
        write(producer, "orders", 0);
        // Aborts what is open, with the last epoch there is or with another id.
        transactional("used-up-by-transactions", 60_000).close();
    }

    private void open() throws Exception {
        write(transactional("open", 600_000), "orders", 1);
    }

    /** One line a transactional id; with tabs between, in order. */
    private void writeFacts(String file) throws Exception {
        TreeSet<String> lines = new TreeSet<>();
        for (TransactionListing listed : admin.listTransactions().all().get()) {
            // What it has left behind is cut off, too.
            if (listed.transactionalId().equals(FIRST)) continue;
            TransactionDescription described = describe(listed.transactionalId());
            TreeSet<String> partitions = new TreeSet<>();
            for (TopicPartition partition : described.topicPartitions()) partitions.add(partition.toString());
            lines.add(String.join("\t", listed.transactionalId(), described.state().toString(), Long.toString(described.producerId()),
                Integer.toString(described.producerEpoch()), Long.toString(described.transactionTimeoutMs()),
                described.transactionStartTimeMs().isPresent() ? Long.toString(described.transactionStartTimeMs().getAsLong()) : "-",
                String.join(" ", partitions)));
        }
        try (PrintWriter out = new PrintWriter(file, "UTF-8")) {
            for (String line : lines) out.print(line + "\n");
        }
    }

    private TransactionDescription describe(String transactionalId) throws Exception {
        return admin.describeTransactions(Set.of(transactionalId)).description(transactionalId).get();
    }

    private static void write(Producer<byte[], byte[]> producer, String topic, int... partitions) throws Exception {
        producer.beginTransaction();
        send(producer, topic, partitions);
    }

    private static void send(Producer<byte[], byte[]> producer, String topic, int... partitions) throws Exception {
        for (int partition : partitions) {
            producer.send(new ProducerRecord<>(topic, partition, null, new byte[] {1}));
        }
        producer.flush();
    }

    private Producer<byte[], byte[]> transactional(String id, int timeout) {
        Map<String, Object> options = Map.of("bootstrap.servers", address, "transactional.id", id, "transaction.timeout.ms", timeout);
        Producer<byte[], byte[]> producer = new KafkaProducer<>(options, new ByteArraySerializer(), new ByteArraySerializer());
        producer.initTransactions();
        return producer;
    }
}
