import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.message.KRaftVersionRecord;
import org.apache.kafka.common.message.LeaderChangeMessage;
import org.apache.kafka.common.message.SnapshotFooterRecord;
import org.apache.kafka.common.message.SnapshotHeaderRecord;
import org.apache.kafka.common.message.VotersRecord;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.ByteBufferOutputStream;

/** Every golden batch by name. What the names say is said in README.md. */
class Cases {
    private static final long TIME = 1_700_000_000_000L;
    private static final Header[] NO_HEADERS = {};

    private final Map<String, ByteBuffer> cases = new TreeMap<>();

    static Map<String, ByteBuffer> all() {
        Cases all = new Cases();
        for (CompressionType type : CompressionType.values()) {
            Compression compression = Compression.of(type).build();
            all.put("v2-" + type + "-shapes", shapes(new Batch().with(compression)));
            if (type != CompressionType.NONE) {
                all.put("v2-" + type + "-large", large(new Batch().with(compression)));
            }
        }
        all.flags();
        all.producers();
        all.headersOnly();
        all.controlRecords();
        all.legacy();
        return all.cases;
    }

    private void put(String name, ByteBuffer bytes) {
        cases.put(name, bytes);
    }

    /** What MemoryRecordsBuilder takes, with the values that mean nothing. */
    private static class Batch {
        byte magic = RecordBatch.MAGIC_VALUE_V2;
        Compression compression = Compression.NONE;
        TimestampType timestampType = TimestampType.CREATE_TIME;
        long baseOffset = 42;
        long logAppendTime = RecordBatch.NO_TIMESTAMP;
        long producerId = RecordBatch.NO_PRODUCER_ID;
        short producerEpoch = RecordBatch.NO_PRODUCER_EPOCH;
        int baseSequence = RecordBatch.NO_SEQUENCE;
        boolean transactional;
        int leaderEpoch = 7;
        long deleteHorizon = RecordBatch.NO_TIMESTAMP;

        Batch with(Compression compression) {
            this.compression = compression;
            return this;
        }

        Batch magic(int magic) {
            this.magic = (byte) magic;
            this.leaderEpoch = RecordBatch.NO_PARTITION_LEADER_EPOCH;
            if (magic == 0) {
                timestampType = TimestampType.NO_TIMESTAMP_TYPE;
            }
            return this;
        }

        Batch appendTime() {
            timestampType = TimestampType.LOG_APPEND_TIME;
            logAppendTime = TIME + 999_999;
            return this;
        }

        Batch producer(long id, int epoch, int sequence, boolean transactional) {
            producerId = id;
            producerEpoch = (short) epoch;
            baseSequence = sequence;
            this.transactional = transactional;
            return this;
        }

        MemoryRecordsBuilder builder() {
            return new MemoryRecordsBuilder(new ByteBufferOutputStream(1024), magic, compression, timestampType,
                baseOffset, logAppendTime, producerId, producerEpoch, baseSequence, transactional, false, leaderEpoch,
                Integer.MAX_VALUE, deleteHorizon);
        }
    }

    /** Null, empty and ordinary keys, values and headers, times that go back, and offsets with gaps. */
    private static ByteBuffer shapes(Batch batch) {
        MemoryRecordsBuilder builder = batch.builder();
        builder.append(TIME, bytes("key"), bytes("value"));
        builder.append(TIME + 12, (byte[]) null, bytes("value without key"));
        builder.append(TIME - 5, bytes("tombstone"), (byte[]) null);
        builder.append(TIME + 1, (byte[]) null, (byte[]) null);
        builder.append(TIME + 2, bytes(""), bytes(""));
        Header[] headers = batch.magic < RecordBatch.MAGIC_VALUE_V2 ? NO_HEADERS : new Header[] {
            new RecordHeader("trace", bytes("1")),
            new RecordHeader("trace", bytes("2")),
            new RecordHeader("null", null),
            new RecordHeader("empty", bytes("")),
            new RecordHeader("", bytes("no name")),
            new RecordHeader("žluťoučký kůň", bytes("longer than sixty-three bytes, so that its length takes two bytes ...")),
        };
        builder.append(TIME + 300_000, bytes("with headers"), bytes("value"), headers);
        builder.appendWithOffset(batch.baseOffset + 70, TIME + 3, bytes("after a gap"), bytes("value"), NO_HEADERS);
        builder.appendWithOffset(batch.baseOffset + 10_000, TIME + 4, bytes("far"), repeated("0123456789", 30), NO_HEADERS);
        return builder.build().buffer();
    }

