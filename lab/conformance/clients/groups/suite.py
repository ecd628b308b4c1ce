#!/usr/bin/env python3
"""Consumer groups with one client library.

    suite.py NAME COMMAND...      COMMAND starts the library's program that runs members

Cases run at the same time, for most of a case is waiting. CASES (a number of them at once) and ONLY (a case's name) help
to look at one.
"""

import concurrent.futures
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from clients.groups import administration, balance, offsets  # noqa: E402, F401 - their cases are in balance.CASES
from clients.groups.stage import Library, Stage, wait_for_coordinators  # noqa: E402

AT_ONCE = int(os.environ.get("CASES", "6"))
ONLY = os.environ.get("ONLY")


def play(library, function):
    """The line that says how a case went, and whether it passed."""
    began = time.monotonic()
    name = function.__name__
    stage = Stage(library, name.replace("_", "-"))
    try:
        try:
            function(stage)
        finally:
            stage.close()
    except Exception as error:  # noqa: BLE001 - whatever goes wrong is a failed case
        return False, f"not ok - {name}: {type(error).__name__}: {error}"
    return True, f"ok - {name} ({time.monotonic() - began:.1f} s)"


def main():
    wait_for_coordinators()
    library = Library(sys.argv[1], sys.argv[2:])
    able = [f for f, needs in balance.CASES if needs <= library.features and ONLY in (None, f.__name__)]
    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for done in concurrent.futures.as_completed([pool.submit(play, library, f) for f in able]):
            fine, line = done.result()
            passed, failed = passed + fine, failed + (not fine)
            print(line, flush=True)
    library.host.kill()
    print(f"{passed} passed, {failed} failed", flush=True)
    sys.exit(1 if failed or not passed else 0)


main()
