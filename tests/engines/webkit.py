"""WebKit, which is in Safari, in the small browser that comes with it for GTK, on a virtual screen."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from selenium.common.exceptions import WebDriverException
from selenium.webdriver import ActionChains, Remote
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service
from urllib3.exceptions import HTTPError

from tests.engines.engine import TIMEOUT_S, Engine, EngineError, end, lines_of, process
from tests.engines.proxy import Proxy, proxy

BINARIES = ("WebKitWebDriver",)
_BROWSERS = ("webkit2gtk-4.1/MiniBrowser", "webkit2gtk-4.0/MiniBrowser", "webkitgtk-6.0/MiniBrowser")
_KEYS = {"Backspace": "\ue003", "Enter": "\ue007"}
# WebDriver has no word for what a console says, so each page keeps it, also for the page after it.
_WATCH = """
if (window.__watched) return;
window.__watched = true;
const note = (what) => {
  const all = JSON.parse(sessionStorage.getItem("engines.errors") ?? "[]");
  sessionStorage.setItem("engines.errors", JSON.stringify([...all, what]));
};
addEventListener("error", ({ message, target }) => note(message ?? `no ${target.src ?? target.href}`), true);
addEventListener("unhandledrejection", ({ reason }) => note(`rejected: ${reason}`));
document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
  note(`${violatedDirective} forbids ${blockedURI}`));
"""
_ERRORS = """
const all = JSON.parse(sessionStorage.getItem("engines.errors") ?? "[]");
sessionStorage.removeItem("engines.errors");
return all;
"""
P = ParamSpec("P")
T = TypeVar("T")


def _told(method: Callable[P, T]) -> Callable[P, T]:
    """Tell of what WebDriver cannot do as every engine does."""

    @wraps(method)
    def telling(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(*args, **kwargs)
        except (WebDriverException, HTTPError) as error:
            raise EngineError(f"{type(error).__name__}: {error}") from error

    return telling


class WebKit(Engine):
    """One browser that forgets everything when it ends."""

    name = "webkit"

    def __init__(self, driver: Remote, way: Proxy) -> None:
        self._driver = driver
        self._way = way
        driver.set_script_timeout(TIMEOUT_S)
        driver.set_page_load_timeout(TIMEOUT_S)

    def _watch(self) -> None:
        self._driver.execute_script(_WATCH)

    @_told
    def open(self, address: str) -> None:
        self._driver.get(address)
        self._watch()

    @_told
    def evaluate(self, body: str, *arguments: Any) -> Any:
        return self._driver.execute_script(body, *arguments)

    @_told
    def press(self, key: str) -> None:
        self._watch()
        ActionChains(self._driver, duration=0).send_keys(_KEYS.get(key, key)).perform()

    @_told
    def click(self, selector: str) -> None:
        self._driver.find_element(By.CSS_SELECTOR, selector).click()

    @_told
    def type(self, selector: str, text: str) -> None:
        self._driver.find_element(By.CSS_SELECTOR, selector).send_keys(text)

    @_told
    def back(self) -> None:
        self._driver.back()

    @_told
    def forward(self) -> None:
        self._driver.forward()

    @_told
    def reload(self) -> None:
        self._driver.refresh()

    @_told
    def new_window(self) -> str:
        self._driver.switch_to.new_window("tab")
        return self._driver.current_window_handle

    @_told
    def windows(self) -> Sequence[str]:
        return self._driver.window_handles

    @_told
    def switch(self, window: str) -> None:
        self._driver.switch_to.window(window)

    @_told
    def close_window(self) -> None:
        self._driver.close()
        self.switch(self.windows()[-1])

    @_told
    def set_cookie(self, origin: str, name: str, value: str) -> None:
        self.open(f"{origin}/login")
        self._driver.delete_all_cookies()
        self._driver.add_cookie({"name": name, "value": value, "path": "/", "httpOnly": True})

    def _set_offline(self, *, is_offline: bool) -> None:
        self._way.is_offline = is_offline

    @_told
    def errors(self) -> list[str]:
        return self._driver.execute_script(_ERRORS)


@contextmanager
def webkit(binary: str, folder: Path) -> Iterator[WebKit]:
    """Yield a browser that keeps everything in a folder."""
    with _screen(folder) as display, proxy() as way:
        service = Service(
            executable_path=binary,
            log_output=str(folder / "webkit.log"),
            env=_environment(folder, display),
            popen_kw={"start_new_session": True},
        )
        try:
            yield WebKit(_start(service, way), way)
        finally:
            if service.process:
                end(service.process)


def _environment(folder: Path, display: str) -> dict[str, str]:
    """Return an environment in which nothing is read or written outside a folder."""
    own = {
        "DISPLAY": display,
        "GDK_BACKEND": "x11",
        "HOME": str(folder),
        "NO_AT_BRIDGE": "1",
        # It needs rights that root has not in a container.
        "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
    }
    return {name: value for name, value in os.environ.items() if not name.startswith("XDG_")} | own


def _start(service: Service, way: Proxy) -> Remote:
    options = Options()
    options.binary_location = find_browser()
    options.add_argument("--automation")
    options.set_capability("proxy", {"proxyType": "manual", "httpProxy": way.address})
    service.start()
    config = ClientConfig(remote_server_addr=service.service_url, timeout=2 * TIMEOUT_S)
    return Remote(RemoteConnection(client_config=config), options=options)


def find_browser() -> str | None:
    """Return the path of the small browser, which is below a folder of libraries."""
    found = [path for name in _BROWSERS for path in Path("/usr").glob(f"lib*/**/{name}")]
    return str(found[0]) if found else None


@contextmanager
def _screen(folder: Path) -> Iterator[str]:
    """Yield the name of a screen that is only in memory."""
    log, said = folder / "screen.log", folder / "display"
    serve = 'exec Xvfb -displayfd 3 -screen 0 1440x1000x24 -nolisten tcp 3>"$0"'
    with process(["sh", "-c", serve, str(said)], log) as running:
        (number,) = lines_of(said, 1, running, log)
        yield f":{number}"