    /** More than one block of every codec; compressible, and then not. */
    private static ByteBuffer large(Batch batch) {
        MemoryRecordsBuilder builder = batch.builder();
        builder.append(TIME, bytes("first"), repeated("abcdefghijklmnopqrstuvwxyz", 3_000));
        byte[] noise = new byte[1_500];
        new Random(20260513).nextBytes(noise);
        builder.append(TIME + 1, bytes("second"), noise);
        builder.append(TIME + 2, bytes("third"), repeated("0123456789", 7_000));
        return builder.build().buffer();
    }

    private static ByteBuffer one(Batch batch) {
        MemoryRecordsBuilder builder = batch.builder();
        builder.append(TIME, bytes("key"), bytes("value"));
        return builder.build().buffer();
    }

    private void flags() {
        put("v2-none-one", one(new Batch()));
        put("v2-none-append-time", shapes(new Batch().appendTime()));
        put("v2-lz4-append-time", shapes(new Batch().with(Compression.lz4().build()).appendTime()));
        Batch horizon = new Batch();
        horizon.deleteHorizon = TIME + 86_400_000;
        put("v2-none-delete-horizon", shapes(horizon));
        MemoryRecordsBuilder timeless = new Batch().builder();
        timeless.append(RecordBatch.NO_TIMESTAMP, bytes("key"), bytes("no timestamp"));
        timeless.append(TIME, bytes("key"), bytes("timestamp"));
        put("v2-none-no-timestamp", timeless.build().buffer());
    }

    private void producers() {
        put("v2-none-idempotent", shapes(new Batch().producer(4_294_967_297L, 3, 100, false)));
        put("v2-none-sequence-wraps", shapes(new Batch().producer(9, 0, Integer.MAX_VALUE - 2, false)));
        put("v2-none-transactional", shapes(new Batch().producer(1000, 12, 0, true)));
        put("v2-zstd-transactional",
            shapes(new Batch().with(Compression.zstd().build()).producer(1000, 12, 0, true)));
    }

    /** What is done to a batch after it was built. `patched-*` have `v2-none-idempotent` under them. */
    private void headersOnly() {
        ByteBuffer moved = patched();
        batchOf(moved).setLastOffset(123_456_789_012L);
        batchOf(moved).setPartitionLeaderEpoch(Integer.MAX_VALUE);
        put("patched-offset-and-epoch", moved);
        ByteBuffer stamped = patched();
        batchOf(stamped).setMaxTimestamp(TimestampType.LOG_APPEND_TIME, TIME + 5_000_000);
        put("patched-append-time", stamped);
        ByteBuffer raised = patched();
        batchOf(raised).setMaxTimestamp(TimestampType.CREATE_TIME, TIME + 6_000_000);
        put("patched-max-timestamp", raised);
        MutableRecordBatch from = batchOf(cases.get("v2-none-transactional"));
        ByteBuffer emptied = ByteBuffer.allocate(DefaultRecordBatch.RECORD_BATCH_OVERHEAD);
        DefaultRecordBatch.writeEmptyHeader(emptied, from.magic(), from.producerId(), from.producerEpoch(),
            from.baseSequence(), from.baseOffset(), from.lastOffset(), from.partitionLeaderEpoch(),
            from.timestampType(), from.maxTimestamp(), from.isTransactional(), from.isControlBatch());
        emptied.flip();
        put("emptied-transactional", emptied);
    }

