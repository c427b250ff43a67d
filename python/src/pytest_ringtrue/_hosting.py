"""Serves ASGI and WSGI apps, and state handlers, on free ports of 127.0.0.1."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import json
import threading
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from typing import Any

from ._http import Handler, Request, Respond, Response
from ._loop import LoopThread
from ._states import StateHandler
from ._wsgi import respond_wsgi

#: How long an app may take to start and to stop.
_LIFESPAN_SECONDS = 30


@dataclass(frozen=True)
class Running:
    """An app that is served."""

    url: str
    #: The event loop of an ASGI app.
    loop: LoopThread | None


def is_asgi(app: Any) -> bool:
    """Whether an app is ASGI: an async callable, or one that takes `scope`, `receive` and `send`."""
    call = app if inspect.isfunction(app) or inspect.ismethod(app) else getattr(type(app), "__call__", app)
    if inspect.iscoroutinefunction(call):
        return True
    try:
        names = list(inspect.signature(call).parameters)
    except (TypeError, ValueError):
        return False
    return "scope" in names or "receive" in names


@contextmanager
def host(app: Any, interface: str | None, serve_with: str | None) -> Iterator[Running]:
    """Serves an app."""
    if interface == "wsgi" or (interface is None and not is_asgi(app)):
        with _listen(respond_wsgi(app)) as url:
            yield Running(url, None)
        return
    loop = LoopThread()
    try:
        uvicorn = serve_with == "uvicorn" or (serve_with is None and importlib.util.find_spec("uvicorn") is not None)
        with (_uvicorn(app, loop) if uvicorn else _asgi(app, loop)) as url:
            yield Running(url, loop)
    finally:
        loop.close()


@contextmanager
def host_states(states: StateHandler, loop: LoopThread | None) -> Iterator[str]:
    """Serves a state handler. Its coroutines run in the event loop of the app, where the app's connections belong."""
    own = None if loop else LoopThread()
    runner = loop or own
    assert runner is not None

    async def finish(awaitable: Awaitable[Any]) -> Any:
        return await awaitable

    def respond(request: Request) -> Response:
        answer = states.handle_bytes(request.body, run=lambda awaitable: runner.run(finish(awaitable)))
        return Response(200, [("content-type", "application/json")], json.dumps(answer).encode())

    try:
        with _listen(respond) as url:
            yield url + "/states"
    finally:
        if own:
            own.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that its client gave up is no error."""


@contextmanager
def _listen(respond: Respond) -> Iterator[str]:
    server = _Server(("127.0.0.1", 0), type("BoundHandler", (Handler,), {"respond": staticmethod(respond)}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="ringtrue-http", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@contextmanager
def _asgi(app: Any, loop: LoopThread) -> Iterator[str]:
    from ._asgi import Lifespan, respond_asgi

    lifespan = Lifespan(app)
    loop.run(lifespan.start(), _LIFESPAN_SECONDS)
    try:
        with _listen(respond_asgi(app, loop)) as url:
            yield url
    finally:
        loop.run(lifespan.stop(), _LIFESPAN_SECONDS)


@contextmanager
def _uvicorn(app: Any, loop: LoopThread) -> Iterator[str]:
    import socket

    import uvicorn

    # With the protocol stated, so that asyncio sends small packets at once.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, interface="asgi3", log_level="warning", timeout_graceful_shutdown=1))
    served = loop.submit(server.serve(sockets=[listener]))

    async def started() -> None:
        while not server.started and not served.done():
            await asyncio.sleep(0.005)

    try:
        loop.run(started(), _LIFESPAN_SECONDS)
        if not server.started:
            served.result(0)
            raise RuntimeError("the app did not start under uvicorn")
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        served.result(_LIFESPAN_SECONDS)
        listener.close()
