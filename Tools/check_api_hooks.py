"""How schemathesis sends a body of NDJSON: a text as it stands, anything else as a single line."""
import json

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value)).encode()
