"""A text to be judged, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass

from simfilter.report.findings import Origin


@dataclass(frozen=True, slots=True)
class Piece:
    """One text, or the reason it cannot be judged (``error``) or not all of it (``notes``).

    ``origins`` tells where each of its lines stands in the file; empty when the text is the file. Pieces with the same ``conversation``
    are turns of it, in order; ``prompt`` is what its user had said before. ``archive`` is the file that holds it when ``path`` names a
    member.
    """

    path: str
    text: str = ""
    language: str | None = None
    origins: tuple[Origin, ...] = ()
    conversation: int | None = None
    prompt: str = ""
    archive: str = ""
    error: str | None = None
    notes: tuple[str, ...] = ()
