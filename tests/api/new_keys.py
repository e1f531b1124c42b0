"""What schemathesis loads: things that differ come with keys that differ, as a program sends them.

The document has one example of a key. Sent with everything, all but the first would be refused as something else.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import schemathesis

EXAMPLE = "test-key-example"


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """The example of the key becomes a key of what is sent; what is to be refused stays as it was made."""
    name = "Idempotency-Key"
    if case.meta and case.meta.generation.mode.is_negative:
        return
    if case.headers and case.headers.get(name) == EXAMPLE:
        sent = json.dumps([case.path, case.body], default=repr, sort_keys=True)
        case.headers[name] = hashlib.sha256(sent.encode()).hexdigest()
