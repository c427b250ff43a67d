"""The action, the workflows, and the templates."""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile

import pytest
import yaml
from conftest import ROOT, run, tool

WORKFLOWS = sorted([*ROOT.glob(".github/workflows/*.yml"), *ROOT.glob("examples/ci/*.yml")])
SCRIPTS = sorted([*ROOT.glob(".github/action/*.sh"), *ROOT.glob("packaging/*.sh"), ROOT / ".ci/run"])


def load(path):
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def test_workflows_are_linted():
    run(tool("actionlint"), f"-shellcheck={tool('shellcheck')}", *WORKFLOWS)


def test_scripts_are_linted():
    run(tool("shellcheck"), "--severity=warning", *SCRIPTS)


def test_the_dockerfile_is_linted():
    run(tool("hadolint"), "Dockerfile")
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "FROM scratch" in text and re.search(r"^USER \d+", text, re.MULTILINE)


def test_all_packages_have_one_version():
    run(sys.executable, "packaging/versions.py")


def test_inputs_reach_scripts_as_variables_only():
    """An expression in the text of a script would make commands of what a caller gives."""
    for step in load("action.yml")["runs"]["steps"]:
        assert "${{" not in step.get("run", ""), step["name"]


def test_archives_have_the_names_that_cargo_binstall_and_the_action_expect(program, tmp_path):
    target = "x86_64-unknown-linux-musl"
    run("bash", "packaging/archive.sh", target, tmp_path, program)
    names = tarfile.open(tmp_path / f"ringtrue-{target}.tar.gz").getnames()
    folder = f"ringtrue-{target}"
    for name in ("ringtrue", "LICENSE-MIT", "man/ringtrue-server.1", "completions/ringtrue.bash", "completions/ringtrue.fish"):
        assert f"{folder}/{name}" in names
    manifest = (ROOT / "crates/ringtrue-cli/Cargo.toml").read_text(encoding="utf-8")
    assert 'bin-dir = "ringtrue-{ target }/{ bin }{ binary-ext }"' in manifest
    assert "/ringtrue-{ target }.tar.gz" in manifest
    installer = (ROOT / ".github/action/install.sh").read_text(encoding="utf-8")
    assert "archive=ringtrue-$target.$suffix" in installer
    built = {row["target"] for row in load(".github/workflows/release.yml")["jobs"]["build"]["strategy"]["matrix"]["include"]}
    assert set(re.findall(r"target=(\S+)", installer)) == built


@pytest.fixture
def action(tmp_path, program, clean):
    """Runs the action's script as GitHub does, and returns log, outputs and summary."""

    def run_action(contract, code=0, **inputs):
        env = {
            **clean,
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(tmp_path / "output"),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
            "RUNNER_TEMP": str(tmp_path),
            "RINGTRUE_ACTION_PROGRAM": str(program),
            "RINGTRUE_ACTION_CONTRACT": contract,
            **{f"RINGTRUE_ACTION_{name.upper()}": value for name, value in inputs.items()},
        }
        log = run("bash", ROOT / ".github/action/run.sh", cwd=tmp_path, env=env, code=code)
        lines = (tmp_path / "output").read_text(encoding="utf-8").splitlines()
        return log, dict(line.split("=", 1) for line in lines), (tmp_path / "summary").read_text(encoding="utf-8")

    return run_action


def test_the_action_judges_a_client(action):
    adapter = f"{shutil.which('node')} {ROOT}/examples/adapters/node/adapter.mjs"
    log, outputs, summary = action("leadmagic", client=adapter, args="--only error.* --only shape.*")
    assert outputs["outcome"] == "conformant" and "conformant" in summary
    assert json.loads(open(outputs["report"], encoding="utf-8").read())["outcome"] == "conformant"
    assert os.path.getsize(outputs["sarif"]) > 100
    assert "::add-matcher::" in log


def test_the_action_shows_findings(action):
    adapter = f"{shutil.which('node')} {ROOT}/examples/adapters/node/adapter.mjs {ROOT}/examples/providers/leadmagic.mjs"
    log, outputs, summary = action("leadmagic", code=1, client=adapter, args="--only error.*")
    assert outputs["outcome"] == "non_conformant"
    assert "::error" in log and "error.classes" in summary and "### " in summary


