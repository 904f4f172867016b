"""Serve: simfilter as an HTTP sidecar, and as an OpenAI-compatible proxy that filters an upstream before anyone sees it.

Needs the extra [serve]. `app.py` holds the routes, `proxy.py` the way to the upstream, `metrics.py` what is counted.
"""
