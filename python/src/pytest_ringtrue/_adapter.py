"""The adapter: speaks the adapter protocol for a client of this process."""

from __future__ import annotations

import inspect
import json
import platform
import secrets
import socket
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from ._client import Client, Config, result_of
from ._loop import LoopThread


class NotSupported(Exception):
    """An operation that this adapter does not know."""


class _Session:
    def __init__(self) -> None:
        self.ahead = 0.0
        self.client: Any = None

    def now(self) -> float:
        return time.time() + self.ahead


class Adapter:
    """Answers the messages of one connection."""

    def __init__(self, client: Client, loop: LoopThread) -> None:
        self._client, self._loop = client, loop
        self._sessions: dict[str, _Session] = {}
        self._travels = "time-machine" in client.clocks()
        # The system's clock is the same for all sessions, so that one call at a time may see it moved.
        self._travelling = threading.Lock()

    def answer(self, line: bytes) -> dict[str, Any]:
        """Answers one message."""
        request = json.loads(line)
        reply: dict[str, Any] = {"id": request.get("id")}
        try:
            return {**reply, "ok": self._obey(request)}
        except NotSupported as error:
            return {**reply, "unsupported": str(error)}
        except Exception as error:
            return {**reply, "adapter_error": f"{type(error).__name__}: {error}"}

    def _obey(self, request: dict[str, Any]) -> dict[str, Any]:
        operation = request.get("op")
        if operation == "hello":
            return self._hello()
        if operation == "open":
            return self._open(request["session"], request["config"])
        if operation not in ("call", "rekey", "clock", "close"):
            raise NotSupported(f"no operation {operation}")
        session = self._sessions.get(request["session"])
        if session is None:
            raise LookupError(f"no session {request['session']}")
        if operation == "rekey":
            self._rekey(session, request["key"])
        elif operation == "clock":
            session.ahead += request["advance_ms"] / 1000
        elif operation == "close":
            self._close(request["session"])
        else:
            return self._call(session, request["fn"])
        return {}

    def _hello(self) -> dict[str, Any]:
        clocks = {"virtual" if clock == "time-machine" else clock for clock in self._client.clocks()}
        name = getattr(self._client.create, "__name__", type(self._client.create).__name__)
        return {
            "protocol": 1,
            "implementation": {"name": name, "version": "0", "language": f"python {platform.python_version()}"},
            "capabilities": self._client.declared(),
            "clock": sorted(clocks),
            "parallel": 1 if self._travels else self._client.parallel,
        }

    def _open(self, name: str, config: dict[str, Any]) -> dict[str, Any]:
        session = _Session()
        ttl = config.get("cache_ttl_ms")
        given = Config(
            base_url=config["base_url"],
            key=config.get("key"),
            tenant=config.get("tenant"),
            timeout=config["timeout_ms"] / 1000,
            cache_ttl=None if ttl is None else ttl / 1000,
            now=time.time if self._travels else session.now,
        )
        session.client = self._run(self._client.create, given)
        self._sessions[name] = session
        return {}

    def _close(self, name: str) -> None:
        session = self._sessions.pop(name, None)
        close = getattr(session and session.client, "aclose", None) or getattr(session and session.client, "close", None)
        if callable(close):
            self._run(close)

    def close(self) -> None:
        """Closes the sessions that are left."""
        for name in list(self._sessions):
            self._close(name)

    def _rekey(self, session: _Session, key: str) -> None:
        method = getattr(session.client, "rekey", None)
        if method is None:
            raise NotSupported("the client has no rekey")
        self._run(method, key)

    def _call(self, session: _Session, function: str) -> dict[str, Any]:
        if function not in ("check", "spend", "invalidate"):
            raise NotSupported(f"no function {function}")
        method = getattr(session.client, function, None)
        if method is None:
            raise NotSupported(f"the client has no {function}")
        try:
            if self._travels:
                with self._travelling, _moved(session.ahead):
                    return result_of(self._run(method))
            return result_of(self._run(method))
        except Exception as error:
            known = self._client.classify(error)
            wait = None if known.retry_after is None else known.retry_after * 1000
            more = {"status": known.status, "code": known.code, "retry_after_ms": wait}
            return {"kind": "error", "class": known.kind, **{name: value for name, value in more.items() if value is not None}}

    def _run(self, function: Any, *arguments: Any) -> Any:
        """Calls a function. What is `async`, and the class of a client with an `async` method, run in the event loop."""
        awaits = inspect.iscoroutinefunction(function) or (
            inspect.isclass(function) and inspect.iscoroutinefunction(getattr(function, "check", None))
        )

        async def within() -> Any:
            result = function(*arguments)
            return await result if inspect.isawaitable(result) else result

        if awaits:
            return self._loop.run(within())
        result = function(*arguments)

        async def rest() -> Any:
            return await result

        return self._loop.run(rest()) if inspect.isawaitable(result) else result


@contextmanager
def _moved(seconds: float) -> Iterator[None]:
    """Moves the clock of the system, as this process sees it."""
    try:
        import time_machine
    except ImportError:
        raise RuntimeError("the clock `time-machine` needs the package time-machine") from None
    with time_machine.travel(time.time() + seconds, tick=True):
        yield


@contextmanager
def serving(client: Client) -> Iterator[list[str]]:
    """Yields the command of an adapter that leads to a client of this process."""
    loop, token = LoopThread(), secrets.token_hex(16)
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_serve, args=(connection, client, loop, token), daemon=True).start()

    threading.Thread(target=accept, name="ringtrue-adapter", daemon=True).start()
    relay = Path(__file__).with_name("_relay.py")
    try:
        yield [sys.executable, "-I", "-S", str(relay), str(listener.getsockname()[1]), token]
    finally:
        # On some systems, only `shutdown` wakes a thread that accepts connections.
        try:
            listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        listener.close()
        loop.close()


def _serve(connection: socket.socket, client: Client, loop: LoopThread, token: str) -> None:
    adapter, writing = Adapter(client, loop), threading.Lock()
    with connection, connection.makefile("rb") as lines:
        if not secrets.compare_digest(lines.readline(256).strip(), token.encode()):
            return
        with ThreadPoolExecutor(max(client.parallel, 1) + 4) as pool:

            def handle(line: bytes) -> None:
                reply = json.dumps(adapter.answer(line)).encode() + b"\n"
                try:
                    with writing:
                        connection.sendall(reply)
                except OSError:
                    # The run has ended.
                    pass

            _each_line(lines, lambda line: pool.submit(handle, line))
        adapter.close()


def _each_line(lines: BinaryIO | Any, take: Any) -> None:
    try:
        for line in lines:
            if line.strip():
                take(line)
    except OSError:
        # The run has ended.
        pass
