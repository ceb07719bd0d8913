"""A headless Chromium under the DevTools protocol: what it drew, logged, and asked the network for."""

import asyncio
import base64
import json
import shutil
import subprocess
from collections.abc import Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp

PROGRAM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))),
    None,
)
# fmt: off
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    "--remote-debugging-port=0", "--window-size=1280,900",
)
# fmt: on
LONGEST_SECONDS = 60.0
Answer = TypeVar("Answer")


class Browser:
    """One tab. `troubles` are exceptions, warnings and errors, `requests` all URLs asked for."""

    def __init__(self, folder: Path) -> None:
        assert PROGRAM is not None
        self.troubles: list[str] = []
        self.requests: list[str] = []
        self.dialogs: list[str] = []
        self._port_file = folder / "DevToolsActivePort"
        self._process = subprocess.Popen(
            [PROGRAM, *FLAGS, f"--user-data-dir={folder}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._loop = asyncio.new_event_loop()
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._number = 0

    def __enter__(self) -> Self:
        try:
            self._wait_for(self._connect())
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.send("Browser.close")
        self._wait_for(self._close())
        self._loop.close()
        try:
            self._process.wait(LONGEST_SECONDS)
        finally:
            self._process.kill()
            self._process.wait()

    def open(self, page: Path, name: str = "") -> None:
        """Open a page of ours from the disk and wait until it is ready; forget what was logged before."""
        self.send("Page.navigate", url="about:blank")
        self.until("location.href === 'about:blank'")
        self.troubles.clear()
        self.requests.clear()
        self.send("Page.navigate", url=page.as_uri() + name)
        self.until("document.documentElement?.dataset.ready === 'yes'")

    def run(self, script: str) -> Any:
        """The value of an expression on the page; promises are waited for."""
        answer = self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, condition: str) -> None:
        """Wait for a condition on the page."""

        async def met() -> None:
            while True:
                answer = await self._send(
                    "Runtime.evaluate", {"expression": condition, "returnByValue": True}
                )
                if answer["result"].get("value") is True:
                    return
                await asyncio.sleep(0.02)

        self._wait_for(met())

    def press(self, key: str) -> None:
        """Press a key, such as "/" or "ArrowRight", where the focus is."""
        text = {"text": key} if len(key) == 1 else {}
        self.send("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        self.send("Input.dispatchKeyEvent", type="keyUp", key=key)

    def shot(self, file: Path, *, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        """A picture of the window at this size."""
        self.look(width=width, height=height, dark=dark)
        taken = self.send("Page.captureScreenshot", format="png")
        file.write_bytes(base64.b64decode(taken["data"]))

    def look(self, *, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        """Set the size of the window and the colour scheme that the reader prefers."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", features=[scheme])

    def send(self, method: str, **parameters: object) -> dict[str, Any]:
        """The answer to a command of the protocol."""
        return self._wait_for(self._send(method, parameters))

    def _wait_for(self, work: Coroutine[None, None, Answer]) -> Answer:
        return self._loop.run_until_complete(asyncio.wait_for(work, LONGEST_SECONDS))

    async def _connect(self) -> None:
        while not self._port_file.exists() or "\n" not in self._port_file.read_text():
            assert self._process.poll() is None, "the browser ended while it started"
            await asyncio.sleep(0.02)
        port = self._port_file.read_text().splitlines()[0]
        self._session = aiohttp.ClientSession()
        while True:
            async with self._session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                pages = [each for each in await answer.json() if each["type"] == "page"]
            if pages:
                break
            await asyncio.sleep(0.02)
        self._socket = await self._session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0)
        self._reader = asyncio.create_task(self._read())
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self._send(f"{domain}.enable", {})

    async def _close(self) -> None:
        await self._socket.close()
        await self._reader
        await self._session.close()

    async def _send(self, method: str, parameters: dict[str, object]) -> dict[str, Any]:
        self._number += 1
        answer = self._waiting[self._number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        return await answer

    async def _read(self) -> None:
        async for message in self._socket:
            told = json.loads(message.data)
            if "id" in told:
                waiting = self._waiting.pop(told["id"])
                if "error" in told:
                    waiting.set_exception(RuntimeError(told["error"]["message"]))
                else:
                    waiting.set_result(told["result"])
            else:
                await self._note(told["method"], told["params"])

    async def _note(self, method: str, told: dict[str, Any]) -> None:
        match method:
            case "Runtime.exceptionThrown":
                self.troubles.append(json.dumps(told["exceptionDetails"]))
            case "Log.entryAdded":
                self.troubles.append(told["entry"]["text"])
            case "Runtime.consoleAPICalled" if told["type"] in ("error", "warning", "assert"):
                self.troubles.append(json.dumps(told["args"]))
            case "Network.requestWillBeSent":
                self.requests.append(told["request"]["url"])
            case "Page.javascriptDialogOpening":
                self.dialogs.append(told["message"])
