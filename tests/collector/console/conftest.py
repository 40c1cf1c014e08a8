"""A console behind a real server, and a client that is logged in."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from jiankao_collector.console.access import Access
from tests.support.console_server import ConsoleServer


@pytest.fixture
def access(tmp_path: Path) -> Iterator[Access]:
    """An empty list of users."""
    opened = Access(tmp_path / "users.sqlite")
    yield opened
    opened.close()


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
def stranger(console: ConsoleServer) -> Iterator[httpx.Client]:
    """A browser of an English reader; nobody has logged in."""
    headers = {"Accept-Language": "en-GB,en;q=0.8", "Accept": "text/html"}
    with httpx.Client(base_url=console.url, headers=headers, timeout=20) as client:
        yield client


@pytest.fixture
def proctor(console: ConsoleServer, stranger: httpx.Client) -> httpx.Client:
    """The same browser with a proctor logged in."""
    stranger.cookies.update(console.web_session())
    return stranger
