"""A text to be judged, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass

from simfilter.report.findings import Origin

ZIP = (".zip", ".whl", ".jar", ".egg")
TAR = {".tar": "", ".tar.gz": "gzip", ".tgz": "gzip", ".tar.bz2": "bz2", ".tbz2": "bz2", ".tar.xz": "lzma", ".txz": "lzma"}
"""Endings of tar archives, and the module that unpacks them."""


def is_archive(name: str) -> bool:
    """Whether a file's name says that it is an archive.

    >>> is_archive("release-1.0.tar.gz"), is_archive("notes.txt")
    (True, False)
    """
    return name.lower().endswith((*ZIP, *TAR))


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