    private ByteBuffer patched() {
        ByteBuffer from = cases.get("v2-none-idempotent").duplicate();
        return ByteBuffer.allocate(from.remaining()).put(from).flip();
    }

    private static MutableRecordBatch batchOf(ByteBuffer bytes) {
        return MemoryRecords.readableRecords(bytes).batches().iterator().next();
    }

    private void controlRecords() {
        put("control-commit", MemoryRecords.withEndTransactionMarker(500, TIME, 8, 1000, (short) 12,
            new EndTransactionMarker(ControlRecordType.COMMIT, 31)).buffer());
        put("control-abort", MemoryRecords.withEndTransactionMarker(501, TIME, 8, 1000, (short) 12,
            new EndTransactionMarker(ControlRecordType.ABORT, Integer.MAX_VALUE)).buffer());
        put("control-leader-change", MemoryRecords.withLeaderChangeMessage(0, TIME, 5, buffer(),
            new LeaderChangeMessage().setLeaderId(1)
                .setVoters(List.of(new LeaderChangeMessage.Voter().setVoterId(1)))).buffer());
        put("control-snapshot-header", MemoryRecords.withSnapshotHeaderRecord(0, TIME, 5, buffer(),
            new SnapshotHeaderRecord().setLastContainedLogTimestamp(TIME)).buffer());
        put("control-snapshot-footer", MemoryRecords.withSnapshotFooterRecord(0, TIME, 5, buffer(),
            new SnapshotFooterRecord()).buffer());
        put("control-kraft-version", MemoryRecords.withKRaftVersionRecord(0, TIME, 5, buffer(),
            new KRaftVersionRecord().setKRaftVersion((short) 1)).buffer());
        put("control-kraft-voters", MemoryRecords.withVotersRecord(0, TIME, 5, buffer(),
            new VotersRecord().setVoters(List.of(new VotersRecord.Voter().setVoterId(1)))).buffer());
    }

    private void legacy() {
        for (int magic = 0; magic <= 1; magic++) {
            for (CompressionType type : CompressionType.values()) {
                if (type == CompressionType.ZSTD) {
                    continue;
                }
                Compression compression = Compression.of(type).build();
                put("v" + magic + "-" + type + "-shapes", shapes(new Batch().magic(magic).with(compression)));
            }
        }
        put("v1-none-append-time", shapes(new Batch().magic(1).appendTime()));
        put("v1-snappy-append-time", shapes(new Batch().magic(1).with(Compression.snappy().build()).appendTime()));
        put("v0-lz4-large", large(new Batch().magic(0).with(Compression.lz4().build())));
        put("v1-snappy-large", large(new Batch().magic(1).with(Compression.snappy().build())));

        // As some versions of librdkafka produce them. The offset is not under the CRC.
        ByteBuffer produced = one(new Batch().magic(1).with(Compression.gzip().build()));
        produced.putLong(0, 0);
        put("v1-gzip-wrapper-offset-0", produced);

        // A segment that has lived through two upgrades, cut off inside of its last batch.
        ByteBuffer last = one(new Batch());
        last.limit(last.limit() - 3);
        ByteBuffer segment = buffer();
        for (ByteBuffer part : List.of(one(new Batch().magic(0)),
            shapes(new Batch().magic(0).with(Compression.gzip().build())),
            one(new Batch().magic(1)),
            shapes(new Batch().magic(1).with(Compression.lz4().build())),
            one(new Batch()),
            shapes(new Batch().with(Compression.zstd().build())),
            last)) {
            segment.put(part);
        }
        put("mixed-with-tail", segment.flip());
    }

    private static ByteBuffer buffer() {
        return ByteBuffer.allocate(4096);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] repeated(String text, int times) {
        return bytes(text.repeat(times));
    }
}
