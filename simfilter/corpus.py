from __future__ import annotations
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Document:
    id: str
    text: str
    source: str
    licence: str | None = None
    url: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    boilerplate: bool = False
