"""The OpenAPI document, and a page that shows it to people: our own files alone, and no script."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, JSONResponse, Response

HERE = Path(__file__).parent
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
PAGE, STYLE, DOCUMENT = "/docs", "/docs/docs.css", "/openapi.json"
Document = dict[str, Any]


def docs_routes(document: Callable[[], Document]) -> APIRouter:
    """The routes, over a function that gives the document."""
    router = APIRouter(redirect_slashes=False)
    style = (HERE / "docs.css").read_text(encoding="utf-8")

    async def openapi() -> JSONResponse:
        return JSONResponse(document())

    async def page() -> HTMLResponse:
        return HTMLResponse(render(document()), headers={"Content-Security-Policy": POLICY})

    async def stylesheet() -> Response:
        return Response(style, media_type="text/css")

    for path, route in ((DOCUMENT, openapi), (PAGE, page), (STYLE, stylesheet)):
        for variant in (path, path + "/"):
            router.add_api_route(variant, route, methods=["GET"], include_in_schema=False)
    return router


def render(document: Document) -> str:
    """The page."""
    operations = [
        (f"operation-{number}", method.upper(), path, operation)
        for number, (path, methods) in enumerate(document["paths"].items(), 1)
        for method, operation in methods.items()
    ]
    links = [
        f'<li><a href="#{anchor}"><code>{method} {escape(path)}</code></a></li>'
        for anchor, method, path, _ in operations
    ]
    return Template((HERE / "docs.html").read_text(encoding="utf-8")).substitute(
        title=escape(document["info"]["title"]),
        version=escape(document["info"]["version"]),
        style=STYLE,
        document=DOCUMENT,
        contents="\n".join(links),
        operations="\n".join(_section(document, *operation) for operation in operations),
    )


def _section(document: Document, anchor: str, method: str, path: str, operation: Document) -> str:
    token = "<p>Needs <code>Authorization: Bearer</code> with a token.</p>" if operation.get("security") else ""
    parts = [
        f'<section aria-labelledby="{anchor}">',
        f'<h2 id="{anchor}"><span class="method">{method}</span> <code>{escape(path)}</code></h2>',
        f"<p><strong>{escape(operation.get('summary', ''))}.</strong> {escape(operation.get('description', ''))}</p>",
        token,
        _request_table(operation),
        _answers_table(operation),
        *_body_tables(document, operation),
        "</section>",
    ]
    return "\n".join(part for part in parts if part)


def _request_table(operation: Document) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    return "\n".join(_fields_table(f"Fields of the form ({kind})", c["schema"]) for kind, c in content.items())


def _answers_table(operation: Document) -> str:
    rows = [(status, escape(answer["description"])) for status, answer in sorted(operation["responses"].items())]
    return _table("Answers", ("Status", "When"), rows)


def _body_tables(document: Document, operation: Document) -> Iterator[str]:
    """The fields of each body, those of the bodies in it after it; a body that errors share comes once."""
    pending = [
        content["schema"]
        for _, answer in sorted(operation["responses"].items())
        for content in answer.get("content", {}).values()
    ]
    seen = set()
    while pending:
        name = _name(pending.pop(0))
        if name and name not in seen:
            seen.add(name)
            schema = document["components"]["schemas"][name]
            yield _fields_table(name, schema)
            pending += [inner.get("items", inner) for inner in schema.get("properties", {}).values()]


def _fields_table(caption: str, schema: Document) -> str:
    required = schema.get("required", [])
    rows = [
        (f"<code>{escape(name)}</code>", _type(field), "yes" if name in required else "no", _say(field))
        for name, field in schema.get("properties", {}).items()
    ]
    return _table(escape(caption), ("Field", "Type", "Always", "Meaning"), rows)


def _type(field: Document) -> str:
    if named := _name(field):
        return escape(named)
    if "anyOf" in field:
        return " or ".join(_type(option) for option in field["anyOf"])
    if field.get("type") == "array":
        return f"list of {_type(field['items'])}"
    return escape("file" if field.get("format") == "binary" else str(field.get("type", "")))


def _say(field: Document) -> str:
    words = [escape(str(field.get("description", "")))]
    if "enum" in field:
        words.append("One of: " + ", ".join(f"<code>{escape(str(value))}</code>" for value in field["enum"]) + ".")
    if "minimum" in field:
        words.append(f"From {field['minimum']:g} to {field['maximum']:g}.")
    if "maxLength" in field:
        words.append(f"At most {field['maxLength']} characters.")
    if field.get("default") not in (None, ""):
        words.append(f"Default: <code>{escape(str(field['default']).lower())}</code>.")
    return " ".join(words)


def _name(schema: Document) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _table(caption: str, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    body = "\n".join(
        f'<tr><th scope="row">{row[0]}</th>' + "".join(f"<td>{cell}</td>" for cell in row[1:]) + "</tr>" for row in rows
    )
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"
