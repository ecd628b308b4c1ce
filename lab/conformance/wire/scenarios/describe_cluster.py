"""DescribeCluster (60): the AdminClient's first question."""


def play(s):
    s.ask_each("brokers", "DescribeCluster", range(0, 3))
    s.ask_each("with authorised operations", "DescribeCluster", range(0, 3), {"IncludeClusterAuthorizedOperations": True})
    s.ask_each("controllers", "DescribeCluster", (1, 2), {"EndpointType": 2})
    s.ask_each("an endpoint type that is none", "DescribeCluster", (1, 2), {"EndpointType": 3})
    s.ask("with fenced brokers", "DescribeCluster", 2, {"IncludeFencedBrokers": True})
