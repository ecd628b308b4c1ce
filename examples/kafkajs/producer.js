// Sends orders, one by one and in batches, and waits until each is safe.
'use strict'
const { Kafka, Partitioners } = require('kafkajs')

const kafka = new Kafka({
  clientId: 'order-service',
  brokers: (process.env.BOOTSTRAP || 'localhost:9092').split(','),
  retry: { initialRetryTime: 300, retries: 8 },
})

const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })

const main = async () => {
  await producer.connect()

  // What has the same key goes to the same partition, and stays in order there.
  const placed = await producer.send({
    topic: 'orders',
    acks: -1, // all in-sync replicas
    timeout: 30000,
    messages: [
      { key: 'customer-1', value: JSON.stringify({ order: 1, total: 19.9 }), headers: { 'correlation-id': 'c-1', source: 'web' } },
      { key: 'customer-2', value: JSON.stringify({ order: 2, total: 5.5 }), headers: { 'correlation-id': 'c-2', source: 'app' } },
      { key: 'customer-1', value: JSON.stringify({ order: 3, total: 7 }), headers: { 'correlation-id': 'c-3', source: 'web' } },
    ],
  })
  for (const { topicName, partition, baseOffset } of placed) console.log(`sent to ${topicName}[${partition}] from offset ${baseOffset} on`)

  await producer.sendBatch({
    acks: -1,
    timeout: 30000,
    topicMessages: [
      { topic: 'orders', messages: [{ key: 'customer-3', value: JSON.stringify({ order: 4, total: 42 }) }] },
      { topic: 'payments', messages: [{ key: 'customer-3', value: JSON.stringify({ payment: 1, order: 4 }) }] },
    ],
  })
  console.log('sent a batch to orders and payments')

  await producer.disconnect()
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
