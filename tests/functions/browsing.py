"""A browser that looks at the pages: keeps cookies, reads HTML, sends the forms that are there."""

import gzip
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from tests.functions import gateway

STAGE = "/live"


@dataclass(frozen=True)
class Page:
    """What a browser got."""

    path: str
    status: int
    headers: dict[str, str]
    html: str

    @property
    def tree(self) -> LexborHTMLParser:
        """The elements of the page."""
        return LexborHTMLParser(self.html)

    @property
    def text(self) -> str:
        """What a reader sees in the main part, spaces made single."""
        main = self.tree.css_first("main")
        assert main is not None
        return " ".join(main.text(separator=" ").split())

    def find(self, selector: str) -> list[LexborNode]:
        """Return the elements that a CSS selector finds."""
        return list(self.tree.css(selector))

    def texts(self, selector: str) -> list[str]:
        """Return the text of each element that a CSS selector finds, spaces made single."""
        return [" ".join(node.text(separator=" ").split()) for node in self.find(selector)]

    def links(self) -> list[str]:
        """Return where the links of the page lead, without the stage."""
        return [
            (node.attributes["href"] or "").removeprefix(STAGE) for node in self.find("a[href]")
        ]

    def assets(self) -> list[str]:
        """Return where the style sheet, the script and the icon are, without the stage."""
        nodes = [(node, "href") for node in self.find("link[href]")]
        nodes += [(node, "src") for node in self.find("script[src]")]
        return [(node.attributes[name] or "").removeprefix(STAGE) for node, name in nodes]


@dataclass
class Browser:
    """Sends requests as a browser does; follows redirects."""

    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    source: str = "203.0.113.7"

    def get(self, path: str, **headers: str) -> Page:
        """Return the page at a path without the stage."""
        return self._send("GET", path, None, headers)

    def post(self, path: str, fields: dict[str, Any], **headers: str) -> Page:
        """Send fields as a form does and return the page that it leads to."""
        body = urlencode(fields, doseq=True).encode()
        sent = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Sec-Fetch-Site": "same-origin",
        }
        return self._send("POST", path, body, sent | headers)

    def submit(self, page: Page, selector: str = "main form", **fields: Any) -> Page:
        """Send a form of the page: what it holds already, and these fields.

        A field that is None is not sent, as if its box were not ticked.
        """
        form = next(iter(page.find(selector)), None)
        assert form is not None, f"no {selector} on {page.path}"
        held = {name: values for name, values in _held(form).items() if name not in fields}
        held |= {name: value for name, value in fields.items() if value is not None}
        address = urlsplit(urljoin(STAGE + page.path, form.attributes.get("action") or ""))
        path = address.path.removeprefix(STAGE)
        return self.post(f"{path}?{address.query}" if address.query else path, held)

    def sign_in(self, key: str, **fields: str) -> Page:
        """Sign in with a key and return the page that follows."""
        return self.post("/sign-in", {"key": key, **fields})

    def csrf(self, project_id: str) -> str:
        """Return what this browser's forms in a project carry, "" if it is not signed in to it."""
        found = self.get(f"/projects/{project_id}/settings").find("input[name=csrf]")
        return str(found[0].attributes["value"]) if found else ""

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Page:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = self.headers | ({"Cookie": cookies} if cookies else {}) | headers
        answer = gateway.ask(method, path, body, None, sent, self.source)
        self._keep(answer.headers.get("set-cookie", ""))
        if answer.status == 303:
            assert answer.body == b""
            return self._send("GET", answer.headers["location"].removeprefix(STAGE), None, {})
        packed = answer.headers.get("content-encoding") == "gzip"
        html = (gzip.decompress(answer.body) if packed else answer.body).decode()
        return Page(path, answer.status, answer.headers, html)

    def _keep(self, header: str) -> None:
        for name, morsel in SimpleCookie(header).items():
            assert morsel["secure"]
            assert morsel["httponly"]
            assert morsel["samesite"] == "Strict"
            assert morsel["path"] == f"{STAGE}/"
            if morsel["max-age"] == "0":
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value


def _held(form: LexborNode) -> dict[str, list[str]]:
    """Return what the fields of a form hold, as a browser would send it."""
    held: dict[str, list[str]] = {}
    for node in form.css("input[name], select[name], textarea[name]"):
        name, attributes = str(node.attributes["name"]), node.attributes
        values: list[str] = []
        if node.tag == "textarea":
            values = [node.text().removeprefix("\n")]
        elif node.tag == "select":
            chosen = node.css("option[selected]") or node.css("option")[:1]
            values = [str(option.attributes.get("value", option.text())) for option in chosen]
        elif attributes.get("type") in ("checkbox", "radio"):
            values = [attributes.get("value") or "on"] if "checked" in attributes else []
        else:
            values = [attributes.get("value") or ""]
        if values and "disabled" not in attributes:
            held.setdefault(name, []).extend(values)
    return held
