"""What can be judged: text files, notebooks, chat transcripts, and archives of them, as pieces of text that know where they stand.

Nothing is unpacked to disk. What cannot be read is a piece with the reason, never passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from simfilter.corpus import LARGEST_FILE, decode, read_text
from simfilter.errors import InputError, SimfilterError, reason
from simfilter.inputs.notebook import is_notebook, read_notebook
from simfilter.inputs.piece import Piece, is_archive
from simfilter.inputs.transcript import read_transcript
from simfilter.tables import is_json_lines, open_bytes
from simfilter.views.languages import language_of_path

if TYPE_CHECKING:
    from simfilter.inputs.archive import Budget

__all__ = ["Piece", "pieces"]


def pieces(path: str, *, data: bytes | None = None, left_out: Callable[[str], bool] = lambda name: False) -> Iterator[Piece]:
    """All that is to be judged of the file at ``path``, or of ``data`` under that name.

    ``left_out`` tells which members of an archive, as ``archive.zip/member``, are passed over.
    """
    try:
        if is_archive(path):
            from simfilter.inputs.archive import Budget  # modules for every kind of archive, which few scans need

            yield from _archived(path, data if data is not None else Path(path), Budget(), path, left_out)
        else:
            yield from _read(path, _text(path, data))
    except (SimfilterError, OSError) as error:
        yield Piece(path, error=reason(error).removeprefix(f"{path}: "))  # its path is told with it


def _text(path: str, data: bytes | None) -> str:
    if data is not None:
        return decode(data)
    if is_json_lines(Path(path)):
        with open_bytes(Path(path)) as file:
            data = file.read(LARGEST_FILE + 1)
        if len(data) > LARGEST_FILE:
            raise InputError(f"too large: more than {LARGEST_FILE} bytes")
        return decode(data)
    return read_text(Path(path))


def _read(path: str, text: str) -> Iterator[Piece]:
    if is_notebook(path):
        yield from read_notebook(path, text)
        return
    turns = read_transcript(path, text) if is_json_lines(Path(path)) else None
    if turns is None:
        yield Piece(path, text, language=language_of_path(path))
    else:
        yield from turns


def _archived(name: str, content: bytes | Path, budget: Budget, outermost: str, left_out: Callable[[str], bool]) -> Iterator[Piece]:
    from simfilter.inputs.archive import members

    for member in members(name, content, budget):
        path = f"{name}!/{member.name}"
        if left_out(path.replace("!/", "/")):
            continue
        try:
            if member.error is not None:
                raise InputError(member.error)
            if is_archive(member.name):
                yield from _archived(path, member.data, budget.deeper(), outermost, left_out)
            else:
                for piece in _read(path, decode(member.data)):
                    yield replace(piece, archive=outermost)
        except SimfilterError as error:
            yield Piece(path, error=reason(error), archive=outermost)
