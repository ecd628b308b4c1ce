"""One file for each API, or for one side of it: what is asked, in the order in which it is asked."""
