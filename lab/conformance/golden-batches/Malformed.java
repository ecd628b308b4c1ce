import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

import net.jpountz.lz4.LZ4FrameOutputStream;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.utils.ByteBufferOutputStream;
import org.apache.kafka.common.utils.ByteUtils;

/** Batches with a good header and CRC around records that are odd or wrong. */
class Malformed {
    /** Attributes, timestamp delta, offset delta; key "k", value "v". */
    private static final String START = "00 00 00";
    private static final String KEY_AND_VALUE = "02 6b 02 76";
    private static final String NO_HEADERS = "00";
    private static final String GOOD = START + KEY_AND_VALUE + NO_HEADERS;

    private final Map<String, ByteBuffer> cases = new TreeMap<>();

    static Map<String, ByteBuffer> all() {
        Malformed all = new Malformed();
        try {
            all.accepted();
            all.refused();
            all.refusedHeaders();
            all.refusedStreams();
        } catch (IOException error) {
            throw new IllegalStateException(error);
        }
        return all.cases;
    }

    /** Nobody writes these, but Kafka reads them. */
    private void accepted() throws IOException {
        put("odd-lengths-below-minus-one-are-null", 1, record(START + "03 05" + NO_HEADERS));
        put("odd-varint-longer-than-needed", 1, record("00 80 00 80 80 00 82 80 80 80 00 6b 02 76" + NO_HEADERS));
        put("odd-varint-excess-bits", 1, record("00 00 80 80 80 80 70" + KEY_AND_VALUE + NO_HEADERS));
        put("odd-record-attributes", 1, record("ff 00 00" + KEY_AND_VALUE + NO_HEADERS));
        put("odd-offset-delta-negative", 1, record("00 00 09" + KEY_AND_VALUE + NO_HEADERS));
        put("odd-header-name-not-utf8", 1, record(START + KEY_AND_VALUE + "02 04 c3 28 01"));
        put("odd-count-zero-with-bytes", 0, record(GOOD));
    }

    private void refused() throws IOException {
        put("bad-count-negative", -1, record(GOOD));
        put("bad-count-too-large", 2, record(GOOD));
        put("bad-count-too-small", 1, record(GOOD), record(GOOD));
        put("bad-length-negative", 1, bytes("01" + GOOD));
        put("bad-length-zero", 1, bytes("00" + GOOD));
        put("bad-length-too-small", 1, bytes("0e" + GOOD));
        put("bad-length-too-large", 1, bytes("12" + GOOD + "00"));
        put("bad-length-beyond-batch", 1, bytes("7e" + GOOD));
        // Not compressed too: Java would take 2 GiB for it.
        cases.put("bad-length-huge", batch(CompressionType.NONE, 1, bytes("fe ff ff ff 0f" + GOOD)));
        put("bad-length-without-end", 1, bytes("80 80 80 80 80 00" + GOOD));
        put("bad-timestamp-without-end", 1, record("00 80 80 80 80 80 80 80 80 80 80 00 00" + KEY_AND_VALUE + NO_HEADERS));
        put("bad-offset-without-end", 1, record("00 00 80 80 80 80 80 00" + KEY_AND_VALUE + NO_HEADERS));
        put("bad-key-beyond-record", 1, record(START + "40 6b 02 76" + NO_HEADERS));
        put("bad-key-into-next-record", 2, record(START + "16 6b 02 76" + NO_HEADERS), record(GOOD));
        put("bad-value-huge", 1, record(START + "02 6b fe ff ff ff 0f 76" + NO_HEADERS));
    }

    private void refusedHeaders() throws IOException {
        put("bad-header-count-negative", 1, record(START + KEY_AND_VALUE + "01"));
        put("bad-header-count-huge", 1, record(START + KEY_AND_VALUE + "fe ff ff ff 0f"));
        put("bad-header-count-too-large", 1, record(START + KEY_AND_VALUE + "04 02 68 01"));
        put("bad-header-key-null", 1, record(START + KEY_AND_VALUE + "02 01 02 76"));
        put("bad-header-key-beyond-record", 1, record(START + KEY_AND_VALUE + "02 40 68 01"));
        put("bad-header-value-beyond-record", 1, record(START + KEY_AND_VALUE + "02 02 68 40"));
    }

