"""HTTP/1.1 for apps under test, over the server of the standard library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import ClassVar

#: The longest request body that is read.
_LONGEST_BODY = 64 << 20


@dataclass
class Request:
    """A request as it came in."""

    method: str
    #: Path and query, still percent-encoded.
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    client: tuple[str, int]
    server: tuple[str, int]

    @property
    def path(self) -> str:
        """The path of the target, still percent-encoded."""
        path = self.target.split("?", 1)[0]
        # Absolute form (RFC 9112, 3.2.2).
        if "://" in path and not path.startswith("/"):
            path = "/" + path.split("://", 1)[1].partition("/")[2]
        return path

    @property
    def query(self) -> str:
        """The query of the target, still percent-encoded."""
        return self.target.partition("?")[2]


@dataclass
class Response:
    """A complete response."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    reason: str = ""


Respond = Callable[[Request], Response]


class Malformed(Exception):
    """A request whose framing is wrong."""


class Handler(BaseHTTPRequestHandler):
    """Reads requests, has them answered, and writes the responses."""

    protocol_version = "HTTP/1.1"
    timeout = 60
    # A response in one packet: small ones would otherwise wait for an acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    respond: ClassVar[Respond]

    def handle_one_request(self) -> None:
        try:
            self.raw_requestline = self.rfile.readline(65537)
            if len(self.raw_requestline) > 65536:
                self.requestline = self.request_version = self.command = ""
                self.send_error(414)
                return
            if not self.raw_requestline:
                self.close_connection = True
                return
            if self.parse_request():
                self._answer()
                self.wfile.flush()
        except OSError:
            self.close_connection = True

    def _answer(self) -> None:
        try:
            body = self._body()
        except Malformed:
            self.close_connection = True
            self.send_error(400)
            return
        host, port = self.connection.getsockname()[:2]
        request = Request(
            method=self.command,
            target=self.path,
            headers=list(self.headers.items()),
            body=body,
            client=(self.client_address[0], self.client_address[1]),
            server=(host, port),
        )
        try:
            response = type(self).respond(request)
        except Exception as error:
            self.log_error("the app failed: %r", error)
            response = Response(500, [("content-type", "text/plain; charset=utf-8")], b"Internal Server Error")
        self._write(response)

    def _body(self) -> bytes:
        coding = self.headers.get("transfer-encoding")
        lengths = self.headers.get_all("content-length") or []
        if coding is not None:
            if coding.strip().lower() != "chunked" or lengths:
                raise Malformed
            return self._chunks()
        if not lengths:
            return b""
        if len(set(lengths)) > 1 or not lengths[0].strip().isascii() or not lengths[0].strip().isdigit():
            raise Malformed
        length = int(lengths[0])
        if length > _LONGEST_BODY:
            raise Malformed
        body = self.rfile.read(length)
        if len(body) < length:
            raise Malformed
        return body

    def _chunks(self) -> bytes:
        body = b""
        while True:
            size = self.rfile.readline(4096).split(b";")[0].strip()
            try:
                length = int(size, 16)
            except ValueError:
                raise Malformed from None
            if length < 0 or len(body) + length > _LONGEST_BODY:
                raise Malformed
            if length == 0:
                while self.rfile.readline(65536).strip():
                    pass
                return body
            body += self.rfile.read(length)
            self.rfile.readline(4096)

    def _write(self, response: Response) -> None:
        self.send_response_only(response.status, response.reason or None)
        names = {name.lower() for name, _ in response.headers}
        for name, value in response.headers:
            self.send_header(name, value)
        if "date" not in names:
            self.send_header("date", self.date_time_string())
        bodiless = response.status in (204, 304) or 100 <= response.status < 200
        if "content-length" not in names and not bodiless:
            self.send_header("content-length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD" and not bodiless:
            self.wfile.write(response.body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: what matters is in the report."""
