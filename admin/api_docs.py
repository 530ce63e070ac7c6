"""The description of the API for people, rendered here: no other host is asked for anything.

Never adds to what OpenAPI says.
"""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.openapi.utils import get_openapi
from starlette.responses import HTMLResponse, JSONResponse

from admin.api_models import AnswerLine
from admin.caller import caller_of
from admin.templating import page
from realtime.api_description import describe_refusals

router = APIRouter(include_in_schema=False)


def describe(app: Any) -> dict[str, Any]:
    """The OpenAPI 3.1 document, with the security schemes and the form every error has."""
    if app.openapi_schema:
        known: dict[str, Any] = app.openapi_schema
        return known
    document = get_openapi(
        title=app.title, version=app.version, openapi_version="3.1.0", description=app.description, routes=app.routes
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas[AnswerLine.__name__] = AnswerLine.model_json_schema(ref_template="#/components/schemas/{model}")
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "session": {"type": "apiKey", "in": "cookie", "name": "hoithi"},
    }
    document["security"] = [{"bearer": []}, {"session": []}]
    describe_refusals(document)
    app.openapi_schema = document
    return document


@router.get("/api/openapi.json")
async def openapi(request: Request) -> JSONResponse:
    """OpenAPI 3.1."""
    return JSONResponse(describe(request.app))


@router.get("/api/docs")
async def docs(request: Request) -> HTMLResponse:
    """The same for people."""
    document = describe(request.app)
    await caller_of(request)  # Whoever is signed in keeps their way back.
    return page(request, "api_docs.html", document=document, schema_name=schema_name)


def schema_name(schema: dict[str, Any] | None) -> str:
    """A short way to write a schema: its name, or its type."""
    if not schema:
        return ""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(schema_name(one) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return f"[{schema_name(schema.get('items'))}]"
    if "enum" in schema:
        return " | ".join(f'"{value}"' for value in schema["enum"])
    if "const" in schema:
        return f'"{schema["const"]}"'
    return str(schema.get("type", "any"))
