"""`synthsmith model serve` in a process of its own."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from command import COMMAND, environment

LONGEST_SECONDS = 60.0  # a guard against waiting for ever, no criterion


@dataclass(frozen=True, slots=True)
class ModelServer:
    """A running server; `url` is what `--base-url` takes."""

    process: subprocess.Popen[str]
    url: str

    def stop(self, signal: int) -> tuple[int, str]:
        """The exit status after the signal, and all that was said since the server was ready."""
        self.process.send_signal(signal)
        _, said = self.process.communicate(timeout=LONGEST_SECONDS)
        return self.process.returncode, said


@contextmanager
def model_serving(*options: str) -> Iterator[ModelServer]:
    """The recorded model on a free port; it is killed in the end if it still runs."""
    command = [*COMMAND, "model", "serve", "--port", "0", *options]
    with subprocess.Popen(
        command, env=environment(), stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stderr is not None
            url = re.search(r"http://\S+", process.stderr.readline())
            assert url is not None, process.stderr.read()
            yield ModelServer(process, url[0])
        finally:
            process.kill()
