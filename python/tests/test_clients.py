"""Clients under test: objects of the test process, sync and async."""

import pytest

TEST = """
import clients, time
from pytest_ringtrue import Client, judge_client

@judge_client("leadmagic", strict={strict})
def test_client():
    return Client({client}, capabilities=["cache"], clock={clock!r})
"""


@pytest.mark.parametrize("client", ["clients.Client", "clients.AsyncClient"])
def test_a_correct_client_passes_every_check(project, client):
    project.makepyfile(TEST.format(client=client, clock="virtual", strict=False))
    result = project.runpytest_subprocess("-q")
    outcomes = result.parseoutcomes()
    assert "failed" not in outcomes, result.stdout.str()
    assert outcomes["passed"] > 30


def test_the_clock_of_the_system_is_moved_by_time_machine(project, needs):
    needs("time_machine")
    project.makepyfile(TEST.format(client="lambda config: clients.Client(config, lambda: time.time())", clock="time-machine", strict=False))
    result = project.runpytest_subprocess("-q", "-k", "cache")
    outcomes = result.parseoutcomes()
    assert "failed" not in outcomes, result.stdout.str()
    assert outcomes["passed"] > 8, result.stdout.str()


@pytest.mark.parametrize("strict", [False, True])
def test_a_cached_zero_that_is_not_served_is_a_warning(project, strict):
    project.makepyfile(TEST.format(client="clients.ForgetsZero", clock="virtual", strict=strict))
    result = project.runpytest_subprocess("-k", "cache.hit-zero")
    counts = result.parseoutcomes()
    assert counts.get("failed" if strict else "warnings") == 1, counts
    lines = ["*cache.hit-zero  warn*", "*repeat*pytest 'test_*[[]cache.hit-zero[]]' --ringtrue-seed *"]
    result.stdout.fnmatch_lines(lines)


def test_exceptions_of_common_libraries_have_a_class():
    import json
    import socket
    import urllib.error

    from pytest_ringtrue import CallError, Client

    class ReadTimeout(Exception):
        pass

    class Refused(Exception):
        pass

    class HTTPStatusError(Exception):
        response = type("Response", (), {"status_code": 429, "headers": {"retry-after": "3"}})()

    client = Client(object, errors={Refused: "exhausted"})
    classes = {
        "timeout": [TimeoutError(), socket.timeout(), ReadTimeout()],
        "network": [ConnectionResetError(), OSError()],
        "malformed": [json.JSONDecodeError("", "", 0), KeyError("credits")],
        "auth": [urllib.error.HTTPError("", 401, "", {}, None), CallError("auth")],
        "rate_limited": [HTTPStatusError()],
        "exhausted": [Refused()],
        "other": [RuntimeError()],
    }
    for name, errors in classes.items():
        for error in errors:
            assert client.classify(error).kind == name, error
    assert client.classify(HTTPStatusError()).retry_after == 3
    with pytest.raises(ValueError, match="no error class"):
        CallError("broken")


def test_amounts_are_exact():
    from decimal import Decimal

    from pytest_ringtrue import Balance
    from pytest_ringtrue._client import result_of

    cases = {0.1: "0.1", 1e21: "1000000000000000000000", Decimal("15432.50"): "15432.50", 7: "7", "8.5": "8.5"}
    for given, expected in cases.items():
        assert result_of(given) == {"kind": "value", "value": {"remaining": expected}}
    assert result_of(True)["value"] == {"allowed": True}
    assert result_of({"remaining": 1, "total": 2})["value"] == {"remaining": "1", "total": "2"}
    assert result_of(Balance(remaining=0, source="cache")) == {
        "kind": "value",
        "value": {"remaining": "0"},
        "source": "cache",
    }
