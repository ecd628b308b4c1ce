"""The same requests sent to Apache Kafka and to Ottla, and their answers compared field by field."""
