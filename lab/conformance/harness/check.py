"""Cases of a suite in Python: each is a function, each prints one line, the last line counts them."""

import os
import sys
import time
import traceback

_cases = []


def case(function):
    """Marks a test case. Its name is what it shows, in words joined by underscores."""
    _cases.append(function)
    return function


def equal(found, expected, what=""):
    if found != expected:
        raise AssertionError(f"{what}: " * bool(what) + f"found {_short(found)}, expected {_short(expected)}")


def true(condition, what):
    if not condition:
        raise AssertionError(what)


def _short(value, limit=600):
    text = repr(value)
    return text if len(text) <= limit else text[:limit] + "…"


def raises(kinds, action):
    """The exception of `kinds` that `action` raises."""
    try:
        got = action()
    except kinds as error:
        return error
    raise AssertionError(f"no error, but {_short(got)}")


def eventually(condition, what, timeout=30.0, interval=0.05):
    """Waits until `condition()` is true and returns what it gave."""
    end = time.monotonic() + timeout
    while True:
        got = condition()
        if got:
            return got
        if time.monotonic() > end:
            raise AssertionError(f"not within {timeout:.0f} s: {what}")
        time.sleep(interval)


def run(*wanted):
    """Runs the cases in the order of their definition, or those named on the command line, and exits."""
    wanted = wanted or sys.argv[1:]
    passed = failed = 0
    for function in _cases:
        name = function.__name__
        if wanted and name not in wanted:
            continue
        began = time.monotonic()
        try:
            function()
        except Exception as error:  # noqa: BLE001 - whatever a client throws is a failed case
            failed += 1
            print(f"not ok - {name}: {type(error).__name__}: {error}", flush=True)
            if os.environ.get("VERBOSE"):
                traceback.print_exc()
        else:
            passed += 1
            print(f"ok - {name} ({time.monotonic() - began:.1f} s)", flush=True)
    print(f"{passed} passed, {failed} failed", flush=True)
    sys.stdout.flush()
    # A client library's threads must not keep a finished suite alive.
    os._exit(1 if failed or not passed else 0)
