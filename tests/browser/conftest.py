"""A real Chromium at the page, with a watch on what it says and whom it asks."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
Open = Callable[..., Any]


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Of an explorer that serves this machine."""
    process = subprocess.Popen(
        [sys.executable, "-m", "olivebranch", "explore", "--no-browser", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    found = re.search(r"http://127\.0\.0\.1:\d+/", process.stdout.readline())
    assert found is not None
    yield found[0]
    process.terminate()
    process.wait(20)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium, without a window."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert path is not None, "Chromium is not installed: see .ci/browser"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield running
        running.close()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Open]:
    """Opens a page; at the end of the test none may have complained, or asked anything but its own address."""
    contexts, said, asked = [], [], []

    def opened(address: str, width: int = 1440, scheme: str = "light", **more: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **more)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: said.append(f"{error.message} {error.stack}"))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        page.wait_for_selector("main > *")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert said == []
    strange = [url for url in asked if not url.startswith(("http://127.0.0.1:", "file:///", "data:"))]
    assert strange == []


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core."""
    path = os.environ.get("AXE")
    assert path is not None, "AXE does not name axe.min.js: see .ci/browser"
    return Path(path).read_text(encoding="utf-8")
