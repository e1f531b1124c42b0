"""The OpenAPI 3.1 document, written from the declarations; and the same as a page for people, without any script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from bot.api.declare import OPERATIONS, PREFIX, PROBLEMS, Operation
from bot.api.front import LARGEST, paths
from bot.api.shapes import KEY, NUMBER, REFERENCE, ProblemDetails
from storage.tokens import SCOPES

VERSION = "1.0.0"
ABOUT = (
    "Records of what people said about the services they use, for the other systems of the same organisation. "
    "A token belongs to one organisation and may do what its scopes say; every request is written down in its audit. "
    "Answers are JSON; what goes wrong is said as application/problem+json, with what to do about it."
)
#: Names in paths -> what they are.
_PLACES: Mapping[str, tuple[str, str]] = {
    "reference": (REFERENCE, "Reference of a record."),
    "webhook": (NUMBER, "Id of a webhook."),
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "New for each thing, and the same when it is sent again: it is done once. Remembered for 90 days.",
    "schema": {"type": "string", "pattern": KEY},
}


@cache
def document(address: str) -> dict[str, Any]:
    """The document of a deployment at its public address."""
    models = sorted(_models(), key=lambda pair: (pair[0].__name__, pair[1]))
    _, schemas = models_json_schema(models, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Hearback", "version": VERSION, "description": ABOUT},
        "servers": [{"url": f"{address}{PREFIX}"}],
        "security": [{"token": []}],
        "paths": {
            path: {one.method.lower(): _operation(one) for one in some} for path, some in paths(OPERATIONS).items()
        },
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": _scopes()}},
            "responses": {code: _problem(code) for code in PROBLEMS},
        },
    }


def _models() -> Iterator[tuple[type[BaseModel], str]]:
    found: set[tuple[type[BaseModel], str]] = {(ProblemDetails, "serialization")}
    for one in OPERATIONS:
        found |= {(one.body, "validation")} if one.body else set()
        found |= {(one.answer, "serialization")} if one.answer else set()
    yield from found


def _scopes() -> str:
    return "Scopes: " + "; ".join(f"`{scope}` – {said[:1].lower()}{said[1:]}" for scope, said in SCOPES.items()) + "."


def _operation(one: Operation) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": one.id,
        "summary": one.title,
        "description": f"{one.description}\n\nScope: {' and '.join(f'`{scope}`' for scope in one.scopes)}.",
        "x-scopes": list(one.scopes),
        "parameters": [*_in_path(one), *_in_query(one), *([_KEY] if one.once else [])],
        "responses": {str(one.status): _answer(one), **_problems(one)},
    }
    if one.method == "GET":
        made["responses"]["304"] = {"description": "It is as the ETag in If-None-Match says."}
    if one.body:
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(one.body)}}}
    return made


def _in_path(one: Operation) -> Iterator[dict[str, Any]]:
    for name in one.places:
        pattern, said = _PLACES[name]
        schema = {"type": "string", "pattern": pattern}
        yield {"name": name, "in": "path", "required": True, "description": said, "schema": schema}


def _in_query(one: Operation) -> Iterator[dict[str, Any]]:
    if one.query is None:
        return
    schema = one.query.model_json_schema(ref_template="#/components/schemas/{model}")
    for name, given in schema["properties"].items():
        plain = {key: value for key, value in given.items() if key not in ("title", "description")}
        if "anyOf" in plain:  # a parameter is there or it is not; there is no null
            (plain,) = (kind for kind in plain["anyOf"] if kind.get("type") != "null")
        needed = name in schema.get("required", ())
        yield (
            {"name": name, "in": "query", "required": needed, "description": given["description"], "schema": plain}
            if ("description" in given)
            else {"name": name, "in": "query", "required": needed, "schema": plain}
        )


def _answer(one: Operation) -> dict[str, Any]:
    if one.status == 204:
        return {"description": "Done."}
    kind = one.media.partition(";")[0]
    schema = _ref(one.answer) if one.answer else {"type": "string"}
    return {"description": one.title, "content": {kind: {"schema": schema}}}


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _problems(one: Operation) -> dict[str, Any]:
    codes = ["bad-request", "no-token", "not-allowed", "too-many", "failed", "not-saved", *one.problems]
    codes += ["not-found"] if one.places else []
    codes += ["too-large", "not-json"] if one.body else []
    return {str(PROBLEMS[code][0]): {"$ref": f"#/components/responses/{code}"} for code in sorted(codes, key=_status)}


def _status(code: str) -> int:
    return PROBLEMS[code][0]


def _problem(code: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": _ref(ProblemDetails)}}
    return {"description": PROBLEMS[code][1], "content": content}


# For people ---------------------------------------------------------------------------------------

_templates = Environment(loader=PackageLoader("bot.api"), autoescape=True, trim_blocks=True, lstrip_blocks=True)


@cache
def page(address: str, per_minute: int) -> str:
    """The document as a page."""
    made = document(address)
    return _templates.get_template("api.html").render(
        made=made,
        operations=[
            (method.upper(), path, one) for path, some in made["paths"].items() for method, one in some.items()
        ],
        base=f"{address}{PREFIX}",
        scopes=SCOPES,
        problems=PROBLEMS,
        per_minute=per_minute,
        largest=LARGEST // 1024,
        kind=kind,
        fields=fields,
    )


def kind(schema: Mapping[str, Any]) -> str:
    """The type of a value in words: "text", "list of Record", "day or null"."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return "one of " + ", ".join(map(str, schema["enum"]))
    names = {"string": "text", "integer": "number", "boolean": "true or false", "null": "null", "object": "object"}
    if schema.get("type") == "array":
        return f"list of {kind(schema['items'])}"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {kind(schema['additionalProperties'])}"
    formats = {"date": "day", "date-time": "time"}
    return formats.get(str(schema.get("format")), names.get(str(schema.get("type")), "anything"))


def fields(schema: Mapping[str, Any]) -> list[tuple[str, str, bool, str]]:
    """The fields of a shape: name, type, whether it is always there, what it is."""
    needed = schema.get("required", ())
    return [
        (name, kind(one), name in needed, str(one.get("description", "")))
        for name, one in schema.get("properties", {}).items()
    ]
