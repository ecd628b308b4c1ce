package main

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

func errorOf(code int16) error { return kerr.ErrorForCode(code) }

// administer performs an administrative call on groups.
func administer(c command) (any, error) {
	connection := client()
	defer connection.Close()
	a := kadm.NewClient(connection)
	switch c.Do {
	case "groups":
		found, err := a.ListGroups(within(20))
		return found.Groups(), err
	case "describe":
		return describe(a, c.Group)
	case "offsets":
		return offsetsOf(a, c.Group)
	case "set-offsets":
		offsets := kadm.Offsets{}
		for _, o := range c.Offsets {
			offsets.AddOffset(o.topic, o.partition, o.offset, -1)
		}
		return nil, a.CommitAllOffsets(within(20), c.Group, offsets)
	case "delete-offsets":
		return nil, deleteOffsets(a, c.Group, c.Partitions)
	case "delete":
		_, err := a.DeleteGroup(within(20), c.Group)
		return nil, err
	case "remove-members":
		done, err := a.LeaveGroup(within(20), kadm.LeaveGroup(c.Group).InstanceIDs(c.Instances...))
		if err == nil {
			err = done.Error()
		}
		return nil, err
	}
	return nil, fmt.Errorf("unknown command %s", c.Do)
}

func describe(a *kadm.Client, group string) (any, error) {
	found, err := a.DescribeGroups(within(20), group)
	if err != nil {
		return nil, err
	}
	described := found[group]
	members := []map[string]any{}
	for _, m := range described.Members {
		assigned := []place{}
		if consumer, ok := m.Assigned.AsConsumer(); ok {
			for _, topic := range consumer.Topics {
				assigned = append(assigned, places(map[string][]int32{topic.Topic: topic.Partitions})...)
			}
		}
		members = append(members, map[string]any{"client": m.ClientID, "instance": m.InstanceID, "partitions": assigned})
	}
	return map[string]any{"state": described.State, "protocol": described.Protocol, "members": members}, described.Err
}

func offsetsOf(a *kadm.Client, group string) (any, error) {
	found, err := a.FetchOffsets(within(20), group)
	offsets := []committed{}
	found.Each(func(o kadm.OffsetResponse) {
		offsets = append(offsets, committed{place{o.Topic, o.Partition}, o.At, o.Metadata})
	})
	return offsets, err
}

func deleteOffsets(a *kadm.Client, group string, partitions []place) error {
	topics := kadm.TopicsSet{}
	for _, p := range partitions {
		topics.Add(p.topic, p.partition)
	}
	deleted, err := a.DeleteOffsets(within(20), group, topics)
	if err != nil {
		return err
	}
	return deleted.Error()
}
