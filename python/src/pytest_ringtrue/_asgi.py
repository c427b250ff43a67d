"""Answers requests by an ASGI 3 app, where uvicorn is not installed."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import unquote

from ._http import Request, Respond, Response
from ._loop import LoopThread

#: How long an app may take for one response.
_RESPONSE_SECONDS = 120


class Lifespan:
    """Start and end of an app. Apps without support for it are left alone."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._events: asyncio.Queue[dict[str, Any]] | None = None
        self._task: asyncio.Task[Any] | None = None
        self._answer: asyncio.Queue[dict[str, Any]] | None = None
        self.state: dict[str, Any] = {}

    async def start(self) -> None:
        """Starts the app."""
        self._events, self._answer = asyncio.Queue(), asyncio.Queue()
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        self._task = asyncio.ensure_future(self._app(scope, self._events.get, self._answer.put))
        await self._exchange("startup")

    async def stop(self) -> None:
        """Ends the app."""
        if self._task and not self._task.done():
            await self._exchange("shutdown")
            self._task.cancel()

    async def _exchange(self, phase: str) -> None:
        assert self._events and self._answer and self._task
        await self._events.put({"type": f"lifespan.{phase}"})
        answer = asyncio.ensure_future(self._answer.get())
        await asyncio.wait({answer, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            message = answer.result()
            if message["type"].endswith(".failed"):
                raise RuntimeError(f"the app failed at {phase}: {message.get('message', '')}")
        else:
            # An app that ends or fails here does not support lifespan events.
            answer.cancel()
            self._task.exception()


def respond_asgi(app: Any, loop: LoopThread) -> Respond:
    """Returns what answers requests by an ASGI app."""

    async def respond(request: Request) -> Response:
        sent: list[dict[str, Any]] = []
        pending = [{"type": "http.request", "body": request.body, "more_body": False}]
        complete = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if pending:
                return pending.pop()
            await complete.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                complete.set()

        try:
            await app(_scope(request), receive, send)
        except Exception:
            # As other servers do it: what the app has sent before it failed is the response.
            if not complete.is_set():
                raise
        starts = [message for message in sent if message["type"] == "http.response.start"]
        if not starts:
            raise RuntimeError("the app sent no response")
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in starts[0].get("headers", ())]
        body = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
        return Response(starts[0]["status"], headers, body)

    return lambda request: loop.run(respond(request), _RESPONSE_SECONDS)


def _scope(request: Request) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": unquote(request.path),
        "raw_path": request.path.encode("latin-1"),
        "query_string": request.query.encode("latin-1"),
        "root_path": "",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in request.headers],
        "client": list(request.client),
        "server": list(request.server),
    }
