"""Chromium with everything that its annotators have: pages that are kept for Back, tabs that are hidden."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import connect

from tests.engines.cdp import Event, Wire
from tests.engines.engine import HOST, MIDDLE, TIMEOUT_S, Engine, EngineError, lines_of, process

# The headless shell keeps no pages for Back.
BINARIES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--remote-debugging-port=0",
    f"--host-resolver-rules=MAP {HOST} 127.0.0.1",
    "--window-size=1440,900",
)
# It says so of each page that comes by a name and without https.
_HTTPS_ONLY = "Cross-Origin-Opener-Policy header has been ignored"
_KEYS = {"Backspace": 8, "Enter": 13}


class Chromium(Engine):
    """One process, which is started again to have its windows restored."""

    name = "chromium"
    can_crash = True
    can_restore = True

    def __init__(self, binary: str, folder: Path) -> None:
        self._binary = binary
        self._folder = folder
        self._process = ExitStack()
        self._sessions: dict[str, str] = {}
        self._navigations: dict[str, int] = {}
        self._errors: list[str] = []
        self._is_crashed = False
        self._start()

    def close(self) -> None:
        """End the process."""
        self._process.close()

    def _start(self, *arguments: str) -> None:
        profile, log = self._folder / "profile", self._folder / "chromium.log"
        port_file = profile / "DevToolsActivePort"
        port_file.unlink(missing_ok=True)
        command = [self._binary, *_ARGUMENTS, f"--user-data-dir={profile}", *arguments]
        self._running = self._process.enter_context(process(command, log))
        port, path = lines_of(port_file, 2, self._running, log)
        address = f"ws://127.0.0.1:{port}{path}"
        connection = connect(address, max_size=None, open_timeout=TIMEOUT_S, proxy=None)
        self._wire = Wire(self._process.enter_context(connection), self._hear)
        self._sessions.clear()
        self._window = self.poll(self.windows, "a window")[-1]
        self._attach(self._window)

    def _hear(self, event: Event) -> None:
        """Remember what pages say by themselves."""
        match event["method"], event["params"]:
            case "Page.frameNavigated", {"frame": frame} if "parentId" not in frame:
                session = event["sessionId"]
                self._navigations[session] = self._navigations.get(session, 0) + 1
            case "Inspector.targetCrashed", _:
                self._is_crashed = True
            case "Runtime.exceptionThrown", {"exceptionDetails": details}:
                self._errors.append(str(details.get("exception", details).get("description", details)))
            case "Runtime.consoleAPICalled", {"type": "error", "args": told}:
                self._errors.append(str(told))
            case "Log.entryAdded", {"entry": {"level": "error"} as entry} if _HTTPS_ONLY not in entry["text"]:
                self._errors.append(f"{entry['text']} {entry.get('url', '')}")

    def _attach(self, window: str) -> None:
        found = self._wire.send("Target.attachToTarget", targetId=window, flatten=True)
        self._sessions[window] = found["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self._send(f"{domain}.enable")

    def _send(self, method: str, **parameters: Any) -> Any:
        return self._wire.send(method, self._sessions[self._window], **parameters)

    @contextmanager
    def _navigating(self) -> Iterator[None]:
        """Return from the block when there is another page, or the same one anew."""
        session = self._sessions[self._window]
        before = self._navigations.get(session, 0)
        yield
        self._wire.listen(lambda: self._navigations.get(session, 0) > before, "that there is another page")
        self._wait_until_loaded()

    def _wait_until_loaded(self) -> None:
        self.wait_for("return document.readyState === 'complete'")

    def open(self, address: str) -> None:
        with self._navigating():
            error = self._send("Page.navigate", url=address).get("errorText")
            if error:
                raise EngineError(f"{address}: {error}")

    def evaluate(self, body: str, *arguments: Any) -> Any:
        call = _as_call(body, arguments)
        found = self._send("Runtime.evaluate", expression=call, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in found:
            raise EngineError(str(found["exceptionDetails"].get("exception", {}).get("description")))
        return found["result"].get("value")

    def press(self, key: str) -> None:
        code = _KEYS.get(key) or ord(key.upper())
        text = {} if key == "Backspace" else {"text": "\r" if key == "Enter" else key}
        named = {"key": key, "code": f"Digit{key}" if key.isdigit() else key, "windowsVirtualKeyCode": code}
        self._send("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **named, **text)
        self._send("Input.dispatchKeyEvent", type="keyUp", **named)

    def click(self, selector: str) -> None:
        where = self.evaluate(MIDDLE, selector)
        for kind in ("mousePressed", "mouseReleased"):
            self._send("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **where)

    def type(self, selector: str, text: str) -> None:
        self.click(selector)
        self._send("Input.insertText", text=text)

    def back(self) -> None:
        self._go(-1)

    def forward(self) -> None:
        self._go(1)

    def _go(self, steps: int) -> None:
        history = self.poll(lambda: self._send("Page.getNavigationHistory"), "the history")
        at = history["currentIndex"] + steps
        if 0 <= at < len(history["entries"]):
            with self._navigating():
                self._send("Page.navigateToHistoryEntry", entryId=history["entries"][at]["id"])

    def reload(self) -> None:
        with self._navigating():
            self._send("Page.reload")

    def new_window(self) -> str:
        self._window = self._wire.send("Target.createTarget", url="about:blank")["targetId"]
        self._attach(self._window)
        return self._window

    def windows(self) -> Sequence[str]:
        targets = self._wire.send("Target.getTargets")["targetInfos"]
        return [target["targetId"] for target in targets if target["type"] == "page"]

    def switch(self, window: str) -> None:
        self._window = window
        if window not in self._sessions:
            self._attach(window)
        self._wire.send("Target.activateTarget", targetId=window)
        self.wait_for("return !document.hidden")

    def close_window(self) -> None:
        closed = self._window
        self._wire.send("Target.closeTarget", targetId=closed)
        del self._sessions[closed]
        self.poll(lambda: closed not in self.windows(), "the end of a window")
        self.switch(self.windows()[-1])

    def set_cookie(self, origin: str, name: str, value: str) -> None:
        self._wire.send("Storage.clearCookies")
        self._wire.send("Storage.setCookies", cookies=[{"name": name, "value": value, "url": origin}])

    def _set_offline(self, *, is_offline: bool) -> None:
        self._send("Network.enable")
        limits = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self._send("Network.emulateNetworkConditions", offline=is_offline, **limits)

    def errors(self) -> list[str]:
        # Whatever was said before the answer to anything is heard then.
        self.windows()
        found, self._errors = self._errors, []
        return found

    def crash(self) -> None:
        with self._navigating():
            self._is_crashed = False
            self._wire.post("Page.crash", self._sessions[self._window])
            self._wire.listen(lambda: self._is_crashed, "that a page has crashed")
            self._send("Page.reload")

    def restore(self) -> None:
        self._wire.post("Browser.close")
        try:
            self._running.wait(TIMEOUT_S)
        except subprocess.TimeoutExpired as error:
            raise EngineError("Chromium did not end.") from error
        self.close()
        self._start("--restore-last-session")
        for window in self.windows():
            self.switch(window)
            self.wait_for("return location.protocol === 'http:' && document.readyState === 'complete'")


def _as_call(body: str, arguments: Sequence[Any]) -> str:
    return f"(function () {{ {body} }}).apply(null, {json.dumps(arguments)})"


@contextmanager
def chromium(binary: str, folder: Path) -> Iterator[Chromium]:
    """Yield a browser that keeps everything in a folder."""
    engine = Chromium(binary, folder)
    try:
        yield engine
    finally:
        engine.close()
