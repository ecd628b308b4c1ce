"""A broker that is killed over and over while it is written to."""
