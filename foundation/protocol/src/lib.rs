//! Every Kafka message, generated from the published definitions.
