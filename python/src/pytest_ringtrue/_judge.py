"""Tests that consist of one item per check."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest

from . import _adapter, _binary
from ._client import Client
from ._report import Result
from ._server import Server

Test = Callable[..., Any]
F = TypeVar("F", bound=Test)

#: The parameter that holds the id of the check.
PARAMETER = "ringtrue_check"
#: The attribute of a test function that holds its `Plan`.
PLAN = "_ringtrue_plan"
#: Options that only a command line may give.
_COMMAND_LINE_ONLY = ("--live", "--allow-spend")


@dataclass(frozen=True)
class Plan:
    """What is judged, and how."""

    side: str
    contract: str | PathLike[str]
    only: tuple[str, ...]
    skip: tuple[str, ...]
    seed: int | None
    cases: int | None
    strict: bool
    allow_incomplete: bool
    args: tuple[str, ...]

    def ids(self) -> list[str]:
        """The ids of the checks that are selected."""
        known = [check["id"] for check in _binary.checks(_binary.find()) if check["side"] == self.side]
        return [name for name in known if (not self.only or _any(name, self.only)) and not _any(name, self.skip)]


def _any(name: str, globs: Iterable[str]) -> bool:
    return any(fnmatchcase(name, glob) for glob in globs)


def judge_server(
    contract: str | PathLike[str],
    *,
    only: Iterable[str] = (),
    skip: Iterable[str] = (),
    seed: int | None = None,
    cases: int | None = None,
    strict: bool = False,
    allow_incomplete: bool = False,
    args: Iterable[str] = (),
) -> Callable[[F], F]:
    """Makes one pytest item of each check of a server. The decorated function returns the `Server`; it may use fixtures.

    `contract` is the name of a bundled contract, or the path of one. `only` and `skip` select checks by globs. `strict` fails
    tests for warnings. `allow_incomplete` skips what could not be decided, instead of failing. `args` are further options of
    `ringtrue server`.
    """
    plan = _plan("server", contract, only, skip, seed, cases, strict, allow_incomplete, args)
    return functools.partial(_wrap, plan)


def judge_client(
    contract: str | PathLike[str],
    *,
    only: Iterable[str] = (),
    skip: Iterable[str] = (),
    seed: int | None = None,
    cases: int | None = None,
    strict: bool = False,
    allow_incomplete: bool = False,
    args: Iterable[str] = (),
) -> Callable[[F], F]:
    """Makes one pytest item of each check of a client. The decorated function returns the `Client`; it may use fixtures.

    The parameters are those of `judge_server`.
    """
    plan = _plan("client", contract, only, skip, seed, cases, strict, allow_incomplete, args)
    return functools.partial(_wrap, plan)


def _plan(
    side: str,
    contract: str | PathLike[str],
    only: Iterable[str],
    skip: Iterable[str],
    seed: int | None,
    cases: int | None,
    strict: bool,
    allow_incomplete: bool,
    args: Iterable[str],
) -> Plan:
    def globs(given: Iterable[str]) -> tuple[str, ...]:
        return (given,) if isinstance(given, str) else tuple(given)

    options = tuple(args)
    for option in options:
        if option.split("=")[0] in _COMMAND_LINE_ONLY:
            raise ValueError(f"{option} is accepted on a command line only: `pytest --ringtrue-live HOST`")
    return Plan(side, contract, globs(only), globs(skip), seed, cases, strict, allow_incomplete, options)


def _wrap(plan: Plan, function: F) -> F:
    """A test function that takes the id of a check and, besides, the fixtures of the function that it wraps."""

    @functools.wraps(function)
    def test(*args: Any, **kwargs: Any) -> None:
        check = kwargs.pop(PARAMETER)
        request = kwargs["request"] if takes_request else kwargs.pop("request")
        result = runs_of(request.config).result(request, plan, check, lambda: function(*args, **kwargs))
        request.node.stash[RESULT] = result
        result.raise_unless_passed(strict=plan.strict, allow_incomplete=plan.allow_incomplete)

    signature = inspect.signature(function)
    takes_request = "request" in signature.parameters
    names = [PARAMETER] if takes_request else ["request", PARAMETER]
    more = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in names]
    test.__signature__ = signature.replace(parameters=[*signature.parameters.values(), *more])  # type: ignore[attr-defined]
    setattr(test, PLAN, plan)
    return cast(F, pytest.mark.ringtrue(test))


RESULT = pytest.StashKey[Result]()


@dataclass
class Runs:
    """The runs of a session. All items of one test are judged in one run, which the first of them makes."""

    config: pytest.Config
    #: Results that no item has asked for yet, by the test.
    waiting: dict[str, dict[str, Result]] = field(default_factory=dict)
    #: Why the run of a test could not be made.
    broken: dict[str, str] = field(default_factory=dict)

    def result(self, request: pytest.FixtureRequest, plan: Plan, check: str, subject: Callable[[], Any]) -> Result:
        """The result of one check."""
        group = _group(request.node, check)
        if group in self.broken:
            pytest.fail(f"the run could not be made: {self.broken[group].splitlines()[0]} (see the first item)", pytrace=False)
        waiting = self.waiting.get(group, {})
        if check not in waiting:
            ids = self._together(request, group, check)
            try:
                waiting = self._run(request, plan, ids, subject())
            except (_binary.RunError, _binary.BinaryNotFound) as error:
                if len(ids) > 1:
                    self.broken[group] = str(error).splitlines()[-1]
                pytest.fail(str(error), pytrace=False)
            self.waiting[group] = waiting
        # An item that runs again is judged again.
        return waiting.pop(check)

    def _together(self, request: pytest.FixtureRequest, group: str, check: str) -> list[str]:
        """The checks that are judged in one run. A worker of xdist does not know which items it will get."""
        if hasattr(self.config, "workerinput") or self.config.getoption("ringtrue_each") or group in self.waiting:
            return [check]
        together: list[str] = []
        for item in request.session.items:
            callspec = getattr(item, "callspec", None)
            name = callspec.params.get(PARAMETER) if callspec else None
            if isinstance(name, str) and _group(item, name) == group:
                together.append(name)
        return together

    def _run(self, request: pytest.FixtureRequest, plan: Plan, ids: list[str], subject: Any) -> dict[str, Result]:
        options = [plan.side, self._contract(plan, request), *self._options(plan, ids)]
        with _running(plan, subject) as (more, secrets, command):
            report = _binary.judge([*options, *more], command=command, secrets=secrets, folder=self.config.rootpath)
        tests = {name: request.node.nodeid.replace(request.node.callspec.params[PARAMETER], name) for name in ids}
        results = {check["id"]: Result(report, check, tests[check["id"]]) for check in report["checks"] if check["id"] in tests}
        missing = [name for name in ids if name not in results]
        if missing:
            raise _binary.RunError(f"the report has no result of {', '.join(missing)}")
        return results

    def _contract(self, plan: Plan, request: pytest.FixtureRequest) -> str:
        beside = Path(request.path).parent / plan.contract
        return str(beside) if not isinstance(plan.contract, str) or beside.exists() else plan.contract

    def _options(self, plan: Plan, ids: list[str]) -> list[str]:
        options: list[str] = []
        for name in ids:
            options += ["--only", name]
        seed = plan.seed if plan.seed is not None else self.config.getoption("ringtrue_seed")
        if seed is not None:
            options += ["--seed", str(seed)]
        cases = plan.cases if plan.cases is not None else self.config.getoption("ringtrue_cases")
        if cases is not None:
            options += ["--cases", str(cases)]
        if live := self.config.getoption("ringtrue_live"):
            options += ["--live", live]
        return [*options, *(["--strict"] if plan.strict else []), *plan.args]


@contextmanager
def _running(plan: Plan, subject: Any) -> Iterator[tuple[list[str], dict[str, str], list[str]]]:
    """Yields options, secrets and adapter command while the subject can be reached."""
    if plan.side == "server":
        if not isinstance(subject, Server):
            raise TypeError(f"a function decorated with `judge_server` returns a Server, not {type(subject).__name__}")
        with subject._running() as (options, secrets):
            yield options, secrets, []
        return
    client = subject if isinstance(subject, Client) else Client(subject) if callable(subject) else None
    if client is None:
        raise TypeError(f"a function decorated with `judge_client` returns a Client, not {type(subject).__name__}")
    with _adapter.serving(client) as command:
        yield [], {}, command


def _group(item: Any, check: str) -> str:
    """The test that an item belongs to: its id without the check."""
    return str(item.nodeid).replace(check, "", 1)


_RUNS = pytest.StashKey[Runs]()


def runs_of(config: pytest.Config) -> Runs:
    """The runs of a session."""
    return config.stash.setdefault(_RUNS, Runs(config))
