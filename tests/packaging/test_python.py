"""The wheels of PyPI, and the example project in Python."""

import re
import shutil
import tarfile
import zipfile

from conftest import PROFILE, ROOT, run, tool

#: What a wheel may weigh.
LIMIT = 15 << 20


def test_the_program_runs_from_its_wheel(environment, wheels):
    environment("pip", "install", "--quiet", "--no-index", "--find-links", wheels, "ringtrue")
    assert re.match(r"ringtrue \d+\.\d+\.\d+", environment("ringtrue", "--version"))
    environment("ringtrue", "server", "leadmagic", "--only", "auth.*")


def test_the_wheel_is_small_and_has_licences(wheels):
    (wheel,) = wheels.glob("ringtrue-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert any(name.endswith("scripts/ringtrue") or name.endswith("scripts/ringtrue.exe") for name in names), names
    assert any(name.endswith("LICENSE-MIT") for name in names), names
    if PROFILE == "release":
        assert wheel.stat().st_size < LIMIT


def test_the_plugin_is_typed_and_complete(wheels):
    (wheel,) = wheels.glob("pytest_ringtrue-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "pytest_ringtrue/py.typed" in names and "pytest_ringtrue/_relay.py" in names
    assert any(name.endswith("LICENSE-MIT") for name in names), names
    metadata = zipfile.ZipFile(wheel).read(next(name for name in names if name.endswith("METADATA"))).decode()
    required = re.findall(r"^Requires-Dist: ([\w-]+)(?!.*extra)", metadata, re.MULTILINE)
    assert required == ["pytest"]
    (archive,) = wheels.glob("pytest_ringtrue-*.tar.gz")
    assert any(name.endswith("tests/test_items.py") for name in tarfile.open(archive).getnames())


def test_types_are_complete():
    run(tool("mypy"), cwd=ROOT / "python")


def test_the_example_has_a_bug_that_its_tests_find(environment, wheels, tmp_path):
    project = tmp_path / "project"
    shutil.copytree(ROOT / "examples/python-server", project)
    environment("pip", "install", "--quiet", "--find-links", wheels, "-r", "requirements.txt", cwd=project)
    found = environment("pytest", "-q", cwd=project, code=1)
    failed = set(re.findall(r"^FAILED test_credits.py::test_credits\[(.+?)\]", found, re.MULTILINE))
    assert failed == {"auth.revoked-key", "auth.expired-key", "balance.any-order"}, found
    assert "“401 `INVALID_API_KEY` (wrong, revoked or inactive)" in found

    source = project / "credits.py"
    fixed = re.sub(r"^@lru_cache.*\n", "", source.read_text(encoding="utf-8"), flags=re.MULTILINE)
    source.write_text(fixed, encoding="utf-8")
    # Without a failure the code is 0, which `environment` asserts.
    assert re.search(r"[1-9]\d passed", environment("pytest", "-q", cwd=project))
