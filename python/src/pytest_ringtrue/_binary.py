"""Finds and runs the program."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

#: How long an interrupted run may take to restore the states that it set.
_TEARDOWN_SECONDS = 15


class BinaryNotFound(RuntimeError):
    """The program `ringtrue` is not installed."""


class RunError(RuntimeError):
    """The run could not be made: wrong options, a broken contract, or a subject that does not answer."""


def find() -> str:
    """Returns the path of the program: `RINGTRUE_BIN`, else the one of this Python environment, else the one in `PATH`."""
    chosen = os.environ.get("RINGTRUE_BIN")
    if chosen:
        if not Path(chosen).is_file():
            raise BinaryNotFound(f"RINGTRUE_BIN is {chosen}, and there is no such file")
        return chosen
    name = "ringtrue.exe" if sys.platform == "win32" else "ringtrue"
    for folder in (sysconfig.get_path("scripts"), str(Path(sys.executable).parent)):
        if folder and (bundled := Path(folder, name)).is_file():
            return str(bundled)
    found = shutil.which("ringtrue")
    if found is None:
        raise BinaryNotFound("the program `ringtrue` is not installed: `pip install ringtrue`, or set RINGTRUE_BIN to its path")
    return found


@lru_cache(maxsize=4)
def version(binary: str) -> str:
    """Returns what the program prints for `--version`."""
    return _output([binary, "--version"]).strip()


@lru_cache(maxsize=4)
def checks(binary: str) -> tuple[dict[str, Any], ...]:
    """Returns all checks that the program knows."""
    return tuple(json.loads(_output([binary, "list", "checks", "--json"])))


def _output(command: Sequence[str]) -> str:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise RunError(f"`{' '.join(command)}` ended with code {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def judge(options: Sequence[str], *, command: Sequence[str], secrets: Mapping[str, str], folder: Path) -> dict[str, Any]:
    """Makes a run and returns its report. `command` follows `--`; `secrets` reach the program through its environment."""
    with tempfile.TemporaryDirectory(prefix="ringtrue-") as scratch:
        report = Path(scratch, "report.json")
        line = [find(), *options, "--report", f"json={report}", "--color", "never"]
        if command:
            line += ["--", *command]
        environment = {**os.environ, **secrets}
        process = subprocess.Popen(
            line,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        try:
            printed, _ = process.communicate()
        except BaseException:
            # The program was interrupted as well. It restores the states that it set, and then ends.
            try:
                process.communicate(timeout=_TEARDOWN_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            raise
        if process.returncode not in (0, 1, 3) or not report.is_file():
            raise RunError(f"the run could not be made (code {process.returncode})\n{printed.strip()}")
        result: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
        return result
