"""Kafka's wire protocol spoken by hand: what the black-box suites send and read, with no client library in between.

Messages are encoded and decoded by Kafka's own definitions (JSON, inside its jars), so that neither side of a
comparison is judged by code of Ottla's.
"""
