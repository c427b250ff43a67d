"""The tutorials, word by word, by a fresh user with an empty home directory.

`Save this as NAME` writes the next block to a file, `In NAME, replace A by B` changes one, blocks marked `sh` are typed into one
shell, and each line of a block marked `text` must be in what the shell printed last; `…` stands for anything.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT, TARGET, run, tool
from registry import serve

TUTORIALS = sorted(ROOT.glob("docs/tutorials/*.md"))
SAVE = re.compile(r"Save this as `([^`]+)`")
REPLACE = re.compile(r"^In `([^`]+)`, replace `(.+?)` by `(.+)`\.$", re.MULTILINE)
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def steps(text):
    """What the reader does, in order: (kind, ...)."""
    at, name = 0, None
    for fence in FENCE.finditer(text):
        prose, at = text[at : fence.start()], fence.end()
        for file, old, new in REPLACE.findall(prose):
            yield "replace", file, old.replace("\\n", "\n"), new.replace("\\n", "\n")
        saved = SAVE.findall(prose)
        name = saved[-1] if saved else None
        language, body = fence.groups()
        if name:
            yield "save", name, body
        elif language == "sh":
            yield "sh", body
        elif language == "text":
            yield "text", body


class Shell:
    """One shell, in which a reader types."""

    def __init__(self, folder, env):
        self.folder = Path(folder)
        self.process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )

    def type(self, commands):
        """Returns what was printed, and the exit code."""
        # Commands in the background must not hold the pipe of the shell's input.
        self.process.stdin.write(f"{commands}\nprintf '\\n<<<%d %s>>>\\n' $? \"$PWD\"\n")
        self.process.stdin.flush()
        printed = ""
        for line in self.process.stdout:
            end = re.fullmatch(r"<<<(\d+) (.*)>>>\n", line)
            if end:
                self.folder = Path(end[2])
                return printed, int(end[1])
            printed += line
        pytest.fail(f"the shell has ended:\n{printed}")

    def close(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def fresh(tmp_path, home, wheels, npm, request):
    """The environment of a fresh user, in which the packages are published."""
    upstream = run(tool("npm"), "config", "get", "registry").strip()
    with serve(npm.values(), upstream) as registry:
        env = {**home, "HOME": str(tmp_path / "home"), "NO_COLOR": "1", "PIP_FIND_LINKS": str(wheels), "npm_config_registry": registry}
        (tmp_path / "home").mkdir()
        cargo = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo"))
        env |= {"CARGO_HOME": str(cargo), "RUSTUP_HOME": os.environ.get("RUSTUP_HOME", str(Path.home() / ".rustup"))}
        # Dependencies are those of this repository, so that most of them have been compiled.
        env |= {"CARGO_TARGET_DIR": str(TARGET), "CARGO_PROFILE_DEV_DEBUG": "false"}
        patch = tmp_path / ".cargo"
        patch.mkdir()
        crates = {"ringtrue": ROOT, "jsonschema-proptest": ROOT / "crates/jsonschema-proptest"}
        lines = "".join(f"{name}.path = '{path}'\n" for name, path in crates.items())
        (patch / "config.toml").write_text(f"[patch.crates-io]\n{lines}", encoding="utf-8")
        yield tmp_path, env


@pytest.mark.parametrize("tutorial", TUTORIALS, ids=lambda path: path.stem)
def test_a_fresh_user_follows_it_word_by_word(tutorial, fresh):
    folder, env = fresh
    text = tutorial.read_text(encoding="utf-8")
    if "cargo" in text:
        tool("cargo")
    with socket.create_server(("127.0.0.1", 0)) as free:
        text = text.replace("127.0.0.1:8087", f"127.0.0.1:{free.getsockname()[1]}")
    shell = Shell(folder, env)
    try:
        follow(shell, list(steps(text)))
    finally:
        shell.close()


def follow(shell, todo):
    printed = ""
    for n, (kind, *what) in enumerate(todo):
        if kind == "save":
            path = shell.folder / what[0]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(what[1], encoding="utf-8")
        elif kind == "replace":
            path = shell.folder / what[0]
            source = path.read_text(encoding="utf-8")
            assert what[1] in source, f"{what[0]} does not have {what[1]!r}"
            path.write_text(source.replace(what[1], what[2], 1), encoding="utf-8")
        elif kind == "sh":
            printed, code = shell.type(what[0])
            following = todo[n + 1][1] if n + 1 < len(todo) and todo[n + 1][0] == "text" else ""
            fails = "fail" in following.lower()
            assert (code != 0) == fails, f"{what[0]}ended with {code}:\n{printed}"
        else:
            for line in filter(None, map(str.strip, what[0].splitlines())):
                pattern = ".*".join(re.escape(part) for part in line.split("…"))
                assert re.search(pattern, printed), f"no line like {line!r} in:\n{printed}"


def test_every_block_of_a_tutorial_is_followed():
    assert len(TUTORIALS) == 4
    for tutorial in TUTORIALS:
        kinds = [kind for kind, *_ in steps(tutorial.read_text(encoding="utf-8"))]
        assert kinds.count("sh") >= 2 and "save" in kinds and "text" in kinds, tutorial


def test_workflows_in_the_documentation_are_linted(tmp_path):
    text = (ROOT / "docs/tutorials/provider-badge.md").read_text(encoding="utf-8")
    (workflow,) = (step[2] for step in steps(text) if step[0] == "save" and "workflows" in step[1])
    path = tmp_path / "ringtrue.yml"
    path.write_text(workflow, encoding="utf-8")
    run(tool("actionlint"), f"-shellcheck={shutil.which('shellcheck') or ''}", path)