    /** What is wrong is the compression. */
    private void refusedStreams() throws IOException {
        byte[] good = record(GOOD);
        for (CompressionType type : CompressionType.values()) {
            if (type == CompressionType.NONE) {
                continue;
            }
            byte[] whole = compressed(Compression.of(type).build(), good);
            byte[] half = new byte[whole.length / 2];
            System.arraycopy(whole, 0, half, 0, half.length);
            cases.put("bad-" + type + "-cut", batch(type, 1, half));
            cases.put("bad-" + type + "-is-none", batch(type, 1, good));
            // Only LZ4 is over with its first frame.
            String verdict = type == CompressionType.LZ4 ? "bad-" : "odd-";
            ByteArrayOutputStream two = new ByteArrayOutputStream();
            two.write(compressed(Compression.of(type).build(), Arrays.copyOf(good, 5)));
            two.write(compressed(Compression.of(type).build(), Arrays.copyOfRange(good, 5, good.length)));
            cases.put(verdict + type + "-two-streams", batch(type, 1, two.toByteArray()));
        }
        // FLG says that blocks depend on each other; the header checksum is right.
        cases.put("bad-lz4-linked-blocks", batch(CompressionType.LZ4, 1,
            bytes("04 22 4d 18 40 40 c0 09 00 00 80 10" + GOOD + "00 00 00 00")));
        cases.put("bad-lz4-header-checksum", batch(CompressionType.LZ4, 1,
            bytes("04 22 4d 18 60 40 83 09 00 00 80 10" + GOOD + "00 00 00 00")));
        // The checksums of blocks and content, and its size: nobody writes them into batches.
        ByteArrayOutputStream checked = new ByteArrayOutputStream();
        try (OutputStream stream = new LZ4FrameOutputStream(checked, LZ4FrameOutputStream.BLOCKSIZE.SIZE_256KB,
            good.length, LZ4FrameOutputStream.FLG.Bits.BLOCK_INDEPENDENCE, LZ4FrameOutputStream.FLG.Bits.BLOCK_CHECKSUM,
            LZ4FrameOutputStream.FLG.Bits.CONTENT_SIZE, LZ4FrameOutputStream.FLG.Bits.CONTENT_CHECKSUM)) {
            stream.write(good);
        }
        cases.put("odd-lz4-all-checksums", batch(CompressionType.LZ4, 1, checked.toByteArray()));
        byte[] wrong = checked.toByteArray();
        // Behind the block's checksum are only the end and the content's: four bytes each.
        wrong[wrong.length - 9] ^= 1;
        cases.put("bad-lz4-block-checksum", batch(CompressionType.LZ4, 1, wrong));
        // Some clients write snappy without the framing.
        cases.put("odd-snappy-raw", batch(CompressionType.SNAPPY, 1, bytes("09 20 10" + GOOD)));
    }

    private void put(String name, int count, byte[]... records) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] record : records) {
            all.write(record);
        }
        cases.put(name, batch(CompressionType.NONE, count, all.toByteArray()));
        cases.put(name + "-gzip", batch(CompressionType.GZIP, count, compressed(Compression.gzip().build(), all.toByteArray())));
    }

    private static ByteBuffer batch(CompressionType type, int count, byte[] payload) {
        int size = DefaultRecordBatch.RECORD_BATCH_OVERHEAD + payload.length;
        ByteBuffer buffer = ByteBuffer.allocate(size);
        buffer.position(DefaultRecordBatch.RECORD_BATCH_OVERHEAD);
        buffer.put(payload);
        buffer.rewind();
        DefaultRecordBatch.writeHeader(buffer, 100, Math.max(count, 1) - 1, size, RecordBatch.MAGIC_VALUE_V2, type,
            TimestampType.CREATE_TIME, 1_700_000_000_000L, 1_700_000_000_000L, RecordBatch.NO_PRODUCER_ID,
            RecordBatch.NO_PRODUCER_EPOCH, RecordBatch.NO_SEQUENCE, false, false, false, 0, count);
        return buffer.rewind();
    }

    private static byte[] record(String body) throws IOException {
        byte[] bytes = bytes(body);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteUtils.writeVarint(bytes.length, new DataOutputStream(out));
        out.write(bytes);
        return out.toByteArray();
    }

    private static byte[] compressed(Compression compression, byte[] plain) throws IOException {
        ByteBufferOutputStream out = new ByteBufferOutputStream(256);
        try (OutputStream stream = compression.wrapForOutput(out, RecordBatch.MAGIC_VALUE_V2)) {
            stream.write(plain);
        }
        byte[] bytes = new byte[out.position()];
        out.buffer().flip().get(bytes);
        return bytes;
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }
}
