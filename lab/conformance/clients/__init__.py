"""Producers and consumers that people already have, each doing what its users do with it, without a consumer group."""
