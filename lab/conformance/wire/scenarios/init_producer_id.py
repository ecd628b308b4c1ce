"""InitProducerId (22) without a transactional id: new ids for idempotent producers."""

API = "InitProducerId"


def fresh(answer):
    """A producer id is new each time: that it is one, and not which."""
    return answer | {"ProducerId": "<new>" if answer["ProducerId"] >= 0 else answer["ProducerId"]}


def play(s):
    s.ask_each("a new producer", API, range(0, 6), {"TransactionalId": None, "TransactionTimeoutMs": 60000}, fresh)
    for timeout in (0, -1, 2147483647):
        s.ask(f"a timeout of {timeout}, which means nothing here", API, 4,
              {"TransactionalId": None, "TransactionTimeoutMs": timeout}, fresh)
    s.ask_each("an empty transactional id", API, (0, 4), {"TransactionalId": "", "TransactionTimeoutMs": 60000}, fresh)
    for what, producer, epoch in [("a producer of its own", 12345, 3), ("an epoch without a producer", -1, 3),
                                  ("a producer without an epoch", 12345, -1), ("a negative producer", -2, 0),
                                  ("a negative epoch", 5, -2), ("the last epoch", 5, 32767)]:
        s.ask_each(what, API, (3, 5), {"TransactionalId": None, "TransactionTimeoutMs": 60000,
                                       "ProducerId": producer, "ProducerEpoch": epoch}, fresh)
    ids = [s.quietly(API, 4, {"TransactionalId": None, "TransactionTimeoutMs": 1})["ProducerId"] for _ in range(2500)]
    s.note("2,500 ids differ and grow", {"differ": len(set(ids)) == len(ids), "grow": ids == sorted(ids)})
