"""What both servers' OpenAPI documents say of refusals: every error is one form, whatever its status.

Never describes what succeeds: that is each route's.
"""

from typing import Any

from pydantic import BaseModel

from realtime.problems import MEDIA_TYPE


class Problem(BaseModel):
    """RFC 9457, with a stable `code`."""

    type: str
    title: str
    status: int
    code: str
    detail: str


def describe_refusals(document: dict[str, Any]) -> None:
    """Gives every operation of an OpenAPI document the refusals that any of them may answer with."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas[Problem.__name__] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    content = {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{Problem.__name__}"}}}
    for operations in document["paths"].values():
        for operation in operations.values():
            responses = operation["responses"]
            responses.pop("422", None)
            for status, told in responses.items():
                if status[0] in "45" and "content" not in told:
                    told["content"] = content
            responses["default"] = {"description": "Refused; nothing has changed.", "content": content}
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
