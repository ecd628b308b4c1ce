"""Bytes that no well-meaning client would send."""
