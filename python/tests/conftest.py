import importlib.util
import os
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True, scope="session")
def program():
    """The program: chosen, installed, or built in this repository."""
    built = ROOT / "target" / "debug" / "ringtrue"
    if "RINGTRUE_BIN" not in os.environ and built.is_file():
        os.environ["RINGTRUE_BIN"] = str(built)


@pytest.fixture
def needs():
    """Skips a test whose package is missing; in continuous integration, the test fails."""

    def needs(*packages):
        missing = [name for name in packages if importlib.util.find_spec(name) is None]
        if missing and os.environ.get("CI"):
            pytest.fail(f"{', '.join(missing)} missing, and CI is set")
        if missing:
            pytest.skip(f"{', '.join(missing)} missing")

    return needs


@pytest.fixture
def project(pytester):
    """A project whose tests may import the subjects of this folder."""
    folder = Path(__file__).parent
    for name in ("apps.py", "clients.py"):
        pytester.path.joinpath(name).write_text((folder / name).read_text(encoding="utf-8"), encoding="utf-8")
    pytester.syspathinsert()
    return pytester
