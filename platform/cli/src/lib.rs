//! Kafka's command-line tools, by their names and options.
