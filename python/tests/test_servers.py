"""Servers under test: URLs, WSGI and ASGI apps, with their state handlers."""

import pytest

TEST = """
from apps import Credits, States
from pytest_ringtrue import Server, judge_server

credits = Credits({arguments})

@judge_server("genlook", skip=["error.rate-limited"])
def test_server():
    return Server(app=credits.{interface}, states=States(credits), {options})
"""


def outcomes(result):
    return {name: count for name, count in result.parseoutcomes().items() if name not in ("warnings", "skipped")}


@pytest.mark.parametrize(
    ("interface", "options"), [("wsgi", ""), ("asgi", 'serve_with="builtin"'), ("asgi", 'serve_with="uvicorn"')]
)
def test_a_correct_app_passes_every_check(project, needs, interface, options):
    if "uvicorn" in options:
        needs("uvicorn")
    project.makepyfile(TEST.format(arguments="", interface=interface, options=options))
    result = project.runpytest_subprocess("-q")
    assert outcomes(result).keys() == {"passed"}, result.stdout.str()
    assert result.parseoutcomes()["passed"] > 40


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_an_app_that_charges_twice_is_found(project, interface):
    project.makepyfile(TEST.format(arguments="price=2", interface=interface, options='serve_with="builtin"'))
    result = project.runpytest_subprocess("-q", "-k", "balance.cost or auth.missing-key")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["balance.cost  fail (must)*", "*promised*consumes*1 credit*", "*1. opened with*"])


def test_a_running_server_is_judged_by_its_url(project):
    project.makepyfile(
        """
        from pytest_ringtrue import Server, judge_server

        @judge_server("leadmagic", only=["auth.*", "balance.cost"])
        def test_server(ringtrue_mock):
            mock = ringtrue_mock("leadmagic", key="k_right_12345")
            return Server(url=mock.url, states=mock.states_url)

        @judge_server("leadmagic", only="auth.missing-key")
        def test_key(ringtrue_mock):
            return Server(url=ringtrue_mock("leadmagic", key="k_right_12345").url, key="k_right_12345")

        @judge_server("leadmagic", only="auth.missing-key")
        def test_wrong_key(ringtrue_mock):
            return Server(url=ringtrue_mock("leadmagic", key="k_right_12345").url, key="k_wrong_12345")
        """
    )
    result = project.runpytest_subprocess("-q")
    assert result.parseoutcomes()["failed"] == 1, result.stdout.str()
    assert result.parseoutcomes()["passed"] > 10
    result.stdout.fnmatch_lines(["the run could not be made (code 2)"])
    result.stdout.no_fnmatch_line("*k_wrong_12345*k_wrong_12345*")


def test_what_a_state_would_decide_fails_without_one(project):
    test = """
        from apps import Credits
        from pytest_ringtrue import Server, judge_server

        credits = Credits()

        @judge_server("genlook", only=["auth.revoked-key"]{options})
        def test_server():
            return Server(app=credits.wsgi, key=credits.create(5))
        """
    project.makepyfile(test_strict=test.format(options=""), test_lenient=test.format(options=", allow_incomplete=True"))
    result = project.runpytest_subprocess("-rs")
    result.assert_outcomes(failed=1, skipped=1)
    result.stdout.fnmatch_lines(["*def account(self, remaining, total, allowed)*StateHandler*", "*SKIPPED*test_lenient.py*could_not_run*"])


@pytest.mark.parametrize("arguments", ["", "url='http://127.0.0.1:1', app=print"])
def test_a_server_has_a_url_or_an_app(arguments):
    from pytest_ringtrue import Server

    with pytest.raises(TypeError, match="either"):
        eval(f"Server({arguments})", {"Server": Server})
