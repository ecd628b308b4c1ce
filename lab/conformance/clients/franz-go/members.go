package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// What franz-go can do of what `clients/groups` asks for.
var features = []string{
	"grows", "pattern", "pattern-refresh", "cooperative", "static", "strategies", "describes-assignments", "delete-group",
	"set-offsets", "set-offsets-refused", "delete-offsets", "remove-members",
}

// place is a partition, as JSON has it: ["topic", 0].
type place struct {
	topic     string
	partition int32
}

func (p place) MarshalJSON() ([]byte, error) { return json.Marshal([]any{p.topic, p.partition}) }

func (p *place) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &[]any{&p.topic, &p.partition})
}

// committed is ["topic", 0, offset, "metadata"], the last of which may be left out.
type committed struct {
	place
	offset   int64
	metadata string
}

func (c committed) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{c.topic, c.partition, c.offset, c.metadata})
}

func (c *committed) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &[]any{&c.topic, &c.partition, &c.offset, &c.metadata})
}

// command is a line of standard input.
type command struct {
	ID         int64       `json:"id"`
	Do         string      `json:"do"`
	Member     string      `json:"member"`
	Group      string      `json:"group"`
	Settings   settings    `json:"settings"`
	Offsets    []committed `json:"offsets"`
	Partitions []place     `json:"partitions"`
	Partition  place       `json:"partition"`
	Offset     int64       `json:"offset"`
	Instances  []string    `json:"instances"`
}

// settings are those of a member that joins; times are in milliseconds.
type settings struct {
	Group      string   `json:"group"`
	Topics     []string `json:"topics"`
	Pattern    string   `json:"pattern"`
	Session    int      `json:"session"`
	Heartbeat  int      `json:"heartbeat"`
	Reset      string   `json:"reset"`
	AutoCommit int      `json:"autoCommit"`
	Strategies []string `json:"strategies"`
	Instance   string   `json:"instance"`
}

var printing sync.Mutex

func say(what map[string]any) {
	line, err := json.Marshal(what)
	must(err)
	printing.Lock()
	defer printing.Unlock()
	fmt.Println(string(line))
}

// member is a consumer that polls until it leaves.
type member struct {
	name    string
	client  *kgo.Client
	stop    context.CancelFunc
	stopped sync.WaitGroup
}

func (m *member) tell(event, key string, value any) {
	say(map[string]any{"member": m.name, "event": event, key: value})
}

// OnGroupManageError is told of what goes wrong in joining and staying.
func (m *member) OnGroupManageError(err error) { m.tell("error", "error", nameOf(err)) }

var strategies = map[string]kgo.GroupBalancer{
	"range": kgo.RangeBalancer(), "roundrobin": kgo.RoundRobinBalancer(),
	"sticky": kgo.StickyBalancer(), "cooperative": kgo.CooperativeStickyBalancer(),
}

var resets = map[string]kgo.Offset{"earliest": kgo.NewOffset().AtStart(), "latest": kgo.NewOffset().AtEnd()}

func milliseconds(count int) time.Duration { return time.Duration(count) * time.Millisecond }

func join(name string, s settings) *member {
	m := &member{name: name}
	lost := func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
		m.tell("revoked", "partitions", places(partitions))
	}
	options := []kgo.Opt{
		kgo.ClientID(name), kgo.ConsumerGroup(s.Group), kgo.SessionTimeout(milliseconds(s.Session)),
		kgo.RebalanceTimeout(30 * time.Second), kgo.HeartbeatInterval(milliseconds(s.Heartbeat)),
		kgo.ConsumeResetOffset(resets[s.Reset]), kgo.FetchMaxWait(100 * time.Millisecond), kgo.MetadataMaxAge(500 * time.Millisecond),
		kgo.WithHooks(m),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
			m.tell("assigned", "partitions", places(partitions))
		}),
		kgo.OnPartitionsRevoked(func(ctx context.Context, c *kgo.Client, partitions map[string][]int32) {
			if s.AutoCommit > 0 {
				// What franz-go does by itself where nobody wants to be told.
				c.CommitOffsetsSync(ctx, c.UncommittedOffsets(), nil)
			}
			lost(ctx, c, partitions)
		}),
		kgo.OnPartitionsLost(lost),
	}
	if s.Pattern != "" {
		options = append(options, kgo.ConsumeRegex(), kgo.ConsumeTopics(s.Pattern))
	} else {
		options = append(options, kgo.ConsumeTopics(s.Topics...))
	}
	if s.AutoCommit > 0 {
		options = append(options, kgo.AutoCommitInterval(milliseconds(s.AutoCommit)))
	} else {
		options = append(options, kgo.DisableAutoCommit())
	}
	if s.Instance != "" {
		options = append(options, kgo.InstanceID(s.Instance))
	}
	if len(s.Strategies) > 0 {
		var balancers []kgo.GroupBalancer
		for _, name := range s.Strategies {
			balancers = append(balancers, strategies[name])
		}
		options = append(options, kgo.Balancers(balancers...))
	}
	m.client = client(options...)
	ctx, stop := context.WithCancel(context.Background())
	m.stop = stop
	m.stopped.Go(func() { m.poll(ctx) })
	return m
}

