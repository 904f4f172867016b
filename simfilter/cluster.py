"""The one door to Ray: the cluster this process works with."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from simfilter.errors import MissingExtraError


def load(name: str) -> Any:
    """A module of Ray's. Raises MissingExtraError when Ray is not installed."""
    try:
        return import_module(name)
    except ImportError:
        raise MissingExtraError("the engine ray needs Ray: pip install 'simfilter[ray]'") from None


def connected() -> Any:
    """Ray, connected to the cluster that RAY_ADDRESS names; without one, Ray starts one on this machine."""
    ray = load("ray")
    if not ray.is_initialized():
        ray.init(include_dashboard=False, log_to_driver=False)
    return ray
