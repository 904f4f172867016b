"""The protected corpus made searchable: build, open, change, verify, inspect.

An index is a directory: a manifest that names immutable segment files. Every change is published atomically; a crash leaves the index as
it was or as it was to be.
"""

from simfilter.index.reader import Index
from simfilter.index.segment import Progress
from simfilter.index.update import CONDITIONS, add, build, compact, remove, repair, snapshot

__all__ = ["CONDITIONS", "Index", "Progress", "add", "build", "compact", "remove", "repair", "snapshot"]
