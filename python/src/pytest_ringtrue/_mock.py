"""Mock providers."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterable
from decimal import Decimal
from os import PathLike
from pathlib import Path
from typing import Any

from ._binary import RunError, find
from ._states import Account


class Mock:
    """A provider that conforms to its contract, or breaks it on purpose. Close it, or use it in a `with` statement."""

    def __init__(
        self, contract: str | PathLike[str], *, key: str | None = None, faults: Iterable[str] = (), folder: Path | None = None
    ) -> None:
        command = [find(), "mock", str(contract), "--listen", "127.0.0.1:0", "--color", "never"]
        if key is not None:
            command += ["--key", key]
        for fault in faults:
            command += ["--fault", fault]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder
        )
        assert self._process.stdout and self._process.stderr
        addresses: dict[str, str] = {}
        for line in self._process.stdout:
            name, _, address = line.strip().rpartition(" ")
            addresses[name] = address
            if name == "states":
                break
        if "states" not in addresses:
            message = self._process.stderr.read().strip()
            self.close()
            raise RunError(message)
        #: The URL of the state handler.
        self.states_url = addresses.pop("states")
        #: The base URL, which takes the place of the provider's.
        self.url = next(iter(addresses.values()))

    def account(self, **params: Decimal | int | str | bool) -> Account:
        """Creates an account, for example `account(remaining=5)`."""
        values = self.setup("account", **params)
        return Account(key=values.get("key"), tenant=values.get("tenant"))

    def setup(self, state: str, **params: Decimal | int | str | bool) -> dict[str, Any]:
        """Sets a state, for example `setup("balance", key=account.key, remaining=0)`."""
        return self._send("setup", state, params)

    def teardown(self, state: str, **params: Decimal | int | str | bool) -> None:
        """Ends a state that was set with the same parameters."""
        self._send("teardown", state, params)

    def advance(self, seconds: float) -> None:
        """Moves the provider's clock forward."""
        self._send("setup", "clock", {"advance_ms": round(seconds * 1000)})

    def _send(self, action: str, state: str, params: dict[str, Any]) -> dict[str, Any]:
        given = {name: _param(name, value) for name, value in params.items()}
        body = json.dumps({"action": action, "state": state, "params": given}).encode()
        request = urllib.request.Request(self.states_url, body, {"content-type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as response:
            answer = json.loads(response.read())
        if "ok" not in answer:
            raise RunError(f"{state}: {answer.get('unsupported') or answer.get('error')}")
        values: dict[str, Any] = answer.get("values", {})
        return values

    def close(self) -> None:
        """Ends the provider."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe:
                pipe.close()

    def __enter__(self) -> Mock:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _param(name: str, value: Any) -> Any:
    return str(value) if name in ("remaining", "total") else value
