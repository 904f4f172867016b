"""Licences of protected files without metadata: SPDX lines, notices, licence files. The one door to licenseclassifier."""

from __future__ import annotations

import re
from functools import lru_cache

HEAD = 8192
"""Characters at the start of a file in which its own licence stands."""
COVERED = 5.0
"""Percentage of the comments at the start of a file that a licence notice must be."""

_SPDX = re.compile(r"SPDX-License-Identifier:\s*([\w.+() -]*[\w.+)])")
_COMMENTS = re.compile(r"(?:\s|<\?php|(?:#|//|--|;|%)[^\n]*|/\*.*?\*/|<!--.*?-->|\(\*.*?\*\)|\"\"\".*?\"\"\"|'''.*?''')+", re.DOTALL)
_TELLS = re.compile(r"licen[cs]|hereby granted|redistribution|public domain|warrant", re.IGNORECASE)
_COPYRIGHT = re.compile(r"^\W*((?:SPDX-FileCopyrightText:|Copyright\b|©|\(c\))[^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_MARKS = re.compile(r"\s*(\*/|-->|\*\)|#\})?\s*$")


def licence_of(text: str) -> str | None:
    """The licence a file states at its start: an SPDX expression, or the licence notices in the comments there, joined by AND.

    >>> licence_of("# SPDX-License-Identifier: MIT OR Apache-2.0\\n")
    'MIT OR Apache-2.0'
    """
    head = text[:HEAD]
    if (stated := _SPDX.search(head)) is not None:
        return stated[1]
    comments = _COMMENTS.match(head)
    if comments is None or not _TELLS.search(comments[0]):
        return None
    return _recognised(comments[0].strip(), COVERED)


def licence_of_file(text: str) -> str | None:
    """The licence a licence file holds: all recognised in it, joined by AND; None when that is less than half of it."""
    return _recognised(text, 50.0)


@lru_cache(256)
def _recognised(text: str, covered: float) -> str | None:
    """SPDX identifiers of the licence texts and notices in ``text``; files of a project share theirs, so some are remembered."""
    from licenseclassifier import identify_license

    return " AND ".join(dict.fromkeys(found.id for found in identify_license(text, coverage_threshold=covered))) or None


def copyright_lines(text: str) -> list[str]:
    """The copyright lines at the start of a file, as they stand there, each once.

    >>> copyright_lines("/* Copyright (c) 2024 Harbour Office */")
    ['Copyright (c) 2024 Harbour Office']
    """
    found = (_MARKS.sub("", line[1]).strip() for line in _COPYRIGHT.finditer(text[:HEAD]))
    return list(dict.fromkeys(line.removeprefix("SPDX-FileCopyrightText:").strip() for line in found))
