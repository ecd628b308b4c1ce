"""Consumer groups, by the same cases for every client library.

Each library has a program that runs consumers on command (`members.js`, `Members.java`, ...). The cases are here, once,
and speak to it by lines of JSON: a command goes to its standard input,

    {"id": 7, "do": "join", "member": "a", "settings": {...}}

and what it prints is an answer, `{"id": 7, "value": ...}` or `{"id": 7, "error": "NON_EMPTY_GROUP"}`, or something that
happened to a member: `{"member": "a", "event": "assigned", "partitions": [["topic", 0]]}`, likewise `revoked`; `records`
with `[topic, partition, offset, value]` each; `error` with its name. Its first line lists what the library can do beyond
what all can: `{"features": ["static", ...]}`; a case that needs more is left out for it.

Commands with a member: `join` with its settings, `commit` (with `offsets`, or null for all that was read), `pause` and
`resume` of `partitions`, `seek` of a `partition` to an `offset`, `leave`. Settings: `group`; `topics`, a `pattern` or the
partitions that it is to `assign` itself; `session` and `heartbeat` in milliseconds; `reset` ("earliest", "latest", "none");
`autoCommit`, milliseconds between commits, where it is to commit by itself; `strategies` by short names; `instance`, the
name of a static member. Without a member: `groups`, `describe`, `offsets`, `set-offsets`, `reset-offsets`,
`delete-offsets`, `delete`, `remove-members`, each of a `group`.

A program runs any number of members, and any number of programs may run: to kill a member is to kill the program that
it is in.
"""
