// Reads orders as a member of the group `order-processors`, and commits each once it has been dealt with. Start it twice,
// and the two share the partitions; end one, and the other takes over.
'use strict'
const { Kafka } = require('kafkajs')

const kafka = new Kafka({
  clientId: 'order-processor',
  brokers: (process.env.BOOTSTRAP || 'localhost:9092').split(','),
})

const consumer = kafka.consumer({
  groupId: 'order-processors',
  sessionTimeout: 30000, // how long a member may be silent before its partitions are given to others
  heartbeatInterval: 3000,
})

const main = async () => {
  await consumer.connect()
  await consumer.subscribe({ topic: 'orders', fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ topic, partition, message }) => {
      const headers = Object.entries(message.headers || {}).map(([name, value]) => ` ${name}=${value}`)
      console.log(`${topic}[${partition}] ${message.offset}: ${message.key} ${message.value}${headers.join('')}`)
      // The offset to commit is that of the next message to read.
      await consumer.commitOffsets([{ topic, partition, offset: (BigInt(message.offset) + 1n).toString() }])
    },
  })
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await consumer.disconnect()
    process.exit(0)
  })
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
