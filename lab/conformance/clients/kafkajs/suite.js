// kafkajs: its producer and its admin client. Its consumer needs a group, so what was written is read back by librdkafka.
'use strict'
const { execFileSync } = require('child_process')
const path = require('path')
const { Kafka, CompressionTypes, CompressionCodecs, Partitioners, logLevel } = require('kafkajs')
const lz4 = require('lz4-napi')
const { ZstdCodec } = require('zstd-codec')
const { test, equal, ok, rejected, run } = require('./check')

const BOOTSTRAP = process.env.BOOTSTRAP
const THEN = 1700000000000

CompressionCodecs[CompressionTypes.Snappy] = require('kafkajs-snappy')
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: (encoder) => lz4.compressFrame(encoder.buffer),
  decompress: (buffer) => lz4.decompressFrame(buffer),
})
const zstd = new Promise((resolve) => ZstdCodec.run((codec) => resolve(new codec.Simple())))
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async (encoder) => Buffer.from((await zstd).compress(encoder.buffer)),
  decompress: async (buffer) => Buffer.from((await zstd).decompress(buffer)),
})

const kafka = new Kafka({ clientId: 'conformance', brokers: [BOOTSTRAP], logLevel: logLevel.NOTHING })
const admin = kafka.admin({ retry: { initialRetryTime: 100, retries: 2 } })

/** A topic, led and ready. */
const topic = async (suffix, numPartitions = 1, config = {}) => {
  const name = `kafkajs-${suffix}`
  const configEntries = Object.entries(config).map(([name, value]) => ({ name, value: String(value) }))
  await admin.createTopics({ topics: [{ topic: name, numPartitions, configEntries }], waitForLeaders: false })
  await eventually(`${name} is led`, async () => (await admin.fetchTopicOffsets(name)).length === numPartitions)
  return name
}

