// Command suite puts franz-go (kgo and kadm) to work against a broker. As `suite members` it runs members of consumer
// groups on command, for the cases in clients/groups.
package main

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

const then = 1_700_000_000_000

func text(topic, value string) *kgo.Record {
	return &kgo.Record{Topic: topic, Value: []byte(value)}
}

func numbered(topic string, count int) []*kgo.Record {
	var records []*kgo.Record
	for i := range count {
		records = append(records, text(topic, strconv.Itoa(i)))
	}
	return records
}

func values(records []*kgo.Record) []string {
	slices.SortStableFunc(records, func(a, b *kgo.Record) int {
		if a.Partition != b.Partition {
			return int(a.Partition - b.Partition)
		}
		return int(a.Offset - b.Offset)
	})
	var all []string
	for _, r := range records {
		all = append(all, string(r.Value))
	}
	return all
}

func main() {
	if slices.Contains(os.Args[1:], "members") {
		runMembers()
		return
	}
	records()
	producing()
	consuming()
	administering()
	runAll()
}

func records() {
	test("keys, values, headers and nulls", func() {
		name := topic("shapes", 1, nil)
		sent := []*kgo.Record{
			{Topic: name, Key: []byte("key"), Value: []byte("value")},
			{Topic: name, Value: []byte("value")},
			{Topic: name, Key: []byte("tombstone")},
			{Topic: name},
			{Topic: name, Key: []byte{}, Value: []byte{}},
			{Topic: name, Key: []byte("ключ"), Value: []byte("größer ✓ 漢字 🦦")},
			{Topic: name, Value: []byte{0, 255, 128}, Headers: []kgo.RecordHeader{
				{Key: "a", Value: []byte("1")}, {Key: "a", Value: nil}, {Key: "", Value: []byte{}}, {Key: "ü", Value: []byte{0}}}},
		}
		_, err := produce(sent)
		must(err)
		for i, got := range read(name, whole(1), len(sent)) {
			equal([]any{got.Offset, got.Key, got.Value, got.Headers}, []any{int64(i), sent[i].Key, sent[i].Value, sent[i].Headers}, "a record")
		}
	})

	codecs := map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	}
	for _, codec := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		test("codec "+codec, func() {
			name := topic("codec-"+codec, 1, nil)
			var sent []*kgo.Record
			for i := range 300 {
				sent = append(sent, text(name, strings.Repeat(fmt.Sprintf("%s %d ", codec, i), 20)))
			}
			expected := values(slices.Clone(sent))
			_, err := produce(sent, kgo.ProducerBatchCompression(codecs[codec]))
			must(err)
			equal(values(read(name, whole(1), 300)), expected, "values")
			equal(string(read(name, map[int32]kgo.Offset{0: kgo.NewOffset().At(177)}, 1)[0].Value), expected[177], "from the middle")
		})
	}

	test("a producer's time is kept", func() {
		name := topic("times", 1, nil)
		at := func(ms int64) *kgo.Record {
			return &kgo.Record{Topic: name, Value: []byte("v"), Timestamp: time.UnixMilli(ms)}
		}
		_, err := produce([]*kgo.Record{at(then), at(then + 5), at(1)})
		must(err)
		for i, expected := range []int64{then, then + 5, 1} {
			got := read(name, whole(1), 3)[i]
			equal(got.Timestamp.UnixMilli(), expected, "time")
			equal(got.Attrs.TimestampType(), int8(0), "kind of time")
		}
	})

	test("log append time replaces the producer's", func() {
		name := topic("append-times", 1, map[string]string{"message.timestamp.type": "LogAppendTime"})
		_, err := produce([]*kgo.Record{{Topic: name, Value: []byte("v"), Timestamp: time.UnixMilli(then)}})
		must(err)
		got := read(name, whole(1), 1)[0]
		equal(got.Attrs.TimestampType(), int8(1), "kind of time")
		if age := time.Since(got.Timestamp); math.Abs(age.Seconds()) > 60 {
			fail("%v is not now", got.Timestamp)
		}
	})
}

