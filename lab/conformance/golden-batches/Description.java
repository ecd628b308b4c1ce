import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.zip.CRC32C;

import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.CloseableIterator;

/** How Java reads batches, as text: a line a batch, a line a record. The Rust tests write the same lines. */
class Description {
    /** Longer contents are told by length and checksum. */
    private static final int HEX_MAX = 48;

    static String of(ByteBuffer bytes) {
        StringBuilder out = new StringBuilder();
        MemoryRecords records = MemoryRecords.readableRecords(bytes);
        int position = 0;
        for (MutableRecordBatch batch : records.batches()) {
            batch.ensureValid();
            describe(batch, out);
            int mark = out.length();
            try {
                describeRecords(batch, out);
                sameWithoutContent(batch);
            } catch (RuntimeException error) {
                // How many records came before depends on the way they are read.
                out.setLength(mark);
                out.append("refused ").append(error.getClass().getSimpleName()).append('\n');
            }
            position += batch.sizeInBytes();
        }
        if (position < bytes.limit()) {
            out.append("tail position=").append(position)
                .append(" length=").append(bytes.limit() - position).append('\n');
        }
        return out.toString();
    }

    private static void describe(MutableRecordBatch batch, StringBuilder out) {
        out.append("batch magic=").append(batch.magic())
            .append(" base_offset=").append(batch.baseOffset())
            .append(" last_offset=").append(batch.lastOffset())
            .append(" size=").append(batch.sizeInBytes())
            .append(" crc=").append(batch.checksum())
            .append(" compression=").append(batch.compressionType())
            .append(" timestamp_type=").append(batch.timestampType())
            .append(" max_timestamp=").append(batch.maxTimestamp())
            .append(" leader_epoch=").append(batch.partitionLeaderEpoch())
            .append(" producer_id=").append(batch.producerId())
            .append(" producer_epoch=").append(batch.producerEpoch())
            .append(" base_sequence=").append(batch.baseSequence())
            .append(" last_sequence=").append(batch.lastSequence())
            .append(" transactional=").append(batch.isTransactional())
            .append(" control=").append(batch.isControlBatch())
            .append(" delete_horizon=")
            .append(batch.deleteHorizonMs().isPresent() ? batch.deleteHorizonMs().getAsLong() : "-")
            .append(" count=").append(batch.countOrNull() == null ? "-" : batch.countOrNull())
            .append('\n');
    }

    private static void describeRecords(MutableRecordBatch batch, StringBuilder out) {
        for (Record record : batch) {
            out.append("record offset=").append(record.offset())
                .append(" timestamp=").append(record.timestamp())
                .append(" sequence=").append(record.sequence())
                .append(" key=").append(content(record.key()))
                .append(" value=").append(content(record.value()));
            for (Header header : record.headers()) {
                byte[] value = header.value();
                out.append(" header=").append(content(ByteBuffer.wrap(header.key().getBytes(StandardCharsets.UTF_8))))
                    .append(':').append(content(value == null ? null : ByteBuffer.wrap(value)));
            }
            if (batch.isControlBatch()) {
                out.append(" control_type=").append(ControlRecordType.parse(record.key()));
            }
            out.append('\n');
        }
    }

    /** The other two ways in which Java reads records must find the same ones. */
    private static void sameWithoutContent(MutableRecordBatch batch) {
        try (CloseableIterator<Record> skipping = batch.skipKeyValueIterator(BufferSupplier.NO_CACHING);
             CloseableIterator<Record> streaming = batch.streamingIterator(BufferSupplier.NO_CACHING)) {
            for (Record record : (RecordBatch) batch) {
                same(record, skipping);
                same(record, streaming);
            }
            if (skipping.hasNext() || streaming.hasNext()) {
                throw new IllegalStateException("more records");
            }
        }
    }

    private static void same(Record record, Iterator<Record> others) {
        Record other = others.next();
        if (record.offset() != other.offset() || record.timestamp() != other.timestamp()
            || record.keySize() != Math.max(other.keySize(), -1) || record.valueSize() != Math.max(other.valueSize(), -1)
            || record.sizeInBytes() != other.sizeInBytes()) {
            throw new IllegalStateException(record + " is not " + other);
        }
    }

    private static String content(ByteBuffer content) {
        if (content == null) {
            return "null";
        }
        byte[] bytes = new byte[content.remaining()];
        content.duplicate().get(bytes);
        if (bytes.length <= HEX_MAX) {
            return "x" + HexFormat.of().formatHex(bytes);
        }
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return bytes.length + "*" + crc.getValue();
    }
}
