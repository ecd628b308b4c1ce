"""Starts and stops the servers, keeps the tools, runs the suites."""
