"""The OpenAPI document: what each route takes and answers."""

from __future__ import annotations

from typing import Any

from simfilter import __version__
from simfilter.types import Action, Kind
from simfilter.views.languages import GRAMMARS
from simfilter.wire import Json

STRING, NUMBER, BOOLEAN, WHOLE = ({"type": name} for name in ("string", "number", "boolean", "integer"))


def _object(needed: dict[str, Any], **more: Any) -> Json:
    return {"type": "object", "properties": {**needed, **more}, "required": list(needed)}


def _list(of: Json) -> Json:
    return {"type": "array", "items": of}


SPAN = _object({"start": WHOLE, "end": WHOLE})
MAYBE = {"type": ["string", "null"]}
MATCH = _object({"kind": {"enum": [kind.value for kind in Kind]}, "start": WHOLE, "end": WHOLE, "tokens": WHOLE, "bits": NUMBER,
                 "source": STRING, "document": STRING, "licence": MAYBE, "url": MAYBE,
                 "action": {"enum": [action.name.lower() for action in Action]}, "rule": STRING}, reason=STRING)
EXEMPT = _object({"reason": STRING, "tokens": WHOLE, "query": SPAN, "prompt": {"anyOf": [SPAN, {"type": "null"}]}})
VERDICT = _object({"action": {"enum": [action.name.lower() for action in Action]}, "clean": BOOLEAN, "scanned": BOOLEAN,
                   "notes": _list(STRING), "matches": _list(MATCH), "set_aside": _list(MATCH), "exempt": _list(EXEMPT), "text": STRING})
CATEGORY = "protected-material"
MODERATION = _object({"flagged": BOOLEAN, "categories": _object({CATEGORY: BOOLEAN}), "category_scores": _object({CATEGORY: NUMBER}),
                      "category_applied_input_types": _object({CATEGORY: _list(STRING)})})
CITATION = _object({"license": STRING, "sourceUrls": _list(STRING)})
PART = _object({"type": {"const": "text"}, "text": STRING})
INPUT = {"anyOf": [STRING, {**_list(STRING), "minItems": 1}, {**_list(PART), "minItems": 1}]}
JUDGED = _object({"text": STRING}, prompt=STRING, language={"enum": list(GRAMMARS)}, index=STRING)
SHOWN = _list(_list(STRING))
EXPLAINED = _object({"action": STRING, "clean": BOOLEAN, "scanned": BOOLEAN, "notes": _list(STRING),
                     "matches": _list(_object({"heading": STRING, "weight": STRING, "copied": SHOWN, "source": SHOWN})),
                     "set_aside": _list(_object({"reason": STRING, "heading": STRING, "weight": STRING}))})
CHOICES = _object({"indices": _list(_object({"name": STRING, "documents": WHOLE})), "languages": _list(STRING)})
ERROR = _object({"error": _object({"message": STRING, "type": STRING, "code": MAYBE, "param": MAYBE})})


def openapi(*, secured: bool) -> Json:
    """The document; ``secured`` when there are keys."""
    azure = "/contentsafety/text:detectProtectedMaterial"
    asked = {"model": STRING, "stream": BOOLEAN}
    passed_on = {"description": "What the upstream answered, as it may be seen; an upstream's own refusal keeps its status.",
                 "content": {"application/json": {"schema": {"type": "object"}}, "text/event-stream": {}}}
    paths = {
        "/v1/check": _post("Judge a text", JUDGED, VERDICT), "/v1/explain": _post("Judge a text and tell why", JUDGED, EXPLAINED),
        "/v1/indices": _get("Indices and languages to choose from", CHOICES, guarded=True),
        **{path: _get(summary, None, kind=kind) for path, summary, kind in (
            ("/", "A page to paste a text into", "text/html"), ("/page.css", "Its style", "text/css"),
            ("/page.js", "Its script", "text/javascript"))},
        "/v1/moderations": _post("Judge texts, in the shape of OpenAI's moderations", _object({"input": INPUT}, model=STRING),
                                 _object({"id": STRING, "model": STRING, "results": _list(MODERATION)})),
        azure: _post("Judge a text, in Azure's shape", _object({"text": STRING}),
                     _object({"protectedMaterialAnalysis": _object({"detected": BOOLEAN})})),
        azure + "ForCode": _post("Judge code, in Azure's shape", _object({"code": STRING}), _object(
            {"protectedMaterialAnalysis": _object({"detected": BOOLEAN, "codeCitations": _list(CITATION)})})),
        "/v1/chat/completions": _post("Ask the upstream, see what is safe", _object({"model": STRING}, stream=BOOLEAN, messages={
            **_list({"type": "object"})}), None, default=passed_on),
        "/v1/completions": _post("Ask the upstream, see what is safe", _object({"model": STRING}, stream=BOOLEAN), None, default=passed_on),
        "/v1/responses": _post("Ask the upstream, see what is safe", _object({"model": STRING}, **asked), None, default=passed_on),
        "/healthz": _get("Alive", _object({"status": STRING, "version": STRING})),
        "/readyz": _get("Ready", _object({"ready": BOOLEAN, "documents": WHOLE, "lost": _list(STRING)}), unready=True),
        "/metrics": _get("For Prometheus", None), "/openapi.json": _get("This document", {"type": "object"}),
    }
    document: Json = {"openapi": "3.1.0", "info": {"title": "simfilter", "version": __version__}, "paths": paths,
                      "components": {"schemas": {"Error": ERROR}}}
    if secured:
        document["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        for path in paths.values():
            for method in path.values():
                if "401" in method["responses"]:
                    method |= {"security": [{"key": []}]}
    return document


def _post(summary: str, body: Json, answer: Json | None, *, default: Json | None = None) -> Json:
    error = {"description": "Refused", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
    responses: Json = {str(code): error for code in (400, 401, 404, 413, 422, 503, 504)}
    if answer is not None:
        responses["200"] = {"description": "Judged", "content": {"application/json": {"schema": answer}}}
    if default is not None:
        responses |= {"404": error, "502": error, "default": default}
    return {"post": {"summary": summary, "responses": responses,
                     "requestBody": {"required": True, "content": {"application/json": {"schema": body}}}}}


def _get(summary: str, answer: Json | None, *, unready: bool = False, guarded: bool = False, kind: str = "text/plain") -> Json:
    content: Json = {kind: {}} if answer is None else {"application/json": {"schema": answer}}
    told = {"description": "As it is", "content": content}
    error = {"description": "Refused", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
    refused = dict.fromkeys(("401", "503", "504"), error) if guarded else {}
    return {"get": {"summary": summary, "responses": {"200": told, **refused, **({"503": told} if unready else {})}}}
