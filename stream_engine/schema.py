"""The JSON Schema of the published events, generated from the structs."""

import json
from typing import Any

import msgspec

from stream_engine.messages import Event


def event_schema() -> dict[str, Any]:
    """The schema as a tree."""
    return msgspec.json.schema(Event)


def schema_text() -> str:
    """The schema as it is kept in docs/events.schema.json."""
    return json.dumps(event_schema(), indent=2, sort_keys=True) + "\n"
