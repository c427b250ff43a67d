"""The pytest plugin: options, items, fixtures."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest

from . import _binary
from ._judge import PARAMETER, PLAN, RESULT, Plan
from ._mock import Mock


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("ringtrue", "checks of credit-balance servers and clients")
    group.addoption("--ringtrue-seed", type=int, metavar="N", help="seed of all generated cases; random if absent, and printed")
    group.addoption("--ringtrue-cases", type=int, metavar="N", help="generated cases per property")
    group.addoption("--ringtrue-each", action="store_true", help="make a run for each check, instead of one for all")
    group.addoption("--ringtrue-live", metavar="HOST[:PORT]", help="permit this target although it is not a loopback address")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "ringtrue: a check of a credit-balance server or client")
    # One seed for the session. The workers of xdist get it with the other options.
    if config.option.ringtrue_seed is None and "RINGTRUE_SEED" not in os.environ:
        config.option.ringtrue_seed = random.SystemRandom().randrange(1 << 32)


def pytest_report_header(config: pytest.Config) -> str | None:
    try:
        binary = _binary.find()
        return f"ringtrue: {_binary.version(binary)} ({binary}), --ringtrue-seed {config.option.ringtrue_seed}"
    except (_binary.BinaryNotFound, _binary.RunError):
        # Matters only where a test needs it; that test says so.
        return None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    plan = getattr(metafunc.function, PLAN, None)
    if not isinstance(plan, Plan):
        return
    try:
        ids = plan.ids()
    except (_binary.BinaryNotFound, _binary.RunError) as error:
        raise pytest.Collector.CollectError(str(error)) from None
    if not ids:
        raise pytest.Collector.CollectError(f"{metafunc.function.__qualname__}: `only` and `skip` select no check")
    metafunc.parametrize(PARAMETER, ids, ids=ids)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    outcome = yield
    result = item.stash.get(RESULT, None)
    if result is None or call.when != "call":
        return
    report: pytest.TestReport = outcome.get_result()
    # The run of all checks takes place in the first item; each item gets the time of its check.
    report.duration = result.seconds
    item.user_properties += [("verdict", result.verdict), ("level", result.check["level"]), ("seed", str(result.seed))]
    if source := result.check.get("source"):
        item.user_properties.append(("promise", source["quote"]))
    if result.verdict == "info":
        report.sections.append(("ringtrue", result.text()))


@pytest.fixture
def ringtrue_mock(request: pytest.FixtureRequest) -> Iterator[Callable[..., Mock]]:
    """Starts mock providers, which end with the test: `ringtrue_mock("leadmagic", key="k_test", faults=["charge-double"])`."""
    started: list[Mock] = []

    def start(contract: str, **options: Any) -> Mock:
        started.append(Mock(contract, folder=request.config.rootpath, **options))
        return started[-1]

    yield start
    for mock in started:
        mock.close()
