"""``simfilter serve``: checks over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simfilter.cli.options import PolicyOption


def serve(
    index: Annotated[list[Path], typer.Option("--index", "-i", help="An index made by [bold]simfilter index build[/]; may be repeated. "
                                                                    "The first is in force where a request names none.")],
    policy: PolicyOption = None,
    upstream: Annotated[str | None, typer.Option(help="An OpenAI-compatible server to filter, with its /v1.")] = None,
    upstream_key: Annotated[str | None, typer.Option(envvar="SIMFILTER_UPSTREAM_KEY", help="What the upstream is asked with.")] = None,
    keys: Annotated[str, typer.Option(envvar="SIMFILTER_KEYS", help="Who may ask, separated by commas.")] = "",
    host: Annotated[str, typer.Option(help="Loopback unless there are keys.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8377,
    concurrency: Annotated[int, typer.Option(min=1, help="Requests at a time.")] = 256,
    body_limit: Annotated[int, typer.Option(min=1, help="Bytes of a request.")] = 4 << 20,
    timeout: Annotated[float, typer.Option(min=0.001, help="Seconds for a judgement.")] = 30.0,
    upstream_timeout: Annotated[float, typer.Option(min=0.001, help="Seconds between two pieces of an upstream's answer.")] = 600.0,
    reader_timeout: Annotated[float, typer.Option(min=0.001, help="Seconds for a reader to take a piece.")] = 60.0,
    with_text: Annotated[bool, typer.Option("--with-text", help="Let the page and /v1/explain show protected text.")] = False,
    engine: Annotated[str, typer.Option(help="local, or ray: shards held by actors of the Ray cluster that RAY_ADDRESS names.")] = "local",
    shard_timeout: Annotated[float, typer.Option(min=0.001, help="Of --engine ray: seconds for a shard to answer, before it counts as "
                                                                 "lost.")] = 5.0,
    otel: Annotated[bool, typer.Option("--otel", help="Export OpenTelemetry spans, as OTEL_EXPORTER_OTLP_* say.")] = False,
) -> None:
    """Serve checks over HTTP, a page to paste a text into, and filter an upstream. SIGHUP loads index and policy anew."""
    from simfilter.serve.run import need_extra, serve

    need_extra()
    from simfilter.serve.app import Settings

    settings = Settings(index[0], policy, upstream, upstream_key, tuple(filter(None, keys.split(","))), body_limit=body_limit,
                        concurrency=concurrency, timeout=timeout, upstream_timeout=upstream_timeout, reader_timeout=reader_timeout,
                        others=tuple(index[1:]), with_text=with_text, engine=engine, shard_timeout=shard_timeout)
    if otel:
        from simfilter.serve.trace import export

        export()
    serve(settings, host=host, port=port)
