"""Builds the packages, and installs them into clean environments. Nothing is published."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: The profile of the program in the wheel. `dev` reuses what `cargo test` has built.
PROFILE = os.environ.get("RINGTRUE_PACKAGING_PROFILE", "dev")
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))


def tool(name):
    """The path of a program of this environment or of the machine. Its absence skips the test, and fails it under CI."""
    beside = Path(sysconfig.get_path("scripts"), name)
    found = str(beside) if beside.is_file() else shutil.which(name)
    if found is None and os.environ.get("CI"):
        pytest.fail(f"{name} is missing, and CI is set")
    if found is None:
        pytest.skip(f"{name} is missing")
    return found


def run(*command, cwd=ROOT, env=None, code=0):
    """Runs a command and returns its output, after comparing its exit code."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == code, f"{command} ended with {done.returncode}:\n{done.stdout[-8000:]}"
    return done.stdout


@pytest.fixture(scope="session")
def clean():
    """The environment of a fresh user: no settings, no program of this repository."""
    kept = ("PATH", "TMPDIR", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "SYSTEMROOT")
    env = {name: value for name, value in os.environ.items() if name.upper() in kept or name.startswith(("PIP_", "npm_", "NPM_"))}
    # Registries are reached as this machine is set up to reach them.
    for name in ("PYENV_ROOT", "PIP_CONFIG_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE"):
        if name in os.environ:
            env[name] = os.environ[name]
    return env


@pytest.fixture(scope="session")
def home(tmp_path_factory, clean):
    """An empty home directory, as an environment."""
    folder = tmp_path_factory.mktemp("home")
    return {**clean, "HOME": str(folder), "USERPROFILE": str(folder)}


@pytest.fixture(scope="session")
def program():
    """The program, built in this repository."""
    arguments = [] if PROFILE == "dev" else ["--profile", PROFILE]
    run(tool("cargo"), "build", "--quiet", "-p", "ringtrue-cli", *arguments)
    name = "ringtrue.exe" if sys.platform == "win32" else "ringtrue"
    return TARGET / ("debug" if PROFILE == "dev" else PROFILE) / name


@pytest.fixture(scope="session")
def wheels(tmp_path_factory):
    """A folder with the wheel of the program and that of the plugin."""
    out = tmp_path_factory.mktemp("wheels")
    profile = ["--profile", PROFILE]
    run(tool("maturin"), "build", "--quiet", *profile, "--compatibility", "linux", "--out", out, cwd=ROOT / "packaging/pypi")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, ROOT / "python")
    return out


@pytest.fixture(scope="session")
def npm(tmp_path_factory, program):
    """The tarballs of the npm packages, by their names."""
    out = tmp_path_factory.mktemp("npm")
    target = next(line.split()[1] for line in run(tool("rustc"), "-vV").splitlines() if line.startswith("host:"))
    folders = run(tool("node"), "packaging/npm/build.mjs", out / "packages", f"{target}={program}").split()
    tarballs = {}
    for folder in [*folders, ROOT / "node"]:
        name = run(tool("npm"), "pack", "--silent", "--pack-destination", out, cwd=folder).split()[-1]
        key = name.rsplit("-", 1)[0]
        tarballs["platform" if key not in ("ringtrue", "ringtrue-node") else key] = out / name
    return tarballs


@pytest.fixture
def environment(tmp_path, home):
    """A clean Python environment: a function that runs its programs."""
    folder = tmp_path / "venv"
    venv.create(folder, with_pip=True)
    scripts = folder / ("Scripts" if sys.platform == "win32" else "bin")

    def execute(name, *arguments, **more):
        env = {**home, "PATH": f"{scripts}{os.pathsep}{home['PATH']}"}
        return run(scripts / name, *arguments, env=env, **{"cwd": tmp_path, **more})

    return execute
