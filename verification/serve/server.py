"""One process that serves: a socket, the sandbox, the engine, and uvicorn between them."""

import asyncio
import contextlib
import ipaddress
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence

import uvicorn
from synthsmith.verification.errors import InputError
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.sandbox.languages import CPP_FLAGS
from synthsmith.verification.serve.app import application
from synthsmith.verification.serve.delivery import Gate
from synthsmith.verification.serve.engine import Engine
from synthsmith.verification.serve.metrics import Metrics
from synthsmith.verification.serve.service import Service, Settings

BACKLOG = 2048
ANSWER_SECONDS = 10  # after the grace, for answers to be sent
KEEP_ALIVE_SECONDS = 75  # longer than clients keep idle connections, so that none is closed in their hands


def serve(
    host: str,
    port: int,
    settings: Settings,
    *,
    workers: int | None = None,
    unsafe: bool = False,
    cpp_flags: Sequence[str] = CPP_FLAGS,
    announce: Callable[[str, Sandbox], None] = lambda url, sandbox: None,
) -> None:
    """Returns when SIGTERM or SIGINT has come and all that ran has ended. `announce` is told the URL.

    InputError where the address cannot be had, or is open to others and no token is set.
    """
    if settings.token is None and not is_loopback(host):
        raise InputError(
            f"--host {host} can be reached by others, who would need a token: "
            "put one into an environment variable and name it with --token-env."
        )
    with (
        _listening(host, port) as listener,
        Sandbox(workers, unsafe=unsafe, cpp_flags=cpp_flags, patient=False) as sandbox,
        _working(sandbox) as engine,
    ):
        gates = Gate(settings.most_queued), Gate(settings.most_long_batches)
        server = _Server(Service(settings, sandbox, engine, Metrics(engine), *gates))
        with _ended_by_signals(server):
            announce(_url(listener), sandbox)
            server.run(sockets=[listener])


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Server(uvicorn.Server):
    """uvicorn, but for its end: when the grace is over, all that is under way is answered, not cut off."""

    def __init__(self, service: Service) -> None:
        self.service = service
        super().__init__(
            uvicorn.Config(
                application(service),
                log_config=None,
                access_log=False,
                lifespan="off",
                ws="none",
                server_header=False,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=service.settings.grace_seconds + ANSWER_SECONDS,
            )
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Returns when all connections are closed."""
        timer = asyncio.get_running_loop().call_later(self.service.settings.grace_seconds, self._cut_short)
        await super().shutdown(sockets)
        timer.cancel()

    def _cut_short(self) -> None:
        self.service.engine.stop()
        threading.Thread(target=self.service.sandbox.close, name="closing").start()


def _listening(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"--host {host} --port {port}: {reason}.") from error


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextlib.contextmanager
def _working(sandbox: Sandbox) -> Iterator[Engine]:
    """The engine over the sandbox; in the end the sandbox is closed under it, which ends what still runs."""
    engine = Engine(sandbox.workers)
    try:
        yield engine
    finally:
        engine.stop()
        sandbox.close()
        engine.join()


@contextlib.contextmanager
def _ended_by_signals(server: uvicorn.Server) -> Iterator[None]:
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
