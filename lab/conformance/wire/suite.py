#!/usr/bin/env python3
"""Compares a broker's answers with those of the real Kafka.

    suite.py [SCENARIO...]                     ask the broker at $BOOTSTRAP, and compare with expected/*.json
    WIRE_MODE=record suite.py [SCENARIO...]    ask the real Kafka, and write expected/*.json

The broker must be fresh and have been configured by harness/server.py. What is known to diverge stands in
divergences.json with its reason; an entry that nothing needs any more fails too, so that the list stays true.
"""

import fnmatch
import importlib
import json
import os
import pathlib
import pkgutil
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from wire import expectation, scenarios  # noqa: E402
from wire.session import Session  # noqa: E402

LINES_SHOWN = 12


class Divergences:
    """Which differences from Kafka are meant: [{"answer": PATTERN, "field": PATTERN, "reason": TEXT}, ...].

    An answer is named "scenario: label", a field by its path; `*` in a pattern stands for anything."""

    def __init__(self, entries):
        self.entries = entries
        self.used = set()

    @staticmethod
    def load(target):
        path = HERE / "divergences.json"
        if target == "kafka" or not path.exists():
            return Divergences([])
        return Divergences(json.loads(path.read_text(encoding="utf-8")))

    def allow(self, answer, field):
        for index, entry in enumerate(self.entries):
            if fnmatch.fnmatchcase(answer, entry["answer"]) and fnmatch.fnmatchcase(field, entry["field"]):
                self.used.add(index)
                return True
        return False

    def unneeded(self, scenarios_played):
        for index, entry in enumerate(self.entries):
            if index not in self.used and entry["answer"].split(":")[0] in scenarios_played:
                yield entry


def play(scenario, bootstrap):
    session = Session(bootstrap)
    importlib.import_module(f"wire.scenarios.{scenario}").play(session)
    session.reconnect()
    return session.answers


def wanted_of(scenario, expected, found):
    """A scenario may say what of Kafka's answer a broker need not give (see `api_versions`)."""
    module = importlib.import_module(f"wire.scenarios.{scenario}")
    return module.wanted_of(expected, found) if hasattr(module, "wanted_of") else expected


def check(scenario, found, divergences):
    """Compares answer by answer. Returns how many passed and failed."""
    expected = expectation.load(scenario)
    passed = failed = 0
    for label in expected | found:
        name = f"{scenario}: {label}"
        if label not in found:
            problems = [("", "was not asked")]
        elif label not in expected:
            problems = [("", "is not in the expectation: record it")]
        else:
            wanted = wanted_of(scenario, expected[label], found[label])
            problems = [p for p in expectation.differences(wanted, found[label]) if not divergences.allow(name, p[0])]
        if not problems:
            passed += 1
            print(f"ok - {name}")
            continue
        failed += 1
        print(f"not ok - {name}")
        for field, problem in problems[:LINES_SHOWN]:
            print(f"    {field}: {problem}" if field else f"    {problem}")
        if len(problems) > LINES_SHOWN:
            print(f"    … and {len(problems) - LINES_SHOWN} more")
    return passed, failed


def main():
    mode = os.environ.get("WIRE_MODE", "check")
    divergences = Divergences.load(os.environ.get("TARGET"))
    everything = sorted(m.name for m in pkgutil.iter_modules(scenarios.__path__))
    chosen = sys.argv[1:] or everything
    passed = failed = 0
    for scenario in chosen:
        began = time.monotonic()
        try:
            found = play(scenario, os.environ["BOOTSTRAP"])
        except Exception as error:  # noqa: BLE001 - a scenario that cannot go on is one failure
            failed += 1
            print(f"not ok - {scenario}: stopped by {type(error).__name__}: {error}", flush=True)
            traceback.print_exc()
            continue
        if mode == "record":
            expectation.save(scenario, found)
            passed += len(found)
        else:
            now_passed, now_failed = check(scenario, found, divergences)
            passed, failed = passed + now_passed, failed + now_failed
        print(f"# {scenario}: {len(found)} answers in {time.monotonic() - began:.1f} s", flush=True)
    for entry in divergences.unneeded(chosen):
        failed += 1
        print(f"not ok - divergences.json: nothing diverges at {entry['field']} of {entry['answer']}")
    print(f"{passed} passed, {failed} failed", flush=True)
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
