package main

import (
	"net"
	"slices"
	"strconv"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kversion"
)

// olderThanTopicIDs is a client of Kafka 2.0's time, which knows topics by their names only.
func olderThanTopicIDs() kgo.Opt {
	return kgo.MaxVersions(kversion.V2_0_0())
}

func administering() {
	test("the admin: topics", func() {
		name := topic("admin", 2, map[string]string{"retention.ms": "123456"})
		details := admin(func(a *kadm.Client) kadm.TopicDetail {
			found, err := a.ListTopics(within(10))
			must(err)
			return found[name]
		})
		equal(len(details.Partitions), 2, "partitions")
		equal([]int32{details.Partitions[0].Leader, details.Partitions[0].ISR[0]}, []int32{1, 1}, "leader and in-sync replica")
		configs := admin(func(a *kadm.Client) kadm.ResourceConfig {
			found, err := a.DescribeTopicConfigs(within(10), name)
			must(err)
			return found[0]
		})
		at := slices.IndexFunc(configs.Configs, func(c kadm.Config) bool { return c.Key == "retention.ms" })
		equal(*configs.Configs[at].Value, "123456", "retention.ms")
		must(admin(func(a *kadm.Client) error {
			grown, err := a.UpdatePartitions(within(10), 4, name)
			must(err)
			return grown[name].Err
		}))
		ready(name, 4)
		must(admin(func(a *kadm.Client) error {
			_, err := a.DeleteTopic(within(10), name)
			return err
		}))
		eventually("it is gone", func() bool {
			return admin(func(a *kadm.Client) bool {
				found, err := a.ListTopics(within(10))
				must(err)
				_, there := found[name]
				return !there
			})
		})
	})

	test("the admin: offsets and deleted records", func() {
		name := topic("offsets", 1, nil)
		_, err := produce(numbered(name, 10))
		must(err)
		bounds := func() []int64 {
			return admin(func(a *kadm.Client) []int64 {
				start, err := a.ListStartOffsets(within(10), name)
				must(err)
				end, err := a.ListEndOffsets(within(10), name)
				must(err)
				return []int64{start[name][0].Offset, end[name][0].Offset}
			})
		}
		equal(bounds(), []int64{0, 10}, "bounds")
		must(admin(func(a *kadm.Client) error {
			offsets := kadm.Offsets{}
			offsets.AddOffset(name, 0, 6, -1)
			deleted, err := a.DeleteRecords(within(10), offsets)
			must(err)
			equal(deleted[name][0].LowWatermark, int64(6), "low watermark")
			return deleted[name][0].Err
		}))
		equal(bounds(), []int64{6, 10}, "bounds")
	})

	test("the admin: what is refused", func() {
		name := topic("refused", 1, nil)
		soon := "soon"
		create := func(name string, partitions int32, replicas int16, configs map[string]*string) string {
			return admin(func(a *kadm.Client) string {
				_, err := a.CreateTopic(within(10), partitions, replicas, configs, name)
				return nameOf(err)
			})
		}
		equal(create(name, 1, 1, nil), "TOPIC_ALREADY_EXISTS", "again")
		equal(create("no/such/name", 1, 1, nil), "INVALID_TOPIC_EXCEPTION", "a bad name")
		equal(create(name+"-x", 0, 1, nil), "INVALID_PARTITIONS", "no partitions")
		equal(create(name+"-x", 1, 2, nil), "INVALID_REPLICATION_FACTOR", "two replicas")
		equal(create(name+"-x", 1, 1, map[string]*string{"retention.ms": &soon}), "INVALID_CONFIG", "a bad value")
		equal(admin(func(a *kadm.Client) string {
			_, err := a.DeleteTopic(within(10), name+"-x")
			return nameOf(err)
		}), "UNKNOWN_TOPIC_OR_PARTITION", "deleting what is not there")
	})

	test("the admin: the cluster", func() {
		cluster := admin(func(a *kadm.Client) kadm.Metadata {
			found, err := a.BrokerMetadata(within(10))
			must(err)
			return found
		})
		broker := cluster.Brokers[0]
		equal(net.JoinHostPort(broker.Host, strconv.Itoa(int(broker.Port))), bootstrap, "the broker's address")
		equal([]int32{int32(len(cluster.Brokers)), broker.NodeID, cluster.Controller}, []int32{1, 1, 1}, "brokers, id, controller")
	})
}
