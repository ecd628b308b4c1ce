// kafkajs' consumers and what its admin client does with groups, on command, for `clients/groups`.
'use strict'
const readline = require('readline')
const { Kafka, AssignerProtocol, logLevel } = require('kafkajs')

const BOOTSTRAP = process.env.BOOTSTRAP
const FEATURES = ['grows', 'pattern', 'describes-assignments', 'delete-group', 'set-offsets', 'reset-offsets']

const client = (clientId) => new Kafka({ clientId, brokers: [BOOTSTRAP], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 100 } })
const say = (what) => process.stdout.write(JSON.stringify(what) + '\n')

/** The protocol's name of an error, which is in that which made the last of several tries fail. */
const nameOf = (error) => {
  if (error.groups) return nameOf(error.groups[0].error) // of those that a call failed for, the first
  if (error.type) return error.type
  return error.cause ? nameOf(error.cause) : `${error.name}: ${error.message}`
}

/** One consumer, and what it has read. */
class Member {
  constructor(name, settings) {
    this.name = name
    this.settings = settings
    this.partitions = []
    this.next = new Map() // "topic partition" -> the offset after the last that was read
  }

  tell(event, more) {
    say({ member: this.name, event, ...more })
  }

  async start() {
    const { group, topics, pattern, session, heartbeat, reset, autoCommit } = this.settings
    this.consumer = client(this.name).consumer({
      groupId: group, sessionTimeout: session, rebalanceTimeout: 30000, heartbeatInterval: heartbeat,
      maxWaitTimeInMs: 100, metadataMaxAge: 500,
    })
    const { GROUP_JOIN, CRASH } = this.consumer.events
    this.consumer.on(GROUP_JOIN, ({ payload }) => this.assigned(payload.memberAssignment))
    this.consumer.on(CRASH, ({ payload }) => this.tell('error', { error: nameOf(payload.error) }))
    await this.consumer.connect()
    await this.consumer.subscribe({ topics: topics || [new RegExp(pattern)], fromBeginning: reset === 'earliest' })
    await this.consumer.run({
      autoCommit: Boolean(autoCommit),
      autoCommitInterval: autoCommit,
      eachMessage: async ({ topic, partition, message }) => {
        this.next.set(`${topic} ${partition}`, Number(message.offset) + 1)
        this.tell('records', { records: [[topic, partition, Number(message.offset), message.value.toString()]] })
      },
    })
  }

  /** kafkajs tells of a whole new assignment only. */
  assigned(assignment) {
    this.tell('revoked', { partitions: this.partitions })
    this.partitions = Object.entries(assignment).flatMap(([topic, partitions]) => partitions.map((p) => [topic, p]))
    this.tell('assigned', { partitions: this.partitions })
  }

  async commit({ offsets }) {
    const read = () => this.partitions.filter(([t, p]) => this.next.has(`${t} ${p}`)).map(([t, p]) => [t, p, this.next.get(`${t} ${p}`), ''])
    await this.consumer.commitOffsets((offsets || read()).map(([topic, partition, offset, metadata]) =>
      ({ topic, partition, offset: String(offset), metadata })))
  }

  pause({ partitions }) {
    this.consumer.pause(partitions.map(([topic, partition]) => ({ topic, partitions: [partition] })))
  }

  resume({ partitions }) {
    this.consumer.resume(partitions.map(([topic, partition]) => ({ topic, partitions: [partition] })))
  }

  seek({ partition: [topic, partition], offset }) {
    this.consumer.seek({ topic, partition, offset: String(offset) })
  }

  async leave() {
    await this.consumer.disconnect()
    this.tell('revoked', { partitions: this.partitions })
  }
}

const withAdmin = (action) => async (command) => {
  const admin = client('admin').admin({ retry: { initialRetryTime: 100, retries: 2 } })
  await admin.connect()
  try {
    return await action(admin, command)
  } finally {
    await admin.disconnect()
  }
}

const assignmentOf = (member) => {
  const decoded = AssignerProtocol.MemberAssignment.decode(member.memberAssignment)
  return decoded ? Object.entries(decoded.assignment).flatMap(([topic, partitions]) => partitions.map((p) => [topic, p])) : []
}

const calls = {
  groups: withAdmin(async (admin) => (await admin.listGroups()).groups.map((g) => g.groupId)),

  describe: withAdmin(async (admin, { group }) => {
    const [found] = (await admin.describeGroups([group])).groups
    const members = found.members.map((m) => ({ client: m.clientId, partitions: assignmentOf(m) }))
    return { state: found.state, protocol: found.protocol, members }
  }),

  offsets: withAdmin(async (admin, { group, topics }) => {
    const found = await admin.fetchOffsets({ groupId: group, topics })
    return found.flatMap(({ topic, partitions }) => partitions.map((p) => [topic, p.partition, Number(p.offset), p.metadata || '']))
  }),

  'set-offsets': withAdmin(async (admin, { group, offsets }) => {
    for (const topic of new Set(offsets.map(([t]) => t))) {
      const partitions = offsets.filter(([t]) => t === topic).map(([, partition, offset]) => ({ partition, offset: String(offset) }))
      await admin.setOffsets({ groupId: group, topic, partitions })
    }
  }),

  'reset-offsets': withAdmin(async (admin, { group, topic, end }) => {
    await admin.resetOffsets({ groupId: group, topic, earliest: end === 'earliest' })
  }),

  delete: withAdmin(async (admin, { group }) => { await admin.deleteGroups([group]) }),
}

const members = new Map()

const perform = async ({ do: what, member: name, ...command }) => {
  if (what === 'join') {
    const member = new Member(name, command.settings)
    members.set(name, member)
    // Joining takes its time, and is told by the member itself.
    member.start().catch((error) => member.tell('error', { error: nameOf(error) }))
    return null
  }
  const value = name ? await members.get(name)[what](command) : await calls[what](command)
  return value === undefined ? null : value
}

say({ features: FEATURES })
readline.createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { id, ...command } = JSON.parse(line)
    perform(command).then((value) => say({ id, value }), (error) => {
      console.error(error)
      say({ id, error: nameOf(error) })
    })
  })
  .on('close', () => process.exit(0))
