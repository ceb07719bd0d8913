"""One process that serves: a socket, the sandbox, the engine, and uvicorn between them."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Sequence

import uvicorn
from synthsmith.verification.errors import InputError
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.sandbox.languages import CPP_FLAGS
from synthsmith.verification.serve.app import application
from synthsmith.verification.serve.bodies import Room
from synthsmith.verification.serve.delivery import Gate
from synthsmith.verification.serve.engine import Engine
from synthsmith.verification.serve.listening import (
    allow_many_files,
    configured,
    ended_by_signals,
    is_loopback,
    listening,
    url_of,
)
from synthsmith.verification.serve.metrics import Metrics
from synthsmith.verification.serve.service import Service, Settings

ANSWER_SECONDS = 10  # after the grace, for answers to be sent


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
    allow_many_files()
    with (
        listening(host, port) as listener,
        Sandbox(workers, unsafe=unsafe, cpp_flags=cpp_flags, patient=False) as sandbox,
        _working(sandbox) as engine,
    ):
        gates = Gate(settings.most_queued), Gate(settings.most_long_batches)
        bodies = Room(settings.most_bodies_bytes)
        server = _Server(Service(settings, sandbox, engine, Metrics(engine), *gates, bodies))
        with ended_by_signals(server):
            announce(url_of(listener), sandbox)
            server.run(sockets=[listener])


class _Server(uvicorn.Server):
    """uvicorn, but for its end: when the grace is over, all that is under way is answered, not cut off."""

    def __init__(self, service: Service) -> None:
        self.service = service
        grace_seconds = service.settings.grace_seconds + ANSWER_SECONDS
        super().__init__(configured(application(service), grace_seconds))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Returns when all connections are closed."""
        timer = asyncio.get_running_loop().call_later(self.service.settings.grace_seconds, self._cut_short)
        await super().shutdown(sockets)
        timer.cancel()

    def _cut_short(self) -> None:
        self.service.engine.stop()
        threading.Thread(target=self.service.sandbox.close, name="closing").start()


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
