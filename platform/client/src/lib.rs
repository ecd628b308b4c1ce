//! A Kafka client: producer, consumer, admin.
