"""Mock providers in tests."""

import json
import urllib.error
import urllib.request

import pytest

from pytest_ringtrue import Mock, RunError


def credits(mock, key):
    request = urllib.request.Request(mock.url + "/v1/credits", headers={"X-API-Key": key})
    with urllib.request.urlopen(request) as response:
        return json.loads(response.read())["credits"]


def test_a_mock_has_accounts_and_states(ringtrue_mock):
    mock = ringtrue_mock("leadmagic", key="k_test")
    assert credits(mock, "k_test") == 100
    account = mock.account(remaining=5)
    assert credits(mock, account.key) == 5
    mock.setup("balance", key=account.key, remaining=0)
    assert credits(mock, account.key) == 0
    mock.setup("key.revoked", key=account.key)
    with pytest.raises(urllib.error.HTTPError):
        credits(mock, account.key)
    mock.teardown("key.revoked", key=account.key)
    mock.advance(60)
    assert credits(mock, account.key) == 0


def test_mistakes_are_errors(ringtrue_mock):
    with pytest.raises(RunError, match="charge-double"):
        ringtrue_mock("leadmagic", faults=["charge-doubel"])
    with pytest.raises(RunError, match="no.such"):
        ringtrue_mock("leadmagic").setup("no.such")


def test_a_mock_ends_with_its_block():
    with Mock("genlook") as mock:
        process = mock._process
    assert process.poll() is not None
