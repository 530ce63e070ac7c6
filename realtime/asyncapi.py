"""The AsyncAPI 3.0 document of the sockets, made from the declarations in `realtime.protocol`.

Never written by hand, so it cannot disagree with what the code accepts.
"""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from realtime import protocol as p

FROM_PHONE: tuple[type[BaseModel], ...] = (p.Hello, p.Resume, p.Answer, p.Leave)
TO_PHONE: tuple[type[BaseModel], ...] = (p.Welcome, p.State, p.You, p.Receipt, p.Error, p.Bye)
FROM_STAGE: tuple[type[BaseModel], ...] = (p.StageHello,)
TO_STAGE: tuple[type[BaseModel], ...] = (p.StageState, p.Counts, p.Error, p.Bye)
_CHANNELS = {"phone": ("/ws", FROM_PHONE, TO_PHONE), "stage": ("/ws/stage", FROM_STAGE, TO_STAGE)}


def document(version: str) -> dict[str, Any]:
    """The whole document, as plain JSON values."""
    models = dict.fromkeys(model for _, sent, heard in _CHANNELS.values() for model in (*sent, *heard))
    _, definitions = models_json_schema(
        [(model, "serialization") for model in models], ref_template="#/components/schemas/{model}"
    )
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for name, (address, received, sent) in _CHANNELS.items():
        messages = {model.__name__: _ref("components/messages", model.__name__) for model in (*received, *sent)}
        channels[name] = {"address": address, "messages": messages, "bindings": {"ws": {"method": "GET"}}}
        for action, group in (("receive", received), ("send", sent)):
            operations[f"{name}.{action}"] = {
                "action": action,
                "channel": _ref("channels", name),
                "messages": [_ref(f"channels/{name}/messages", model.__name__) for model in group],
            }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Hội Thi: live rounds", "version": version, "description": _about()},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": {model.__name__: _message(model) for model in models},
            "schemas": definitions["$defs"],
        },
    }


def _ref(place: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/{place}/{name}"}


def _message(model: type[BaseModel]) -> dict[str, Any]:
    kind = model.model_fields["t"].default
    message = {"name": kind, "payload": _ref("components/schemas", model.__name__)}
    summary = (model.__doc__ or "").strip().split("\n")[0]
    return message | ({"summary": summary} if summary else {})


def _about() -> str:
    codes = ", ".join(f"{code} {name}" for name, code in sorted(vars(p.CloseCode).items()) if isinstance(code, int))
    return (
        f"One JSON object per text frame, at most {p.MAX_PHONE_FRAME} bytes from a phone; the first within "
        f"{p.FIRST_FRAME_SECONDS} s. Close codes 4000-4499: reconnect with full jitter; 4500-4999: stop. {codes}."
    )
