"""Somebody whose browser has no JavaScript: reads pages, fills in forms, keeps cookies."""

from __future__ import annotations

import http.client
import secrets
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

File = tuple[str, str, bytes]


@dataclass
class Form(HTMLParser):
    """What stands in the last form of a page: hidden fields, buttons, boxes; and all text."""

    hidden: list[tuple[str, str]] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    typed: str = ""
    text: list[str] = field(default_factory=list)
    _open: str = ""
    _in: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = a.get("id", "") or a.get("class", "")
        if tag == "input" and a.get("type") == "hidden" and self._open not in ("leave", "menu-list"):
            self.hidden.append((a["name"], a["value"]))
        if a.get("name") == "choice" and a.get("type") != "hidden":
            self.choices.append(a["value"])
            self._in = a["value"]
        if a.get("name") == "command":
            self.commands.append(a["value"])
        if tag == "textarea":
            self._in = "textarea"

    def handle_endtag(self, tag: str) -> None:
        if tag in ("textarea", "button", "label"):
            self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in == "textarea":
            self.typed += data
        elif self._in:
            self.labels[self._in] = self.labels.get(self._in, "") + data.strip()
        self.text.append(data)


@dataclass
class Page:
    """One answer of the server."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def html(self) -> str:
        return self.body.decode()

    @property
    def form(self) -> Form:
        form = Form()
        form.feed(self.html)
        return form

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.form.text).split())


class Person:
    """A browser without script. ``page`` is what it shows."""

    def __init__(self, url: str, place: str = "dudley", headers: dict[str, str] | None = None) -> None:
        self.url, self.path = url, f"/{place}/"
        self.headers = headers or {}
        self.cookies: dict[str, str] = {}
        self.page: Page = Page(0, http.client.HTTPMessage(), b"")

    def ask(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Page:
        """One request; cookies are kept, redirects are not followed."""
        line = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        sent = {**self.headers, **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        line.request(method, path, body, sent)
        answer = line.getresponse()
        page = Page(answer.status, answer.headers, answer.read())
        line.close()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies.pop(name, None)
            if value.strip('"'):
                self.cookies[name] = value
        return page

    def open(self, query: str = "") -> Page:
        self.page = self.ask("GET", self.path + query)
        return self.page

    def start(self, language: str = "en", query: str = "") -> Page:
        self.open(f"?lang={language}{query}")
        return self.post()

    def post(
        self,
        *extra: tuple[str, str],
        files: tuple[File, ...] = (),
        headers: dict[str, str] | None = None,
        page: Page | None = None,
        follow: bool = True,
    ) -> Page:
        """Send the form of the page shown (or of an older ``page``) with what was filled in."""
        fields = [*(page or self.page).form.hidden, *extra]
        if files or headers is None:
            body, kind = _multipart(fields, files)
        else:
            body, kind = urlencode(fields).encode(), "application/x-www-form-urlencoded"
        answer = self.ask("POST", self.path, body, {"Content-Type": kind, **(headers or {})})
        if follow and answer.status == 303:
            return self.open()
        self.page = answer
        return answer

    def say(self, text: str) -> Page:
        return self.post(("text", text))

    def choose(self, *values: str) -> Page:
        """Press the buttons, or tick the boxes, whose token ends like that."""
        offered = self.page.form.choices
        picked = [next(token for token in offered if token.endswith(value)) for value in values]
        return self.post(*(("choice", token) for token in picked))

    def command(self, name: str) -> Page:
        assert name in self.page.form.commands
        return self.post(("command", name))


def _multipart(fields: list[tuple[str, str]], files: tuple[File, ...]) -> tuple[bytes, str]:
    mark = secrets.token_hex(12)
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        + value.encode("utf-8", "surrogatepass")
        + b"\r\n"
        for name, value in fields
    ]
    for name, kind, data in files:
        about = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: {kind}'
        parts.append(f"--{mark}\r\n{about}\r\n\r\n".encode() + data + b"\r\n")
    return b"".join(parts) + f"--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"
