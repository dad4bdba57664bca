"""Where the Chromium is that the tests drive; run as a script, get one if there is none."""

import shutil
import subprocess
import sys
from pathlib import Path

# The first is Chromium without a window of its own: the same pages for half the processor time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HOW_TO_GET_ONE = (
    "The browser tests need a Chromium: install your system's package (apt-get install "
    "chromium-headless-shell, or chromium), or run `.venv/bin/playwright install chromium`."
)


def find() -> str | None:
    """Return the path of a Chromium on this machine: the system's, or the one Playwright keeps."""
    for name in NAMES:
        path = shutil.which(name)
        if path:
            return path
    return _playwrights_own()


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - starts a driver

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _get() -> str | None:
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    found = find()
    if found is None and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        for package in ("chromium-headless-shell", "chromium"):
            if found is None:
                subprocess.run(["apt-get", "install", "-y", "-qq", package], check=False)
                found = find()
    return found


if __name__ == "__main__":
    browser = find() or _get()
    sys.exit(None if browser else HOW_TO_GET_ONE)
