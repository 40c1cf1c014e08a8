"""Reading the console's pages as a plain client does."""

import re
from html.parser import HTMLParser

import httpx


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader


def text_of(answer: httpx.Response) -> str:
    """Return what a person reads on a page, with every run of spaces made one."""
    return re.sub(r"\s+", " ", " ".join(_read(answer.text).texts))


def tags_of(answer: httpx.Response) -> list[tuple[str, dict[str, str]]]:
    """Return every element of a page with its attributes, values decoded."""
    return _read(answer.text).tags


def form_token(client: httpx.Client) -> str:
    """Return the token in the forms of whoever is logged in."""
    for tag, attributes in tags_of(client.get("/")):
        if tag == "input" and attributes.get("name") == "form_token":
            return attributes["value"]
    raise AssertionError("no form with a token on the page")
