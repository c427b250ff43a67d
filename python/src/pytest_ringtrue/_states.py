"""The state handler: puts a server into the states that checks need."""

from __future__ import annotations

import inspect
import json
import threading
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Message = dict[str, Any]

#: States of the protocol, with the method that sets each.
SIGNATURES = {
    "account": "def account(self, remaining, total, allowed)",
    "balance": "def balance(self, key, tenant, remaining, total, allowed)",
    "key.revoked": "def key_revoked(self, key)",
    "key.expired": "def key_expired(self, key)",
    "backend.down": "def backend_down(self, tenant)",
    "rate.limited": "def rate_limited(self, key, tenant, retry_after_s)",
    "clock": "def clock(self, advance_ms)",
    "jobs.settled": "def jobs_settled(self, key, tenant, outcome)",
}


@dataclass(frozen=True)
class Account:
    """An account that a state handler has created: its credential, its tenant, or both."""

    key: str | int | None = None
    tenant: str | int | None = None


class Unsupported(Exception):
    """A state that the handler does not know."""


class StateHandler:
    """Base class of state handlers. Define a method for each state that your server can be put into:

    | method | state |
    |---|---|
    | `account(self, remaining, total, allowed)` | creates an isolated account; returns `Account(key=…, tenant=…)` |
    | `balance(self, key, tenant, remaining, total, allowed)` | changes a balance behind the API's back |
    | `key_revoked(self, key)`, `key_expired(self, key)` | the credential stops being valid |
    | `backend_down(self, tenant)` | the store behind the balance fails |
    | `rate_limited(self, key, tenant, retry_after_s)` | the next calls are over the limit |
    | `clock(self, advance_ms)` | the time that caches use moves forward |
    | `jobs_settled(self, key, tenant, outcome)` | the paid jobs of the account end |

    Name only the parameters that you use. Amounts are `Decimal`. A method that contains `yield` is resumed behind it when the
    state is over, as in a pytest fixture. Methods may be `async`. Raise `NotImplementedError` for what cannot be set.

    Give an instance to `Server(states=…)`, or mount it in your app: `fastapi`, `flask`, `django`, `asgi` or `wsgi`.
    """

    _lock: threading.Lock
    _open: dict[str, list[Any]]

    def __new__(cls, *args: Any, **kwargs: Any) -> StateHandler:
        # Here, so that a subclass need not call `__init__`.
        handler = super().__new__(cls)
        handler._lock, handler._open = threading.Lock(), {}
        return handler

    # --- The protocol

    def handle(self, message: Message, run: Callable[[Awaitable[Any]], Any] | None = None) -> Message:
        """Obeys one message of the state protocol. `run` waits for what is `async`."""
        steps = self._obey(message)
        try:
            awaitable = next(steps)
            while True:
                try:
                    result = (run or _no_loop)(awaitable)
                except Exception as error:
                    awaitable = steps.throw(error)
                else:
                    awaitable = steps.send(result)
        except StopIteration as done:
            return _answer(done.value)
        except Exception as error:
            return _failure(error)

    async def handle_async(self, message: Message) -> Message:
        """Obeys one message of the state protocol."""
        steps = self._obey(message)
        try:
            awaitable = next(steps)
            while True:
                try:
                    result = await awaitable
                except Exception as error:
                    awaitable = steps.throw(error)
                else:
                    awaitable = steps.send(result)
        except StopIteration as done:
            return _answer(done.value)
        except Exception as error:
            return _failure(error)

    def handle_bytes(self, body: bytes, run: Callable[[Awaitable[Any]], Any] | None = None) -> Message:
        """Obeys one message in the form in which it is sent."""
        try:
            message = json.loads(body)
        except ValueError as error:
            return _failure(error)
        return self.handle(message, run)

    def _method(self, state: str) -> Any:
        return getattr(self, state.replace(".", "_"), None) if state in SIGNATURES else None

    def _obey(self, message: Message) -> Generator[Awaitable[Any], Any, Any]:
        """Does what the message says. What is awaitable is yielded, and its result is sent back."""
        action, name, params = message.get("action"), message.get("state"), message.get("params") or {}
        if action == "describe":
            return {"states": [state for state in SIGNATURES if self._method(state)]}
        method = self._method(str(name))
        if method is None:
            raise Unsupported(f"no state {name}")
        place = json.dumps([name, params], sort_keys=True)
        if action == "teardown":
            with self._lock:
                entered = self._open.get(place, [])
                state = entered.pop() if entered else None
                if not entered:
                    self._open.pop(place, None)
            if state is not None:
                yield from _leave(state)
            return None
        if action != "setup":
            # A typing mistake must not set anything.
            raise Unsupported(f"no action {action}")
        result = method(**_arguments(method, params))
        if inspect.isgenerator(result) or inspect.isasyncgen(result):
            state = result
            result = (yield state.__anext__()) if inspect.isasyncgen(state) else next(state)
            with self._lock:
                self._open.setdefault(place, []).append(state)
        elif inspect.isawaitable(result):
            result = yield result
        return result

    # --- In frameworks

    async def fastapi(self, message: dict[str, Any]) -> dict[str, Any]:
        """An endpoint for FastAPI: `app.post("/states")(States().fastapi)`."""
        return await self.handle_async(message)

    @property
    def flask(self) -> Callable[[], Message]:
        """A view for Flask: `app.post("/states")(States().flask)`."""

        def ringtrue_states() -> Message:
            import flask

            return self.handle_bytes(flask.request.get_data())

        return ringtrue_states

    @property
    def django(self) -> Callable[[Any], Any]:
        """A view for Django: `path("states", States().django)`."""

        def ringtrue_states(request: Any) -> Any:
            from django.http import JsonResponse

            return JsonResponse(self.handle_bytes(request.body))

        ringtrue_states.csrf_exempt = True  # type: ignore[attr-defined]
        return ringtrue_states

    async def asgi(self, scope: Any, receive: Any, send: Any) -> None:
        """An ASGI app: `Mount("/states", States().asgi)`; the URL then ends with `/`."""
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            part = await receive()
            body, more = body + part.get("body", b""), part.get("more_body", False)
        try:
            answer = await self.handle_async(json.loads(body))
        except ValueError as error:
            answer = _failure(error)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    def wsgi(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """A WSGI app."""
        answer = self.handle_bytes(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(answer).encode()]


def _no_loop(awaitable: Awaitable[Any]) -> Any:
    if inspect.iscoroutine(awaitable):
        awaitable.close()
    raise RuntimeError("async states need an event loop: use `handle_async`, `fastapi` or `asgi`")


def _leave(state: Any) -> Generator[Awaitable[Any], Any, None]:
    try:
        if inspect.isasyncgen(state):
            yield state.__anext__()
        else:
            next(state)
    except (StopIteration, StopAsyncIteration):
        return
    raise RuntimeError("a state yields once")


def _arguments(method: Any, params: Message) -> Message:
    """The parameters that a method takes."""
    parameters = inspect.signature(method).parameters
    everything = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
    values = {name: _value(name, value) for name, value in params.items() if everything or name in parameters}
    for name, parameter in parameters.items():
        if name not in values and parameter.default is parameter.empty and parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
            values[name] = None
    return values


def _value(name: str, value: Any) -> Any:
    if name in ("remaining", "total") and isinstance(value, (str, int, float)):
        return Decimal(str(value))
    if name in ("advance_ms", "retry_after_s") and isinstance(value, (str, float)):
        return int(value)
    if name == "allowed" and isinstance(value, str):
        return value == "true"
    return value


def _answer(result: Any) -> Message:
    if isinstance(result, Account):
        result = {name: value for name, value in (("key", result.key), ("tenant", result.tenant)) if value is not None}
    if isinstance(result, (str, int)) and not isinstance(result, bool):
        result = {"key": result}
    return {"ok": True, "values": result} if isinstance(result, dict) else {"ok": True}


def _failure(error: BaseException) -> Message:
    if isinstance(error, (NotImplementedError, Unsupported)):
        return {"unsupported": str(error) or "not implemented"}
    return {"error": f"{type(error).__name__}: {error}"}
