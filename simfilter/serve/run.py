"""Run the server: uvicorn on one process; SIGHUP loads index and policy anew."""

from __future__ import annotations

import ipaddress
import logging
import signal
import threading

from simfilter.errors import MissingExtraError, ParameterError

LOOPBACK = ["localhost", "127.0.0.1", "["]
"""Names a server without keys answers to; all of an IPv6 address that starlette compares is its bracket."""


def need_extra() -> None:
    """Raise MissingExtraError when the extra [serve] is not installed."""
    try:
        import aiohttp
        import prometheus_client
        import starlette
        import uvicorn
    except ImportError as error:
        raise MissingExtraError(f"{error.name} is needed: pip install 'simfilter[serve]'") from None
    assert aiohttp and prometheus_client and starlette and uvicorn


def need_key(host: str, keys: tuple[str, ...]) -> None:
    """Raise ParameterError when anybody on the network could ask."""
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    if not local and not keys:
        raise ParameterError(f"{host} can be reached by others: give keys (--keys or SIMFILTER_KEYS), or bind to 127.0.0.1")


def serve(settings: object, *, host: str, port: int) -> None:
    """Serve until told to stop; requests in hand are finished first."""
    import uvicorn
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from simfilter.serve.app import Settings, create_app

    assert isinstance(settings, Settings)
    need_key(host, settings.keys)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    app = create_app(settings)
    if not settings.keys:  # a foreign page that points its name at loopback (DNS rebinding) reads nothing
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=LOOPBACK)
    reload = app.state.server.reload
    signal.signal(signal.SIGHUP, lambda *_: threading.Thread(target=reload, daemon=True).start())
    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False, timeout_graceful_shutdown=30)
