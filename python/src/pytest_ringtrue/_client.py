"""A client under test, and what it returns."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, TypeVar, get_args

Source = Literal["network", "cache", "fail_open"]
Capability = Literal["cache", "invalidate", "spend", "single_flight", "shared_cache", "rekey"]
Clock = Literal["virtual", "ttl", "time-machine"]
ErrorClass = Literal[
    "auth", "forbidden", "exhausted", "rate_limited", "not_found", "timeout", "network", "malformed", "server", "other"
]


@dataclass(frozen=True)
class Config:
    """What a session gives to a client."""

    #: Takes the place of the provider's base URL, path included.
    base_url: str
    #: The credential; `None` if the contract has none.
    key: str | None
    #: The tenant, for clients that use it as a cache key.
    tenant: str | None
    #: The time for one exchange, in seconds.
    timeout: float
    #: A time to live in place of the contract's, in seconds; `None` for the contract's own.
    cache_ttl: float | None
    #: The session's clock, in seconds since 1970. It moves only forward, also by itself.
    now: Callable[[], float] = field(repr=False)


@dataclass(frozen=True)
class Balance:
    """A balance as an application sees it."""

    remaining: Decimal | int | float | str | None = None
    total: Decimal | int | float | str | None = None
    allowed: bool | None = None
    source: Source | None = None


class CallError(Exception):
    """An error of the client, with its class."""

    def __init__(
        self, kind: ErrorClass, *, status: int | None = None, code: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(kind)
        if kind not in get_args(ErrorClass):
            raise ValueError(f"there is no error class {kind!r}")
        self.kind, self.status, self.code, self.retry_after = kind, status, code, retry_after


Classify = Callable[[Exception], "CallError | ErrorClass | None"]
Errors = Mapping[type[Exception], ErrorClass] | Classify


@dataclass(frozen=True)
class Client:
    """A client under test.

    `create` gets a `Config` and returns an object with `check`, and perhaps `spend`, `invalidate`, `rekey` and `close`. It is a
    class, a function or a coroutine function; the methods may be `async`.
    """

    create: Callable[[Config], Any]
    #: What the client can do besides `check`. What is not declared is not judged. `spend`, `invalidate` and `rekey`
    #: are recognised if `create` is a class.
    capabilities: Iterable[Capability] = ()
    #: What moves the client's time: `virtual` if it uses `config.now`, `ttl` if it obeys `config.cache_ttl`, `time-machine` if
    #: it reads the clock of the system and the package time-machine is installed.
    clock: Iterable[Clock] | Clock = ()
    #: The class of an exception of the client: a mapping of types, or a function that returns `None` for what it does not know.
    errors: Errors | None = None
    #: How many calls the client takes at a time.
    parallel: int = 16

    def declared(self) -> list[str]:
        """The capabilities, with the methods of a class."""
        names = set(self.capabilities)
        if inspect.isclass(self.create):
            names |= {name for name in ("spend", "invalidate", "rekey") if callable(getattr(self.create, name, None))}
        return sorted(names)

    def clocks(self) -> list[Clock]:
        """The clocks as a list."""
        return [self.clock] if isinstance(self.clock, str) else list(self.clock)

    def classify(self, error: Exception) -> CallError:
        """What an exception of the client means."""
        if isinstance(error, CallError):
            return error
        known: Any = None
        if callable(self.errors):
            known = self.errors(error)
        elif self.errors:
            known = next((self.errors[kind] for kind in type(error).__mro__ if kind in self.errors), None)
        if isinstance(known, CallError):
            return known
        status = _status(error)
        if known is None:
            known = _by_status(status) if status is not None and status >= 300 else _by_type(error)
        return CallError(known, status=status, retry_after=_retry_after(error))


def _status(error: Exception) -> int | None:
    """The status in an exception of requests, httpx, aiohttp or urllib."""
    for holder in (getattr(error, "response", None), error):
        for name in ("status_code", "status", "code"):
            value = getattr(holder, name, None)
            if type(value) is int and 100 <= value <= 599:
                return value
    return None


def _retry_after(error: Exception) -> float | None:
    for holder in (getattr(error, "response", None), error):
        headers = getattr(holder, "headers", None)
        get = getattr(headers, "get", None)
        value = (get("retry-after") or get("Retry-After")) if get else None
        if isinstance(value, str) and value.isascii() and value.isdigit():
            return float(value)
    return None


def _by_status(status: int) -> ErrorClass:
    known: dict[int, ErrorClass] = {
        401: "auth", 402: "exhausted", 403: "forbidden", 404: "not_found", 429: "rate_limited"
    }  # fmt: skip
    return known.get(status, "server" if status >= 500 else "other")


def _by_type(error: Exception) -> ErrorClass:
    """Exceptions of the standard library, requests, httpx and aiohttp, by what their types are called."""
    names = {kind.__name__ for kind in type(error).__mro__}
    if any("Timeout" in name for name in names):
        return "timeout"
    if isinstance(error, (ValueError, InvalidOperation)) or names & {"DecodingError", "ContentTypeError", "ClientPayloadError"}:
        return "network" if "ClientPayloadError" in names else "malformed"
    if isinstance(error, OSError) or names & {"TransportError", "ClientError", "HTTPException", "RequestException"}:
        return "network"
    if isinstance(error, (LookupError, TypeError, AttributeError)):
        return "malformed"
    return "other"


T = TypeVar("T")


def result_of(value: Any) -> dict[str, Any]:
    """The protocol's form of what a method returned."""
    if value is None:
        return {"kind": "value", "value": {}}
    if isinstance(value, bool):
        return {"kind": "value", "value": {"allowed": value}}
    if isinstance(value, (int, float, Decimal, str)):
        value = Balance(remaining=value)

    def read(name: str) -> Any:
        return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)

    amounts = {name: _amount(read(name)) for name in ("remaining", "total") if read(name) is not None}
    allowed, source = read("allowed"), read("source")
    told: dict[str, Any] = {"kind": "value", "value": amounts if allowed is None else {**amounts, "allowed": allowed}}
    return told if source is None else {**told, "source": source}


def _amount(value: Any) -> Any:
    """An amount as text, in full and without an exponent."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
