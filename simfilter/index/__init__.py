"""The protected corpus made searchable: build, open, change, verify, inspect.

An index is a directory: a manifest that names immutable segment files. Every change is published atomically; a crash leaves the index as
it was or as it was to be.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simfilter.index.reader import Index
    from simfilter.index.segment import Progress
    from simfilter.index.update import add, build, compact, remove, repair, snapshot

_HOMES = {"Index": "reader", "Progress": "segment", "add": "update", "build": "update", "compact": "update", "remove": "update",
          "repair": "update", "snapshot": "update"}

__all__ = ["Index", "Progress", "add", "build", "compact", "remove", "repair", "snapshot"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'simfilter.index' has no attribute {name!r}")
    return getattr(import_module(f"simfilter.index.{_HOMES[name]}"), name)
