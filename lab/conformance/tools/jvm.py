"""Kafka's command-line tools, run in one JVM that is kept."""

import base64
import subprocess
from dataclasses import dataclass

from harness import cache
from harness.suites import java_classes

HERE = cache.CONFORMANCE / "tools"


@dataclass
class Done:
    """How a tool ended and what it printed."""

    code: int
    out: str
    err: str


class Jvm:
    """Runs tools by their scripts' names."""

    def __init__(self):
        classes = java_classes("tool-server", HERE / "ToolServer.java")
        self.process = subprocess.Popen(
            ["java", "-Xmx512M", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", f"-Dlog4j2.configurationFile={HERE}/log4j2.properties",
             "-cp", str(classes), "ToolServer", cache.kafka_jars()],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.classes = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(30)

    def class_of(self, tool):
        if tool not in self.classes:
            found = subprocess.run([cache.KAFKA, "class", tool], check=True, stdout=subprocess.PIPE, text=True)
            self.classes[tool] = found.stdout.strip()
        return self.classes[tool]

    def run(self, tool, *arguments, feed=""):
        words = [self.class_of(tool), feed, *map(str, arguments)]
        self.process.stdin.write(" ".join(_encoded(w) for w in words) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if len(answer) != 3:
            raise RuntimeError(f"the tools' JVM ended while it ran {tool}")
        return Done(int(answer[0]), _decoded(answer[1]), _decoded(answer[2]))


def _encoded(text):
    return base64.b64encode(text.encode()).decode() or "."


def _decoded(word):
    return "" if word == "." else base64.b64decode(word).decode(errors="replace")
