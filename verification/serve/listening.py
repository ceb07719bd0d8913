"""What every server of ours has around its application: a socket, uvicorn's settings, its end by a signal."""

import contextlib
import ipaddress
import resource
import signal
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp
from synthsmith.verification.errors import InputError

BACKLOG = 2048
KEEP_ALIVE_SECONDS = 75  # longer than clients keep idle connections, so that none is closed in their hands


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listening(host: str, port: int) -> socket.socket:
    """The socket that listens there (port 0: at any that is free); InputError where it cannot be had."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"--host {host} --port {port}: {reason}.") from error


def allow_many_files() -> None:
    """Raise this process's limit of open files as far as it may: connections are such, and runs' files.

    The usual 1024 are used up by as many idle connections; then no run could be given its files.
    """
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with contextlib.suppress(OSError, ValueError):  # where the kernel's own limit was lowered below it
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def url_of(listener: socket.socket) -> str:
    """The address as clients write it."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def configured(app: ASGIApp, grace_seconds: int) -> uvicorn.Config:
    """uvicorn's settings; in the end what is under way is cut off after the grace."""
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=grace_seconds,
    )


@contextlib.contextmanager
def ended_by_signals(server: uvicorn.Server) -> Iterator[None]:
    """While it runs the server has handlers of its own; it raises what they took once more when it ends."""

    def end(*_: object) -> None:
        server.should_exit = True

    signals = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(each, end) for each in signals]
    try:
        yield
    finally:
        for each, handler in zip(signals, before, strict=True):
            signal.signal(each, handler)
