//! Kafka's configuration keys as declarations, and the sources they are read from.
