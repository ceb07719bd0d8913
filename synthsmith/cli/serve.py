"""`synthsmith serve`: the judge over HTTP, for RL trainers."""

import os
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer

from synthsmith.cli.options import CPP_FLAGS, CppFlags, Unsafe, Workers
from synthsmith.cli.sandbox import flags_of, limits_of

if TYPE_CHECKING:
    from synthsmith.verification.sandbox import Sandbox

NEEDED = ("prometheus_client", "starlette", "uvicorn")


def serve(
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port; 0 for any that is free.", min=0, max=65535)] = 8000,
    workers: Workers = None,
    token_env: Annotated[
        str | None,
        typer.Option(help="The environment variable that holds the token which clients must show."),
    ] = None,
    cpu_seconds: Annotated[float, typer.Option(help="Time limit where none is asked for.", min=0.01)] = 10.0,
    memory_mb: Annotated[int, typer.Option(help="Memory limit where none is asked for.", min=16)] = 1024,
    queue: Annotated[
        int, typer.Option(help="Submissions admitted at once, long batches apart.", min=1)
    ] = 1024,
    queue_seconds: Annotated[float, typer.Option(help="How long each of them may wait.", min=0.1)] = 60.0,
    long_seconds: Annotated[
        float, typer.Option(help="How long a submission of a long batch may wait.", min=0.1)
    ] = 3600.0,
    max_body_mb: Annotated[int, typer.Option(help="The longest body of a long batch, in MiB.", min=1)] = 2048,
    max_bodies_mb: Annotated[
        int | None,
        typer.Option(help="All bodies that are being read, in MiB; two of the longest if not given.", min=1),
    ] = None,
    grace_seconds: Annotated[int, typer.Option(help="For what is under way at the end.", min=0)] = 30,
    cpp_flags: CppFlags = CPP_FLAGS,
    unsafe: Unsafe = False,
) -> None:
    """Judge submissions over HTTP: /judge, /run and their batches (code-judge), /run_code (SandboxFusion)."""
    require_extra("the judge service")
    from synthsmith.verification.serve import Settings
    from synthsmith.verification.serve import serve as start
    from synthsmith.verification.serve.service import SHORT_BODY_BYTES

    longest = max(max_body_mb << 20, SHORT_BODY_BYTES)
    settings = Settings(
        limits_of(cpu_seconds, None, memory_mb),
        _token(token_env),
        most_queued=queue,
        queue_seconds=queue_seconds,
        long_seconds=long_seconds,
        most_body_bytes=max_body_mb << 20,
        most_bodies_bytes=max_bodies_mb << 20 if max_bodies_mb else 2 * longest,
        grace_seconds=grace_seconds,
    )
    start(
        host,
        port,
        settings,
        workers=workers,
        unsafe=unsafe,
        cpp_flags=flags_of(cpp_flags),
        announce=_announce,
    )
    print("synthsmith: stopped", file=sys.stderr)


def _announce(url: str, sandbox: "Sandbox") -> None:
    print(f"synthsmith: judging at {url} with {sandbox.workers} workers", file=sys.stderr, flush=True)


def require_extra(what: str) -> None:
    """Nothing, or InputError where packages that a service needs are not installed."""
    from synthsmith.verification.errors import InputError

    if missing := [name for name in NEEDED if find_spec(name) is None]:
        raise InputError(f"{what} needs {' and '.join(missing)}; run: pip install 'synthsmith[serve]'")


def _token(variable: str | None) -> str | None:
    from synthsmith.verification.errors import InputError

    if variable is None:
        return None
    token = os.environ.get(variable, "").strip()
    if not token or not token.isascii():
        raise InputError(
            f"--token-env {variable}: the environment variable must hold the token, in ASCII characters"
        )
    return token
