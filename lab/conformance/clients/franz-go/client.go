package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

var bootstrap = os.Getenv("BOOTSTRAP")

func within(seconds int) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(seconds)*time.Second)
	time.AfterFunc(time.Duration(seconds)*time.Second, cancel)
	return ctx
}

func client(options ...kgo.Opt) *kgo.Client {
	made, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(bootstrap), kgo.MetadataMinAge(50 * time.Millisecond)}, options...)...)
	must(err)
	return made
}

// admin gives an admin client to the action and closes it.
func admin[T any](action func(*kadm.Client) T) T {
	c := client()
	defer c.Close()
	return action(kadm.NewClient(c))
}

// topic makes a topic of this suite's own, led and ready.
func topic(suffix string, partitions int32, configs map[string]string) string {
	name := "franz-go-" + suffix
	wanted := map[string]*string{}
	for key, value := range configs {
		wanted[key] = &value
	}
	must(admin(func(a *kadm.Client) error {
		_, err := a.CreateTopic(within(60), partitions, 1, wanted, name)
		return err
	}))
	ready(name, int(partitions))
	return name
}

// ready waits until every partition of a topic answers as led.
func ready(name string, partitions int) {
	eventually(name+" is led", func() bool {
		return admin(func(a *kadm.Client) bool {
			offsets, err := a.ListEndOffsets(within(10), name)
			return err == nil && offsets.Error() == nil && len(offsets[name]) == partitions
		})
	})
}

// produce sends the records with a client of these options, and returns them as they were placed and the first error.
func produce(records []*kgo.Record, options ...kgo.Opt) ([]*kgo.Record, error) {
	c := client(append([]kgo.Opt{kgo.AllowAutoTopicCreation()}, options...)...)
	defer c.Close()
	results := c.ProduceSync(within(60), records...)
	var placed []*kgo.Record
	for _, result := range results {
		placed = append(placed, result.Record)
	}
	return placed, results.FirstErr()
}

// read takes count records from the partitions, each from its own start.
func read(topic string, starts map[int32]kgo.Offset, count int, options ...kgo.Opt) []*kgo.Record {
	c := client(append([]kgo.Opt{kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: starts})}, options...)...)
	defer c.Close()
	var got []*kgo.Record
	for ctx := within(40); len(got) < count; {
		fetches := c.PollFetches(ctx)
		for _, err := range fetches.Errors() {
			fail("reading %s: %v", topic, err.Err)
		}
		got = append(got, fetches.Records()...)
	}
	return got
}

// whole is the start of every partition of a topic with that many.
func whole(partitions int32) map[int32]kgo.Offset {
	starts := map[int32]kgo.Offset{}
	for p := range partitions {
		starts[p] = kgo.NewOffset().AtStart()
	}
	return starts
}

// nameOf is the protocol's name of an error, such as TOPIC_ALREADY_EXISTS.
func nameOf(err error) string {
	var broker *kerr.Error
	if errors.As(err, &broker) {
		return broker.Message
	}
	if err == nil {
		return "no error"
	}
	return err.Error()
}