func producing() {
	test("acks none, one and all", func() {
		name := topic("acks", 1, nil)
		for _, options := range [][]kgo.Opt{
			{kgo.RequiredAcks(kgo.NoAck()), kgo.DisableIdempotentWrite()},
			{kgo.RequiredAcks(kgo.LeaderAck()), kgo.DisableIdempotentWrite()},
			{kgo.RequiredAcks(kgo.AllISRAcks()), kgo.DisableIdempotentWrite()},
		} {
			_, err := produce(numbered(name, 20), options...)
			must(err)
		}
		equal(len(read(name, whole(1), 60)), 60, "records")
	})

	test("an idempotent producer, which is franz-go's own way", func() {
		name := topic("idempotent", 3, nil)
		sent := numbered(name, 3000)
		for i, r := range sent {
			r.Partition = int32(i % 3)
		}
		_, err := produce(sent, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.MaxBufferedRecords(100))
		must(err)
		seen := map[int32]int{0: 0, 1: 1, 2: 2}
		for _, r := range read(name, whole(3), 3000) {
			equal(string(r.Value), strconv.Itoa(seen[r.Partition]), "the next of its partition")
			seen[r.Partition] += 3
		}
	})

	test("a key goes where the Java client puts it", func() {
		name := topic("keyed", 7, nil)
		expected := map[string]int32{"a": 5, "key": 4, "foobar": 0, "a-little-bit-long-string": 1, "21": 3, "ключ": 4}
		var sent []*kgo.Record
		for key := range expected {
			sent = append(sent, &kgo.Record{Topic: name, Key: []byte(key), Value: []byte("v")})
		}
		placed, err := produce(sent, kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)))
		must(err)
		found := map[string]int32{}
		for _, r := range placed {
			found[string(r.Key)] = r.Partition
		}
		equal(found, expected, "partitions")
	})

	test("large records up to the limit and not beyond", func() {
		name := topic("large", 1, nil)
		large := kgo.ProducerBatchMaxBytes(4_000_000)
		_, err := produce([]*kgo.Record{text(name, strings.Repeat("x", 1_000_000))}, large, kgo.ProducerBatchCompression(kgo.NoCompression()))
		must(err)
		_, err = produce([]*kgo.Record{text(name, strings.Repeat("x", 1_048_600))}, large, kgo.ProducerBatchCompression(kgo.NoCompression()))
		equal(nameOf(err), "MESSAGE_TOO_LARGE", "error")
	})

	test("writing to a topic that is not there makes it", func() {
		_, err := produce([]*kgo.Record{text("franz-go-made-by-writing", "first")})
		must(err)
		topics := admin(func(a *kadm.Client) kadm.TopicDetails {
			found, err := a.ListTopics(within(10), "franz-go-made-by-writing")
			must(err)
			return found
		})
		equal(len(topics["franz-go-made-by-writing"].Partitions), 3, "partitions")
	})

	test("a producer that must not make topics", func() {
		c := client(kgo.UnknownTopicRetries(1))
		defer c.Close()
		equal(nameOf(c.ProduceSync(within(30), text("franz-go-not-there", "v")).FirstErr()), "UNKNOWN_TOPIC_OR_PARTITION", "error")
	})
}

func consuming() {
	test("a large record and a reader that fetches little", func() {
		name := topic("larger", 1, map[string]string{"max.message.bytes": "5000000"})
		large := kgo.ProducerBatchMaxBytes(5_000_000)
		_, err := produce([]*kgo.Record{text(name, strings.Repeat("a", 3_000_000))}, large)
		must(err)
		_, err = produce([]*kgo.Record{text(name, "b")})
		must(err)
		got := values(read(name, whole(1), 2, kgo.FetchMaxPartitionBytes(10_000)))
		equal([]int{len(got[0]), len(got[1])}, []int{3_000_000, 1}, "sizes")
	})

	test("sixty-four partitions written and read at once", func() {
		name := topic("many", 64, nil)
		sent := numbered(name, 64*20)
		for i, r := range sent {
			r.Partition = int32(i % 64)
		}
		_, err := produce(sent, kgo.RecordPartitioner(kgo.ManualPartitioner()))
		must(err)
		for _, r := range read(name, whole(64), 64*20) {
			number, _ := strconv.Atoi(string(r.Value))
			equal(int32(number%64), r.Partition, "partition")
			equal(int64(number/64), r.Offset, "offset")
		}
	})

	test("a session goes on over many fetches", func() {
		name := topic("session", 8, nil)
		c := client(kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{name: whole(8)}), kgo.FetchMaxWait(100*time.Millisecond))
		defer c.Close()
		for round := range 20 {
			_, err := produce([]*kgo.Record{{Topic: name, Partition: int32(round % 8), Value: []byte(strconv.Itoa(round))}},
				kgo.RecordPartitioner(kgo.ManualPartitioner()))
			must(err)
			got := c.PollFetches(within(20)).Records()
			equal(values(got), []string{strconv.Itoa(round)}, "the new record")
		}
	})

	test("from an offset, from the end, after a time", func() {
		name := topic("seek", 1, nil)
		sent := numbered(name, 10)
		for i, r := range sent {
			r.Timestamp = time.UnixMilli(then + int64(i)*1000)
		}
		_, err := produce(sent, kgo.ProducerBatchCompression(kgo.ZstdCompression()))
		must(err)
		first := func(start kgo.Offset) string {
			return string(read(name, map[int32]kgo.Offset{0: start}, 1)[0].Value)
		}
		equal(first(kgo.NewOffset().At(4)), "4", "at 4")
		equal(first(kgo.NewOffset().AtEnd().Relative(-2)), "8", "two before the end")
		equal(first(kgo.NewOffset().AfterMilli(then+6001)), "7", "after a time")
		equal(first(kgo.NewOffset().At(5000)), "0", "out of range, reset to the start")
	})

	test("only committed records, where nobody has transactions", func() {
		name := topic("committed", 1, nil)
		_, err := produce(numbered(name, 10))
		must(err)
		equal(len(read(name, whole(1), 10, kgo.FetchIsolationLevel(kgo.ReadCommitted()))), 10, "records")
	})

	test("fetches by name, before topic ids", func() {
		name := topic("by-name", 1, nil)
		_, err := produce(numbered(name, 10), olderThanTopicIDs())
		must(err)
		equal(len(read(name, whole(1), 10, olderThanTopicIDs())), 10, "records")
	})
}