/** Waits until the condition holds; an error means that it does not yet. */
const eventually = async (what, condition) => {
  for (const end = Date.now() + 60000; !(await condition().catch(() => false)); ) {
    if (Date.now() > end) throw new Error(`not within 60 s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const send = async (request, settings = {}) => {
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, ...settings })
  await producer.connect()
  try {
    return await producer.send(request)
  } finally {
    await producer.disconnect()
  }
}

const bytes = (text) => (text === null ? null : Buffer.from(text, 'base64'))

const read = (topic, count) => {
  const program = path.join(__dirname, '..', 'python', 'read_topic.py')
  const lines = execFileSync(process.env.READER, [program, topic, String(count)], { maxBuffer: 1 << 28 }).toString().split('\n')
  return lines.filter(Boolean).map((line) => {
    const record = JSON.parse(line)
    return { ...record, key: bytes(record.key), value: bytes(record.value), headers: record.headers.map(([n, v]) => [n, bytes(v)]) }
  })
}

test('keys, values, headers and nulls', async () => {
  const name = await topic('shapes')
  const messages = [
    { key: 'key', value: 'value' },
    { key: null, value: 'value' },
    { key: 'tombstone', value: null },
    { key: '', value: '' },
    { key: 'ключ', value: 'größer ✓ 漢字 🦦' },
    { value: Buffer.from([0, 255, 128]), headers: { one: '1', two: Buffer.from([0]), empty: '' } },
  ]
  const answer = await send({ topic: name, messages })
  equal(answer.map((a) => [a.topicName, a.partition, a.errorCode, a.baseOffset]), [[name, 0, 0, '0']])
  const got = read(name, messages.length)
  const buffer = (v) => (v === null || v === undefined ? null : Buffer.from(v))
  equal(got.map((r) => [r.key, r.value]), messages.map((m) => [buffer(m.key), buffer(m.value)]))
  equal(got[5].headers, [['one', Buffer.from('1')], ['two', Buffer.from([0])], ['empty', Buffer.from('')]])
})

for (const [codec, compression] of Object.entries(CompressionTypes)) {
  test(`codec ${codec}`, async () => {
    const name = await topic(`codec-${codec.toLowerCase()}`)
    const messages = Array.from({ length: 300 }, (_, i) => ({ key: `${i}`, value: `${codec} ${i} `.repeat(20) }))
    await send({ topic: name, messages, compression })
    equal(read(name, 300).map((r) => r.value.toString()), messages.map((m) => m.value))
  })
}

test('a producer\'s time is kept', async () => {
  const name = await topic('times')
  await send({ topic: name, messages: [{ value: 'a', timestamp: String(THEN) }, { value: 'b', timestamp: String(THEN + 5) }] })
  equal(read(name, 2).map((r) => [r.timestamp, r.timestampType]), [[THEN, 0], [THEN + 5, 0]])
})

test('log append time replaces the producer\'s', async () => {
  const name = await topic('append-times', 1, { 'message.timestamp.type': 'LogAppendTime' })
  const answer = await send({ topic: name, messages: [{ value: 'a', timestamp: String(THEN) }] })
  const [record] = read(name, 1)
  equal(record.timestampType, 1)
  equal(String(record.timestamp), answer[0].logAppendTime)
  ok(Math.abs(record.timestamp - Date.now()) < 60000, `${record.timestamp} is not now`)
})

test('acks none, one and all', async () => {
  const name = await topic('acks')
  for (const acks of [0, 1, -1]) {
    await send({ topic: name, acks, messages: Array.from({ length: 20 }, (_, i) => ({ value: `${acks} ${i}` })) })
  }
  equal(read(name, 60).map((r) => r.value.toString()), [0, 1, -1].flatMap((a) => Array.from({ length: 20 }, (_, i) => `${a} ${i}`)))
})

test('an idempotent producer', async () => {
  const name = await topic('idempotent', 3)
  const producer = kafka.producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner })
  await producer.connect()
  for (let round = 0; round < 20; round++) {
    await producer.send({ topic: name, messages: Array.from({ length: 9 }, (_, i) => ({ value: `${round} ${i}`, partition: i % 3 })) })
  }
  await producer.disconnect()
  equal(read(name, 180).filter((r) => r.partition === 1).map((r) => r.value.toString()),
    Array.from({ length: 20 }, (_, round) => [1, 4, 7].map((i) => `${round} ${i}`)).flat())
})

test('a key goes where the Java client puts it', async () => {
  const name = await topic('keyed', 7)
  // The partitions of seven that Java's DefaultPartitioner gives to these keys.
  const expected = { a: 5, key: 4, foobar: 0, 'a-little-bit-long-string': 1, 21: 3, 'ключ': 4 }
  await send({ topic: name, messages: Object.keys(expected).map((key) => ({ key, value: 'v' })) })
  equal(Object.fromEntries(read(name, 6).map((r) => [r.key.toString(), r.partition])), expected)
})

test('large records up to the limit and not beyond', async () => {
  const name = await topic('large')
  await send({ topic: name, messages: [{ value: 'x'.repeat(1000000) }] })
  const error = await rejected(send({ topic: name, messages: [{ value: 'x'.repeat(1048600) }] }))
  equal(error.type, 'MESSAGE_TOO_LARGE')
  equal(read(name, 1).map((r) => r.value.length), [1000000])
})

test('sixty-four partitions', async () => {
  const name = await topic('many', 64)
  const messages = Array.from({ length: 640 }, (_, i) => ({ value: `${i}`, partition: i % 64 }))
  await send({ topic: name, messages })
  const got = read(name, 640)
  ok(got.every((r) => Number(r.value.toString()) % 64 === r.partition), 'a record is in the wrong partition')
})

test('a batch for several topics', async () => {
  const one = await topic('several-one')
  const two = await topic('several-two')
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  await producer.connect()
  await producer.sendBatch({ topicMessages: [{ topic: one, messages: [{ value: '1' }] }, { topic: two, messages: [{ value: '2' }] }] })
  await producer.disconnect()
  equal([read(one, 1)[0].value.toString(), read(two, 1)[0].value.toString()], ['1', '2'])
})

test('writing to a topic that is not there makes it', async () => {
  const answer = await send({ topic: 'kafkajs-made-by-writing', messages: [{ key: 'k', value: 'first' }] })
  equal(answer[0].errorCode, 0)
  const metadata = await admin.fetchTopicMetadata({ topics: ['kafkajs-made-by-writing'] })
  equal(metadata.topics[0].partitions.length, 3)
})

test('a producer that must not make topics', async () => {
  const error = await rejected(send({ topic: 'kafkajs-not-there', messages: [{ value: 'v' }] }, { allowAutoTopicCreation: false, retry: { retries: 1 } }))
  ok(/UNKNOWN_TOPIC_OR_PARTITION|does not host this topic-partition/.test(`${error.type} ${error.message}`), error.message)
})

test('the admin: topics', async () => {
  const name = await topic('admin', 2, { 'retention.ms': 123456 })
  ok((await admin.listTopics()).includes(name), 'it is not in the list')
  equal((await admin.fetchTopicMetadata({ topics: [name] })).topics[0].partitions.map((p) => [p.partitionId, p.leader, p.isr]), [[0, 1, [1]], [1, 1, [1]]])
  await admin.createPartitions({ topicPartitions: [{ topic: name, count: 4 }] })
  await eventually('four partitions', async () => (await admin.fetchTopicMetadata({ topics: [name] })).topics[0].partitions.length === 4)
  await admin.deleteTopics({ topics: [name] })
})

test('the admin: offsets and deleted records', async () => {
  const name = await topic('offsets')
  await send({ topic: name, messages: Array.from({ length: 10 }, (_, i) => ({ value: `${i}`, timestamp: String(THEN + i * 1000) })) })
  const bounds = async () => (await admin.fetchTopicOffsets(name)).map(({ low, high }) => [low, high])
  equal(await bounds(), [['0', '10']])
  equal((await admin.fetchTopicOffsetsByTimestamp(name, THEN + 3500)).map((p) => p.offset), ['4'])
  await admin.deleteTopicRecords({ topic: name, partitions: [{ partition: 0, offset: '6' }] })
  equal(await bounds(), [['6', '10']])
})

test('the admin: configurations and cluster', async () => {
  const name = await topic('configs', 1, { 'max.message.bytes': 5000 })
  const { resources } = await admin.describeConfigs({ includeSynonyms: true, resources: [{ type: 2, name, configNames: ['max.message.bytes', 'retention.ms'] }] })
  equal(resources[0].configEntries.map((e) => [e.configName, e.configValue]).sort(), [['max.message.bytes', '5000'], ['retention.ms', '-1']])
  const cluster = await admin.describeCluster()
  const [host, port] = BOOTSTRAP.split(':')
  equal([cluster.brokers, cluster.controller], [[{ nodeId: 1, host, port: Number(port) }], 1])
})

test('the admin: what is refused', async () => {
  const name = await topic('refused')
  const create = (more) => admin.createTopics({ topics: [{ topic: `${name}-x`, numPartitions: 1, ...more }] })
  equal(await admin.createTopics({ topics: [{ topic: name }] }), false, 'a topic that is there')
  const errorOf = async (promise) => {
    const error = await rejected(promise)
    return (error.errors ? error.errors[0] : error.cause || error).type
  }
  equal(await errorOf(create({ topic: 'no/such/name' })), 'INVALID_TOPIC_EXCEPTION')
  equal(await errorOf(create({ replicationFactor: 2 })), 'INVALID_REPLICATION_FACTOR')
  equal(await errorOf(create({ configEntries: [{ name: 'retention.ms', value: 'soon' }] })), 'INVALID_CONFIG')
  equal(await errorOf(admin.deleteTopics({ topics: [`${name}-x`] })), 'UNKNOWN_TOPIC_OR_PARTITION')
})

admin.connect().then(run)
