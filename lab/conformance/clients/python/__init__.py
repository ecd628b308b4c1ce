"""The three Python clients, put through the same cases by an adapter each."""
