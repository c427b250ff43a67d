"""What one check of a report means for a test, and its text."""

from __future__ import annotations

import textwrap
import warnings
from typing import Any, NoReturn

import pytest

from ._states import SIGNATURES


class RingtrueWarning(pytest.PytestWarning):
    """A promise of level `should` does not hold."""


class Result:
    """The result of one check, with what a reader needs to understand it."""

    def __init__(self, report: dict[str, Any], check: dict[str, Any], nodeid: str) -> None:
        self.check = check
        self.seed: int = report["seed"]
        self.seconds: float = check.get("duration_ms", 0) / 1000
        self.verdict: str = check["verdict"]
        self._exchanges = {exchange["n"]: exchange for exchange in report["exchanges"]}
        self._nodeid = nodeid

    @property
    def reason(self) -> str:
        """The first line of the reason."""
        return str(self.check.get("reason", self.verdict)).splitlines()[0]

    @property
    def title(self) -> str:
        """The line above all others."""
        parts = (self.check["id"], f"{self.verdict} ({self.check['level']})", self.check.get("operation", ""))
        return "  ".join(part for part in parts if part)

    def text(self) -> str:
        """The finding as text: promise, steps, exchanges, and how to repeat it."""
        check = self.check
        rows: list[tuple[str, str]] = []
        source = check.get("source")
        cause = check.get("cause", "")
        if cause and not (source and source["quote"] in cause):
            rows.append(("cause", cause))
        if source:
            rows.append(("promised", f"“{source['quote']}”\n— {source['document']} ({source['grade']})"))
        if steps := check.get("steps"):
            rows.append(("steps", "\n".join(f"{n}. {step}" for n, step in enumerate(steps, 1))))
        for n in check["exchanges"]:
            if exchange := self._exchanges.get(n):
                rows.append(("exchange", _exchange(exchange)))
        for note in check.get("notes", ()):
            rows.append(("also", note))
        if state := _missing_state(str(check.get("reason", ""))):
            rows.append(("or", f"define `{state}` in your StateHandler"))
        rows.append(("repeat", self._repeat()))
        lines = [self.title, textwrap.indent(str(check.get("reason", "")), "  ")]
        for name, value in rows:
            first, *more = value.splitlines() or [""]
            lines.append(f"  {name:<9} {first}")
            lines += [" " * 12 + line for line in more]
        return "\n".join(lines)

    def _repeat(self) -> str:
        test = f"pytest '{self._nodeid}' --ringtrue-seed {self.seed}"
        command = self.check.get("reproduce", "")
        # A command of the program would need the app or client that only the test serves.
        return test if not command or command.startswith("ringtrue ") else f"{command}\n{test}"

    def raise_unless_passed(self, *, strict: bool, allow_incomplete: bool) -> None:
        """Ends the test as the verdict requires: passes, warns, skips or fails."""
        undecided = self.verdict in ("could_not_run", "inconclusive")
        known = self.check["baselined"] and self.verdict in ("fail", "warn")
        if self.verdict == "pass" or self.verdict == "info":
            return
        if self.verdict == "not_applicable" or known:
            _skip(f"known: {self.reason}" if known else f"not applicable: {self.reason}")
        if undecided and (allow_incomplete or self.check["level"] != "must"):
            _skip(f"{self.verdict}: {self.reason}")
        if self.verdict == "warn" and not strict:
            warnings.warn(RingtrueWarning(self.text()), stacklevel=2)
            return
        pytest.fail(self.text(), pytrace=False)


def _skip(reason: str) -> NoReturn:
    """Skips at the place of the test, not at this one."""
    raise pytest.skip.Exception(reason, _use_item_location=True)


def _missing_state(reason: str) -> str | None:
    """The method of a `StateHandler` that would set the state that was missing."""
    if "state handler" not in reason:
        return None
    return next((SIGNATURES[state] for state in SIGNATURES if f'"{state}"' in reason), None)


def _exchange(exchange: dict[str, Any]) -> str:
    request, response = exchange["request"], exchange.get("response")
    if response is None:
        return f"{request['method']} {request['url']}: {exchange.get('failure', 'no response')}"
    body = response["body"] if len(response["body"]) <= 400 else response["body"][:400] + "…"
    return f"{request['method']} {request['url']} → {response['status']}\n{body}".rstrip()
