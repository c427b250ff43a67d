"""Each check is an item, with which all of pytest works."""

import sys
import xml.etree.ElementTree as ElementTree

import pytest

CHARGES_TWICE = """
import pytest
from pytest_ringtrue import Server, judge_server

@judge_server("genlook", only=["auth.*", "balance.cost", "balance.no-overdraw"], seed=7)
def test_server(ringtrue_mock):
    mock = ringtrue_mock("genlook", faults=["charge-double"])
    return Server(url=mock.url, states=mock.states_url)
"""


@pytest.fixture
def charges_twice(project):
    project.makepyfile(CHARGES_TWICE)
    return project


def test_items_are_listed_without_a_run(charges_twice):
    result = charges_twice.runpytest_subprocess("--collect-only", "-q")
    result.stdout.fnmatch_lines(["*::test_server[[]auth.missing-key[]]", "*::test_server[[]balance.cost[]]"])


def test_items_are_selected_by_k(charges_twice):
    result = charges_twice.runpytest_subprocess("-k", "missing-key or empty-key")
    result.assert_outcomes(passed=2, deselected=result.parseoutcomes()["deselected"])


def test_x_stops_at_the_first_failure(charges_twice):
    result = charges_twice.runpytest_subprocess("-x", "-k", "balance")
    result.assert_outcomes(failed=1, deselected=result.parseoutcomes()["deselected"])


def test_lf_runs_the_failures_again(charges_twice):
    assert charges_twice.runpytest_subprocess().parseoutcomes()["failed"] == 2
    result = charges_twice.runpytest_subprocess("--lf")
    outcomes = result.parseoutcomes()
    assert (outcomes["failed"], outcomes.get("passed")) == (2, None)


def test_junit_has_a_testcase_for_each_check(charges_twice):
    charges_twice.runpytest_subprocess("--junit-xml=junit.xml")
    cases = ElementTree.parse(charges_twice.path / "junit.xml").iter("testcase")
    cases = {case.get("name"): case for case in cases}
    failure = cases["test_server[balance.cost]"].find("failure")
    assert failure is not None and "consumes **1 credit** on success" in failure.text
    assert float(cases["test_server[auth.missing-key]"].get("time")) < 5
    properties = {one.get("name"): one.get("value") for one in cases["test_server[balance.cost]"].iter("property")}
    assert properties["verdict"] == "fail" and properties["seed"] == "7"


def test_xdist_distributes_the_items(charges_twice, needs):
    needs("xdist")
    outcomes = charges_twice.runpytest_subprocess("-n", "2").parseoutcomes()
    assert outcomes["failed"] == 2 and outcomes["passed"] > 5


def test_a_failure_shows_promise_steps_and_how_to_repeat_it(charges_twice):
    result = charges_twice.runpytest_subprocess("-k", "balance.cost")
    result.stdout.fnmatch_lines(
        [
            "balance.cost  fail (must)  GET /account/credits",
            "  expected remaining *, found remaining *",
            "  promised  “consumes **1 credit** on success”",
            "  steps     1. opened with remaining *",
            "  exchange  GET http://127.0.0.1:*/account/credits → 200",
            "  repeat    curl -i -X GET *",
            "*pytest 'test_*::test_server[[]balance.cost[]]' --ringtrue-seed 7",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_methods_classes_and_parameters_work(project):
    project.makepyfile(
        """
        import pytest
        from pytest_ringtrue import Server, judge_server

        class TestServers:
            @pytest.mark.parametrize("fault", [None, "charge-double"])
            @judge_server("genlook", only=["balance.cost", "auth.missing-key"])
            def test_server(self, ringtrue_mock, fault, request):
                mock = ringtrue_mock("genlook", faults=[fault] if fault else [])
                return Server(url=mock.url, states=mock.states_url)
        """
    )
    project.runpytest_subprocess().assert_outcomes(passed=3, failed=1)


def test_each_item_may_have_a_run_of_its_own(charges_twice):
    outcomes = charges_twice.runpytest_subprocess("--ringtrue-each", "-k", "balance").parseoutcomes()
    assert outcomes["failed"] == 2


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ('@judge_server("genlook", only=["no.such"])\ndef test_it(): ...', "*`only` and `skip` select no check*"),
        ('@judge_server("no-such", only=["auth.*"])\ndef test_it(): return Server(url="http://127.0.0.1:1")', "*no-such*"),
        ('@judge_server("genlook", args=["--live", "example.com"])\ndef test_it(): ...', "*--ringtrue-live*"),
        ('@judge_server("genlook", only=["auth.*"])\ndef test_it(): return 1', "*returns a Server, not int*"),
    ],
)
def test_mistakes_are_explained(project, test, message):
    project.makepyfile(f"from pytest_ringtrue import Server, judge_server\n{test}")
    result = project.runpytest_subprocess()
    assert result.ret != 0
    result.stdout.fnmatch_lines([message])


def test_a_missing_program_is_explained(charges_twice, monkeypatch):
    monkeypatch.setenv("RINGTRUE_BIN", str(charges_twice.path / "nothing"))
    result = charges_twice.runpytest_subprocess()
    result.stdout.fnmatch_lines(["*RINGTRUE_BIN is *nothing, and there is no such file"])
    assert sys.version_info >= (3, 10)
