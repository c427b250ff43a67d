"""The npm packages, and the example project in TypeScript."""

import json
import os
import shutil
import tarfile

from conftest import ROOT, run, tool


def install(folder, home, npm, *packages):
    tarballs = [npm[name] for name in packages]
    run(tool("npm"), "install", "--no-audit", "--no-fund", "--silent", *tarballs, cwd=folder, env=home)


def test_the_program_runs_from_its_package(npm, home, tmp_path):
    (tmp_path / "package.json").write_text('{"private":true}', encoding="utf-8")
    install(tmp_path, home, npm, "platform", "ringtrue")
    npx = [tool("npx"), "--no-install", "ringtrue"]
    assert run(*npx, "--version", cwd=tmp_path, env=home).startswith("ringtrue ")
    run(*npx, "server", "leadmagic", "--only", "auth.*", cwd=tmp_path, env=home)
    # Exit codes arrive as they are.
    run(*npx, "server", "no-such", cwd=tmp_path, env=home, code=2)
    node = tool("node")
    assert os.path.isfile(run(node, "-p", "require('ringtrue').path()", cwd=tmp_path, env=home).strip())


def test_packages_are_complete(npm):
    def names(key):
        return {name.removeprefix("package/") for name in tarfile.open(npm[key]).getnames()}

    def manifest(key):
        return json.load(tarfile.open(npm[key]).extractfile("package/package.json"))

    assert {"lib/index.js", "lib/relay.js", "index.mjs", "index.d.ts", "index.d.mts", "LICENSE-MIT"} <= names("ringtrue-node")
    assert not any(name.startswith("test/") for name in names("ringtrue-node"))
    assert manifest("ringtrue-node").get("dependencies", {}) == {}
    meta, platform = manifest("ringtrue"), manifest("platform")
    assert meta["optionalDependencies"] == {platform["name"]: platform["version"]}
    assert platform["os"] and platform["cpu"]
    assert {"bin/ringtrue.js", "index.js", "LICENSE-APACHE"} <= names("ringtrue")


def test_a_missing_platform_is_explained(npm, home, tmp_path):
    tarfile.open(npm["ringtrue"]).extractall(tmp_path)
    said = run(tool("node"), tmp_path / "package/bin/ringtrue.js", "--version", cwd=tmp_path, env=home, code=2)
    assert "optional dependency" in said and "RINGTRUE_BIN" in said


def test_the_example_has_a_bug_that_its_tests_find(npm, home, tmp_path):
    project = tmp_path / "project"
    shutil.copytree(ROOT / "examples/typescript-client", project, ignore=shutil.ignore_patterns("node_modules"))
    install(project, home, npm, "platform", "ringtrue", "ringtrue-node")
    env = {**home, "NO_COLOR": "1"}
    run(tool("npm"), "run", "--silent", "types", cwd=project, env=env)
    found = run(tool("npm"), "test", "--silent", cwd=project, env=env, code=1)
    for check in ("error.classes", "error.not-a-balance", "balance.exhausted-reported"):
        assert f"leadmagic client: {check}" in found
    assert "cache.hit-zero  " not in found

    source = project / "src/credits.ts"
    fixed = source.read_text(encoding="utf-8").replace("if (response.status >= 500) throw", "if (!response.ok) throw")
    source.write_text(fixed, encoding="utf-8")
    run(tool("npm"), "run", "--silent", "types", cwd=project, env=env)
    assert "failed" not in run(tool("npm"), "test", "--silent", cwd=project, env=env)
