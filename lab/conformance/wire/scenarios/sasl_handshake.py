"""SaslHandshake (17) on a listener that has no SASL."""


def play(s):
    for mechanism in ("PLAIN", "SCRAM-SHA-256", "", "no such mechanism"):
        for version in (0, 1):
            s.ask(f"mechanism {mechanism!r}", "SaslHandshake", version, {"Mechanism": mechanism})
    s.ask("the connection goes on", "ApiVersions", 0, show=lambda a: a["ErrorCode"])
    s.ask("authentication without a handshake", "SaslAuthenticate", 2, {"AuthBytes": b"\0user\0password"})
