"""Schemathesis's command line, which also knows how the WHEP draft's bodies are sent: as they are."""

import schemathesis
from schemathesis.cli import schemathesis as command_line


@schemathesis.serializer("application/sdp", "application/trickle-ice-sdpfrag")
def text(_context, value):
    return value if isinstance(value, bytes) else str(value).encode()


command_line()
