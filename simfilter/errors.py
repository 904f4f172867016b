"""The exception family. Every error simfilter raises on purpose descends from `SimfilterError`.

Messages name the value and the accepted range; they never contain protected text.
"""

from __future__ import annotations


class SimfilterError(Exception):
    """Base of all errors raised by simfilter."""


class ParameterError(SimfilterError, ValueError):
    """An argument is outside its accepted range."""


class CapacityError(SimfilterError, ValueError):
    """A buffer or a stated limit is too small for the input."""


class InputError(SimfilterError, ValueError):
    """A file or text cannot be read as what it claims to be (encoding, binary, malformed JSON)."""


class PolicyError(SimfilterError, ValueError):
    """A policy file or object is not valid."""


class IndexNotFoundError(SimfilterError, FileNotFoundError):
    """There is no index at this path."""


class IndexFormatError(SimfilterError, ValueError):
    """The bytes are not an index this version can read (magic, version, parameters)."""


class IndexDamagedError(IndexFormatError):
    """The index was valid once: truncated, or a checksum does not agree."""


class ShardLostError(SimfilterError, ConnectionError):
    """A shard that is held elsewhere does not answer."""


class LockedError(SimfilterError, BlockingIOError):
    """Another process is writing to the index."""


class GrammarError(SimfilterError, RuntimeError):
    """A tree-sitter grammar will not load on the installed tree-sitter."""


class MissingExtraError(SimfilterError, ImportError):
    """An optional dependency is needed; the message names the extra to install."""


def reason(error: Exception) -> str:
    """What went wrong, in one line: of a file error the file and the system's words."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)
