"""simfilter: catch copies of protected text and code before anyone sees them.

Everything public is listed here and imported on first use, so that `import simfilter` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simfilter.background import Background
    from simfilter.calibrate import Calibration
    from simfilter.corpus import Document, Reader
    from simfilter.errors import SimfilterError
    from simfilter.filter import Filter
    from simfilter.index import Index, build
    from simfilter.policy import Policy, Rule, Threshold
    from simfilter.session import Ledger, Quota, Session
    from simfilter.stream import Stream
    from simfilter.types import Action, Certificate, Exempt, Kind, Match, Provenance, SetAside, Span, Verdict, View

__version__ = "0.1.0"

_HOMES = {
    "Action": "types", "Background": "background", "Calibration": "calibrate", "Certificate": "types", "Document": "corpus",
    "Exempt": "types", "Filter": "filter", "Index": "index", "Kind": "types", "Ledger": "session", "Match": "types", "Policy": "policy",
    "Provenance": "types", "Quota": "session", "Reader": "corpus", "Rule": "policy", "Session": "session", "SetAside": "types",
    "SimfilterError": "errors", "Span": "types", "Stream": "stream", "Threshold": "policy", "Verdict": "types", "View": "types",
    "build": "index",
}

__all__ = [
    "Action", "Background", "Calibration", "Certificate", "Document", "Exempt", "Filter", "Index", "Kind", "Ledger", "Match", "Policy",
    "Provenance", "Quota", "Reader", "Rule", "Session", "SetAside", "SimfilterError", "Span", "Stream", "Threshold", "Verdict", "View",
    "build",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'simfilter' has no attribute {name!r}")
    return getattr(import_module(f"simfilter.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
