"""One directory, taken over by one broker from the other."""
