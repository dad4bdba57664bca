"""Firefox, driven by Marionette, which it has inside: no other program is needed."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.engines.engine import HOST, MIDDLE, TIMEOUT_S, Engine, lines_of, process
from tests.engines.marionette import Marionette

BINARIES = ("firefox-esr", "firefox")
_ARGUMENTS = ("--headless", "--marionette", "--no-remote", "-remote-allow-system-access")
_PREFERENCES = {
    "marionette.port": 0,
    "network.dns.localDomains": HOST,
    # What is not on this machine can be cut off here, too.
    "network.disable-localhost-when-offline": True,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.disabledForTesting": True,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "extensions.update.enabled": False,
    "browser.safebrowsing.update.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
}
_KEYS = {"Backspace": "\ue003", "Enter": "\ue007"}
_RESTORE = """
const window = Services.wm.getMostRecentWindow("navigator:browser");
const modules = "resource:///modules/sessionstore/";
const { SessionStore } = ChromeUtils.importESModule(`${modules}SessionStore.sys.mjs`);
const { TabStateFlusher } = ChromeUtils.importESModule(`${modules}TabStateFlusher.sys.mjs`);
const tab = window.gBrowser.selectedTab;
return TabStateFlusher.flush(tab.linkedBrowser).then(() => new Promise((resolve) => {
  const other = window.gBrowser.addTrustedTab("about:blank");
  window.addEventListener("SSTabRestored", () => {
    window.gBrowser.removeTab(other);
    resolve();
  }, { once: true });
  window.gBrowser.removeTab(tab);
  SessionStore.undoCloseTab(window, 0);
}));
"""
_SET_OFFLINE = """
Services.io.offline = arguments[0];
Services.obs.notifyObservers(null, "net:prune-all-connections");
"""
_ERRORS = """
const found = Services.console.getMessageArray().filter(
  (message) => message instanceof Ci.nsIScriptError && !(message.flags & Ci.nsIScriptError.warningFlag)
    && message.sourceName.startsWith("http"));
Services.console.reset();
return found.map((message) => `${message.errorMessage} ${message.sourceName}:${message.lineNumber}`);
"""


class Firefox(Engine):
    """One process with one profile."""

    name = "firefox"
    can_restore = True

    def __init__(self, marionette: Marionette) -> None:
        self._send = marionette.send
        timeout_ms = TIMEOUT_S * 1000
        self._send("WebDriver:NewSession")
        self._send("WebDriver:SetTimeouts", script=timeout_ms, pageLoad=timeout_ms)
        self._send("WebDriver:SetWindowRect", width=1440, height=900)

    def open(self, address: str) -> None:
        self._send("WebDriver:Navigate", url=address)

    def evaluate(self, body: str, *arguments: Any) -> Any:
        return self._send("WebDriver:ExecuteScript", script=body, args=arguments, sandbox=None)["value"]

    def press(self, key: str) -> None:
        name = _KEYS.get(key, key)
        strokes = [{"type": "keyDown", "value": name}, {"type": "keyUp", "value": name}]
        keyboard = {"type": "key", "id": "keyboard", "actions": strokes}
        self._send("WebDriver:PerformActions", actions=[keyboard])

    def click(self, selector: str) -> None:
        # Marionette's own way of clicking has Firefox forget the page: there is no way back to it then.
        place = self.evaluate(MIDDLE, selector)
        strokes = [{"type": "pointerMove", **place}, {"type": "pointerDown", "button": 0}]
        mouse = {"type": "pointer", "id": "mouse", "actions": [*strokes, {"type": "pointerUp", "button": 0}]}
        self._send("WebDriver:PerformActions", actions=[mouse])

    def type(self, selector: str, text: str) -> None:
        self._send("WebDriver:ElementSendKeys", id=self._find(selector), text=text)

    def _find(self, selector: str) -> str:
        found = self._send("WebDriver:FindElement", using="css selector", value=selector)
        return next(iter(found["value"].values()))

    def back(self) -> None:
        self._send("WebDriver:Back")

    def forward(self) -> None:
        self._send("WebDriver:Forward")

    def reload(self) -> None:
        self._send("WebDriver:Refresh")

    def new_window(self) -> str:
        window = self._send("WebDriver:NewWindow", type="tab", focus=True)["handle"]
        self.switch(window)
        return window

    def windows(self) -> Sequence[str]:
        return self._send("WebDriver:GetWindowHandles")

    def switch(self, window: str) -> None:
        self._send("WebDriver:SwitchToWindow", handle=window, focus=True)
        self.wait_for("return !document.hidden")

    def close_window(self) -> None:
        self.switch(self._send("WebDriver:CloseWindow")[-1])

    def set_cookie(self, origin: str, name: str, value: str) -> None:
        self.open(f"{origin}/login")
        self._send("WebDriver:DeleteAllCookies")
        cookie = {"name": name, "value": value, "path": "/", "httpOnly": True}
        self._send("WebDriver:AddCookie", cookie=cookie)

    def _set_offline(self, *, is_offline: bool) -> None:
        # Connections to this machine that are open already would go on working.
        self._run_inside(_SET_OFFLINE, is_offline)
        self.wait_for("return navigator.onLine !== arguments[0]", is_offline)

    def errors(self) -> list[str]:
        return self._run_inside(_ERRORS)

    def restore(self) -> None:
        before = set(self.windows())
        self._run_inside(_RESTORE)
        self.switch(next(iter(set(self.windows()) - before)))

    def _run_inside(self, body: str, *arguments: Any) -> Any:
        """Run the body of a function in the browser itself instead of in a page."""
        self._send("Marionette:SetContext", value="chrome")
        try:
            found = self._send("WebDriver:ExecuteScript", script=body, args=arguments, sandbox="system")
            return found["value"]
        finally:
            self._send("Marionette:SetContext", value="content")


@contextmanager
def firefox(binary: str, folder: Path) -> Iterator[Firefox]:
    """Yield a browser that keeps everything in a folder."""
    profile, log = folder / "profile", folder / "firefox.log"
    profile.mkdir()
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in _PREFERENCES.items()]
    (profile / "user.js").write_text("\n".join(lines), "utf-8")
    command = [binary, *_ARGUMENTS, "--profile", str(profile)]
    with process(command, log, MOZ_CRASHREPORTER_DISABLE="1") as running:
        (port,) = lines_of(profile / "MarionetteActivePort", 1, running, log)
        with Marionette(int(port)) as marionette:
            yield Firefox(marionette)
