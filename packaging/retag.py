"""Marks wheels with a static program as good for glibc and for musl: `python retag.py WHEEL...`. Needs the package wheel."""

import re
import subprocess
import sys
from pathlib import Path

for wheel in map(Path, sys.argv[1:]):
    machine = re.search(r"linux_(?:\d+_\d+_)?(\w+)\.whl$", wheel.name)
    if not machine:
        sys.exit(f"{wheel.name} is no wheel for Linux")
    tags = ".".join(f"{name}_{machine[1]}" for name in ("manylinux_2_17", "manylinux2014", "musllinux_1_1"))
    subprocess.run([sys.executable, "-m", "wheel", "tags", "--remove", f"--platform-tag={tags}", wheel], check=True)
