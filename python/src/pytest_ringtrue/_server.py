"""A server under test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from . import _hosting
from ._states import StateHandler


@dataclass(frozen=True)
class Server:
    """A server under test: one that runs (`url`), or an ASGI or WSGI app of this process (`app`).

    An app is served on a free port of 127.0.0.1 for as long as it is judged.
    """

    #: The base URL of a running server.
    url: str | None = None
    #: An ASGI or WSGI app.
    app: Any = None
    #: A state handler of this process, the URL of one, or `cmd:COMMAND LINE`.
    states: StateHandler | str | None = None
    #: A valid credential. Without one, state handlers create accounts.
    key: str | None = None
    #: A valid credential of another tenant.
    other_key: str | None = None
    #: What stands between the app's root and the contract's paths, such as `/v1`.
    base_path: str = ""
    #: The interface of the app; recognised if absent.
    interface: Literal["asgi", "wsgi"] | None = None
    #: What serves an ASGI app: uvicorn if it is installed, unless `builtin` is chosen.
    serve_with: Literal["uvicorn", "builtin"] | None = None

    def __post_init__(self) -> None:
        if (self.url is None) == (self.app is None):
            raise TypeError("a Server has either `url` or `app`")

    @contextmanager
    def _running(self) -> Iterator[tuple[list[str], dict[str, str]]]:
        """Yields the options and secrets of a run while app and state handler are served."""
        with ExitStack() as stack:
            url, loop = self.url, None
            if self.app is not None:
                host = _hosting.host(self.app, self.interface, self.serve_with)
                running = stack.enter_context(host)
                url, loop = running.url + self.base_path, running.loop
            options = ["--url", str(url)]
            if isinstance(self.states, StateHandler):
                options += ["--states", stack.enter_context(_hosting.host_states(self.states, loop))]
            elif self.states is not None:
                options += ["--states", self.states]
            secrets = {"RINGTRUE_KEY": self.key, "RINGTRUE_OTHER_KEY": self.other_key}
            yield options, {name: value for name, value in secrets.items() if value is not None}
