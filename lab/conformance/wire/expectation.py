"""The committed answers of the real Kafka: one JSON file for each scenario, laid out to be read and to be diffed."""

import json
import pathlib

FOLDER = pathlib.Path(__file__).parent / "expected"
WIDTH = 150
_SAME = "the same as"


def path_of(scenario):
    return FOLDER / f"{scenario}.json"


def load(scenario):
    answers = json.loads(path_of(scenario).read_text(encoding="utf-8"))
    for label, answer in answers.items():
        if isinstance(answer, dict) and list(answer) == [_SAME]:
            answers[label] = answers[answer[_SAME]]
    return answers


def save(scenario, answers):
    """An answer that an earlier version of the same question had already is written as a reference to it."""
    FOLDER.mkdir(exist_ok=True)
    written, first = {}, {}
    for label, answer in answers.items():
        key = (label.rpartition(" v")[0], json.dumps(answer))
        written[label] = {_SAME: first[key]} if key in first else answer
        first.setdefault(key, label)
    path_of(scenario).write_text(lay_out(written) + "\n", encoding="utf-8")


def lay_out(value, indent=0):
    """JSON in which whatever fits on a line stands on a line."""
    flat = json.dumps(value, ensure_ascii=False)
    if indent and len(flat) + indent <= WIDTH:
        return flat
    pad = " " * (indent + 1)
    if isinstance(value, dict) and value:
        inner = ",\n".join(f"{pad}{json.dumps(k, ensure_ascii=False)}: {lay_out(v, indent + 1)}" for k, v in value.items())
        return "{\n" + inner + "\n" + " " * indent + "}"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(pad + lay_out(v, indent + 1) for v in value) + "\n" + " " * indent + "]"
    return flat


def differences(expected, found, where=""):
    """Every place at which two answers differ: its path, and what is wrong there."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in expected | found:
            path = f"{where}.{key}" if where else key
            if key not in found:
                yield path, f"not there, expected {_brief(expected[key])}"
            elif key not in expected:
                yield path, f"{_brief(found[key])}, which Kafka does not send"
            else:
                yield from differences(expected[key], found[key], path)
    elif isinstance(expected, list) and isinstance(found, list) and expected != found:
        yield from _list_differences(expected, found, where)
    elif expected != found or type(expected) is not type(found):
        yield where, f"{_brief(found)}, expected {_brief(expected)}"


def _list_differences(expected, found, where):
    key = _identity(expected + found)
    if key:
        theirs, ours = {e[key]: e for e in expected}, {f[key]: f for f in found}
        if len(theirs) == len(expected) and len(ours) == len(found):
            yield from differences(theirs, ours, where)
            return
    if len(expected) != len(found):
        yield where, f"{len(found)} elements {_brief(found)}, expected {len(expected)} {_brief(expected)}"
        return
    for index, (theirs, ours) in enumerate(zip(expected, found)):
        yield from differences(theirs, ours, f"{where}[{index}]")


def _identity(elements):
    """The field by which the elements of an array are told apart in a report."""
    for key in ("Name", "ApiKey", "Topic", "PartitionIndex", "Partition", "Index"):
        if all(isinstance(e, dict) and isinstance(e.get(key), (str, int)) for e in elements):
            return key
    return None


def _brief(value, limit=240):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else text[:limit] + "…"