func places(partitions map[string][]int32) []place {
	all := []place{}
	for topic, numbers := range partitions {
		for _, partition := range numbers {
			all = append(all, place{topic, partition})
		}
	}
	return all
}

func (m *member) poll(ctx context.Context) {
	last := ""
	for ctx.Err() == nil {
		fetches := m.client.PollFetches(ctx)
		for _, failed := range fetches.Errors() {
			name := nameOf(failed.Err)
			// What has been told, and the end of the polling, need not be told.
			if name != last && !errors.Is(failed.Err, context.Canceled) {
				last = name
				m.tell("error", "error", name)
			}
		}
		var records [][]any
		fetches.EachRecord(func(r *kgo.Record) {
			records = append(records, []any{r.Topic, r.Partition, r.Offset, string(r.Value)})
		})
		if records != nil {
			m.tell("records", "records", records)
		}
	}
}

// do performs a command on a member.
func (m *member) do(c command) error {
	switch c.Do {
	case "commit":
		return m.commit(c.Offsets)
	case "pause":
		m.client.PauseFetchPartitions(grouped(c.Partitions))
	case "resume":
		m.client.ResumeFetchPartitions(grouped(c.Partitions))
	case "seek":
		m.client.SetOffsets(map[string]map[int32]kgo.EpochOffset{
			c.Partition.topic: {c.Partition.partition: {Epoch: -1, Offset: c.Offset}}})
	case "leave":
		m.stop()
		m.stopped.Wait()
		m.client.Close()
	default:
		return fmt.Errorf("unknown command %s", c.Do)
	}
	return nil
}

func (m *member) commit(offsets []committed) error {
	ctx := within(20)
	if offsets == nil {
		return m.client.CommitUncommittedOffsets(ctx)
	}
	wanted := map[string]map[int32]kgo.EpochOffset{}
	metadata := map[place]string{}
	for _, o := range offsets {
		if wanted[o.topic] == nil {
			wanted[o.topic] = map[int32]kgo.EpochOffset{}
		}
		wanted[o.topic][o.partition] = kgo.EpochOffset{Epoch: -1, Offset: o.offset}
		metadata[o.place] = o.metadata
	}
	ctx = kgo.PreCommitFnContext(ctx, func(request *kmsg.OffsetCommitRequest) error {
		for t, topic := range request.Topics {
			for p, partition := range topic.Partitions {
				text := metadata[place{topic.Topic, partition.Partition}]
				request.Topics[t].Partitions[p].Metadata = &text
			}
		}
		return nil
	})
	var problem error
	m.client.CommitOffsetsSync(ctx, wanted, func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, answer *kmsg.OffsetCommitResponse, err error) {
		problem = err
		for _, topic := range answer.Topics {
			for _, partition := range topic.Partitions {
				problem = errors.Join(problem, errorOf(partition.ErrorCode))
			}
		}
	})
	return problem
}

func grouped(all []place) map[string][]int32 {
	partitions := map[string][]int32{}
	for _, p := range all {
		partitions[p.topic] = append(partitions[p.topic], p.partition)
	}
	return partitions
}

// runMembers obeys standard input until it ends.
func runMembers() {
	say(map[string]any{"features": features})
	members := map[string]*member{}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c command
		must(json.Unmarshal(lines.Bytes(), &c))
		if c.Do == "join" {
			members[c.Member] = join(c.Member, c.Settings)
			say(map[string]any{"id": c.ID, "value": nil})
			continue
		}
		go func(m *member) {
			value, err := perform(m, c)
			if err != nil {
				say(map[string]any{"id": c.ID, "error": strings.TrimSpace(nameOf(err))})
			} else {
				say(map[string]any{"id": c.ID, "value": value})
			}
		}(members[c.Member])
	}
}

func perform(m *member, c command) (any, error) {
	if m != nil {
		return nil, m.do(c)
	}
	return administer(c)
}