def test_the_action_shows_why_a_run_could_not_be_made(action):
    _, outputs, summary = action("no-such", code=2)
    assert outputs["outcome"] == "error" and "no-such" in summary


def test_the_problem_matcher_finds_mistakes_of_lint(program, tmp_path):
    folder = tmp_path / "acme"
    shutil.copytree(ROOT / "examples/contracts/acme", folder)
    document = folder / "openapi.yaml"
    document.write_text(document.read_text(encoding="utf-8").replace("type: integer", "type: integre"), encoding="utf-8")
    pattern = load(".github/action/problem-matcher.json")["problemMatcher"][0]["pattern"][0]
    lines = run(program, "lint", folder, code=2).splitlines()
    found = [match for line in lines if (match := re.match(pattern["regexp"], line))]
    assert found and all(match[pattern["file"]].endswith("openapi.yaml") for match in found)
    assert all(int(match[pattern["line"]]) > 1 for match in found)


def test_the_drift_job_asks_for_nothing_that_does_not_exist(program):
    text = (ROOT / "examples/ci/drift.yml").read_text(encoding="utf-8")
    known = run(program, "server", "--help")
    (command,) = re.findall(r"ringtrue server (.*?)\|\|", text, re.DOTALL)
    for option in re.findall(r"--[a-z-]+", command):
        assert option in known


def test_the_gitlab_template_judges(program, tmp_path, clean):
    """The script of the template, with the program in the place of the installed one."""
    script = load("templates/gitlab.yml")[".ringtrue-client"]["script"]
    folder = tmp_path / "bin"
    folder.mkdir()
    os.symlink(program, folder / "ringtrue")
    env = {
        **clean,
        "PATH": f"{folder}{os.pathsep}{clean['PATH']}",
        "RINGTRUE_CONTRACT": "leadmagic",
        "RINGTRUE_ARGS": "--only error.*",
        "RINGTRUE_ADAPTER": f"{shutil.which('node')} {ROOT}/examples/adapters/node/adapter.mjs",
    }
    run("sh", "-ec", "\n".join(script), cwd=tmp_path, env=env)
    assert (tmp_path / "ringtrue/junit.xml").is_file() and (tmp_path / "ringtrue/report.html").is_file()


def test_the_hook_lints_contracts(program, tmp_path, clean):
    (hook,) = load(".pre-commit-hooks.yaml")
    words = hook["entry"].split()
    assert words[0] == "ringtrue" and hook["language"] == "python"
    run(program, *words[1:], ROOT / "examples/contracts/acme", cwd=tmp_path, env=clean)


def test_the_shards_of_the_workflow_are_merged(program, tmp_path, clean):
    """The scripts of the workflow, with the server of the examples in the place of the user's."""
    jobs = load("examples/ci/shards.yml")["jobs"]
    (test,) = (step["run"] for step in jobs["shard"]["steps"] if step.get("name") == "Test")
    (merge,) = (step["run"] for step in jobs["merge"]["steps"] if step.get("name") == "Merge")
    folder = tmp_path / "bin"
    folder.mkdir()
    os.symlink(program, folder / "ringtrue")
    server = subprocess.Popen(
        [sys.executable, ROOT / "examples/server/server.py"], stdout=subprocess.PIPE, text=True, cwd=tmp_path
    )
    try:
        url = server.stdout.readline().strip()
        env = {
            **clean,
            "PATH": f"{folder}{os.pathsep}{clean['PATH']}",
            "RINGTRUE_SEED": "5",
            "RINGTRUE_ONLY": "auth.* shape.*",
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        }
        for shard in jobs["shard"]["strategy"]["matrix"]["shard"]:
            script = test.replace("http://127.0.0.1:8080", url)
            run("bash", "-ec", script, cwd=tmp_path, env={**env, "RINGTRUE_SHARD": shard})
        log = run("bash", "-ec", merge, cwd=tmp_path, env=env)
    finally:
        server.kill()
        server.wait()
    assert "::notice" in log and "merged from 3 shards" in log
    assert "merged from 3 shards" in (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert (tmp_path / "report.html").is_file() and (tmp_path / "junit.xml").is_file()
