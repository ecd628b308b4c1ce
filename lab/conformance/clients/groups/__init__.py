"""Consumer groups, by the same cases for every client library.

Each library has a program that runs consumers on command (`members.js`, `Members.java`, ...). The cases are here, once,
and speak to it by lines of JSON: a command goes to its standard input,

    {"id": 7, "do": "join", "member": "a", "settings": {...}}

and what it prints is an answer, `{"id": 7, "value": ...}` or `{"id": 7, "error": "NON_EMPTY_GROUP"}`, or something that
happened to a member: `{"member": "a", "event": "assigned", "partitions": [["topic", 0]]}`, likewise `revoked`; `records`
with `[topic, partition, offset, value]` each; `error` with its name. Its first line lists what the library can do beyond
what all can: `{"features": ["static", ...]}`; a case that needs more is left out for it.

A program runs any number of members, and any number of programs may run: to kill a member is to kill the program that
it is in.
"""
