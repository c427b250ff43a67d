"""Compares the versions of all packages: `python packaging/versions.py [VERSION]`."""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def of_toml(path: str) -> str:
    found = re.search(r'^version = "(.+)"$', (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else "none"


versions = {path: of_toml(path) for path in ("Cargo.toml", "crates/ringtrue-cli/Cargo.toml", "python/pyproject.toml")}
versions["node/package.json"] = json.loads((ROOT / "node/package.json").read_text(encoding="utf-8"))["version"]
source = (ROOT / "python/src/pytest_ringtrue/__init__.py").read_text(encoding="utf-8")
versions["pytest_ringtrue.__version__"] = re.search(r'__version__ = "(.+)"', source)[1]
wanted = sys.argv[1] if len(sys.argv) > 1 else versions["Cargo.toml"]
wrong = {name: version for name, version in versions.items() if version != wanted}
if wrong:
    sys.exit("\n".join(f"{name} has version {version}, not {wanted}" for name, version in wrong.items()))
print(f"all packages have version {wanted}")
