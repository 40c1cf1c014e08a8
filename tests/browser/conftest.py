"""One browser for all tests here; a console and a page for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.support.browser import open_page, running_browser
from tests.support.console_server import ConsoleServer


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium. It ends with its module: while it runs, its library holds this thread's event loop."""
    with running_browser() as running:
        yield running


@pytest.fixture
def console(tmp_path: Path) -> Iterator[ConsoleServer]:
    """A console that serves."""
    server = ConsoleServer(tmp_path)
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a Chinese browser."""
    with open_page(browser) as opened:
        yield opened
