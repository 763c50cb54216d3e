"""A headless Chromium, spoken to in the DevTools protocol over a pipe: https://chromedevtools.github.io/devtools-protocol/"""

from __future__ import annotations

import base64
import fcntl
import itertools
import json
import os
import select
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_SECONDS = 60
FLAGS = (
    "--headless",
    "--no-sandbox",  # root in a container has no other choice; the page is ours
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
# Chromium reads from descriptor 3 and writes to 4.
AS_3_AND_4 = """
import os, sys
read, write, *command = sys.argv[1:]
os.dup2(int(read), 3)
os.dup2(int(write), 4)
os.execvp(command[0], command)
"""


class BrowserError(RuntimeError):
    """Chromium said no, or nothing."""


class Pipe:
    """Messages to and from Chromium: JSON with a NUL at its end."""

    def __init__(self, *, to: int, back: int) -> None:
        self.to, self.back = to, back
        self.rest = b""

    def send(self, message: dict[str, Any]) -> None:
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.to, data) :]

    def receive(self) -> dict[str, Any]:
        """The next message.

        Raises:
            BrowserError: none came in time.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while b"\0" not in self.rest:
            ready, _, _ = select.select([self.back], [], [], max(0, deadline - time.monotonic()))
            part = os.read(self.back, 1 << 20) if ready else b""
            if not part:
                raise BrowserError("Chromium has ended, or says nothing")
            self.rest += part
        message, _, self.rest = self.rest.partition(b"\0")
        return json.loads(message)


class Page:
    """A tab. `problems` are what its console complained of, `requests` the addresses that it asked for."""

    def __init__(self, pipe: Pipe) -> None:
        self.pipe = pipe
        self.numbers = itertools.count(1)
        self.events: list[dict[str, Any]] = []
        self.session = ""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """What a method of the protocol returns.

        Raises:
            BrowserError: Chromium refuses, or does not answer.
        """
        number = next(self.numbers)
        address = {"sessionId": self.session} if self.session else {}
        self.pipe.send({"id": number, "method": method, "params": parameters, **address})
        while (message := self.pipe.receive()).get("id") != number:
            self.events.append(message)
        if "error" in message:
            raise BrowserError(f"{method}: {message['error']}")
        return message["result"]

    def open(self, path: Path) -> None:
        """Loads a file; when this returns, the page has been drawn."""
        self.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self.pipe.receive())
        self.settle()

    def settle(self) -> None:
        """Waits until what was scheduled for the next frame has been drawn."""
        self.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))")

    def run(self, script: str) -> Any:
        """What an expression of JavaScript comes to, as JSON; a promise is awaited.

        Raises:
            BrowserError: it throws.
        """
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise BrowserError(json.dumps(answer["exceptionDetails"].get("exception", answer)))
        return answer["result"].get("value")

    def show(self, *, width: int, height: int = 900, dark: bool = False, media: str = "") -> None:
        """The size of the window, the reader's preference, and "print" for how it looks on paper."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", media=media, features=[scheme])
        self.settle()

    def press(self, key: str) -> None:
        """A key, such as "Tab" or "ArrowRight", pressed and let go."""
        code = {"Tab": 9, "Enter": 13, "End": 35, "Home": 36, "ArrowRight": 39, "ArrowLeft": 37}[key]
        text = {"text": "\r"} if key == "Enter" else {}
        event = {"key": key, "code": key, "windowsVirtualKeyCode": code, **text}
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, **event)
        self.settle()

    def click(self, *, x: float, y: float) -> None:
        """The left button, at a point of the window."""
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
        self.settle()

    def pdf(self) -> bytes:
        """The page as it is printed, on A4."""
        answer = self.call("Page.printToPDF", paperWidth=8.27, paperHeight=11.69, printBackground=True)
        return base64.b64decode(answer["data"])

    def picture(self, *, whole: bool = False) -> bytes:
        """A PNG of the window, or of the whole page."""
        answer = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        return base64.b64decode(answer["data"])

    @property
    def problems(self) -> list[str]:
        """Errors and warnings since the page was opened: of its scripts, of the console, of its policy."""
        told = {"Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded", "Audits.issueAdded"}
        return [json.dumps(event["params"]) for event in self.events if event.get("method") in told]

    @property
    def requests(self) -> list[str]:
        """Every address that was asked for since the page was opened, the page's own first."""
        sent = (event for event in self.events if event.get("method") == "Network.requestWillBeSent")
        return [event["params"]["request"]["url"] for event in sent]


@contextmanager
def chromium(program: str, folder: Path) -> Iterator[Page]:
    """A Chromium with a profile of its own in `folder`, and a tab of it."""
    (read, to), (back, write) = _pipe(), _pipe()
    command = [program, *FLAGS, f"--user-data-dir={folder}"]
    start = [sys.executable, "-c", AS_3_AND_4, str(read), str(write), *command]
    nowhere = subprocess.DEVNULL
    process = subprocess.Popen(start, pass_fds=(read, write), stdin=nowhere, stdout=nowhere, stderr=nowhere)
    os.close(read)
    os.close(write)
    try:
        yield Page(Pipe(to=to, back=back))
    finally:
        os.close(to)
        os.close(back)
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _pipe() -> tuple[int, int]:
    """A pipe whose ends have numbers that nobody else wants."""
    ends = os.pipe()
    far = fcntl.fcntl(ends[0], fcntl.F_DUPFD, 10), fcntl.fcntl(ends[1], fcntl.F_DUPFD, 10)
    for end in ends:
        os.close(end)
    return far
