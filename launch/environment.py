"""The Python environment: `.venv`, installed from the hashed lock file, by uv if it is there, else by pip."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"


class EnvironmentFailed(Exception):
    """The environment cannot be made here; the text says what would help."""


def ready_python(root: Path = ROOT) -> str:
    """The path of the environment's Python; makes the environment, or brings it up to the lock, when needed."""
    environment = root / ".venv"
    python = environment / "bin" / "python"
    stamp = environment / "installed-lock"
    lock = root / "requirements.lock"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if _is_stamped(stamp, wanted) and python.exists():
        return str(python)
    (root / ".varde").mkdir(mode=0o700, exist_ok=True)
    with (root / ".varde" / "environment.lock").open("w") as making:
        fcntl.flock(making, fcntl.LOCK_EX)  # two commands at once: the second finds the work done
        if not (_is_stamped(stamp, wanted) and python.exists()):
            stamp.unlink(missing_ok=True)
            _make(environment, python, lock)
            stamp.write_text(wanted)
    return str(python)


def _is_stamped(stamp: Path, wanted: str) -> bool:
    return stamp.exists() and stamp.read_text() == wanted


def _make(environment: Path, python: Path, lock: Path) -> None:
    uv = working_uv()
    usable = _works(python) and (uv or _has_pip(python))
    if not usable:
        shutil.rmtree(environment, ignore_errors=True)
    print("Installing what requirements.lock names into .venv (once) ...", file=sys.stderr, flush=True)
    if uv:
        if not usable:
            _run([uv, "venv", "--quiet", "--python", sys.executable, str(environment)])
        # Compiled once, as pip does by itself: else each of the processes compiles what it imports when it starts, and
        # does so each time where Python may not write beside its modules.
        install = [uv, "pip", "sync", "--quiet", "--python", str(python), "--compile-bytecode"]
        _run([*install, "--require-hashes", "--no-build", str(lock)])
    else:
        if not usable:
            _check_venv_module()
            _run([sys.executable, "-m", "venv", str(environment)])
        install = [str(python), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
        _run([*install, "--no-deps", "--only-binary", ":all:", "--require-hashes", "-r", str(lock)])


def working_uv() -> str | None:
    """The path of uv. A shim that only says that some other version has it does not count."""
    found = shutil.which("uv")
    if found and subprocess.run([found, "--version"], capture_output=True).returncode == 0:
        return found
    return None


def _works(python: Path) -> bool:
    """Whether the environment's Python runs (the one it was made from may be gone) and is new enough."""
    question = "import sys; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([str(python), "-c", question], capture_output=True).returncode == 0
    except OSError:
        return False


def _has_pip(python: Path) -> bool:
    return subprocess.run([str(python), "-m", "pip", "--version"], capture_output=True).returncode == 0


def _check_venv_module() -> None:
    # Debian takes both out of its plain python3 package.
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        return
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    raise EnvironmentFailed(
        "Neither uv nor Python's venv module is here, one of them is needed to make .venv.\n"
        f"On Debian and Ubuntu: apt install python{version}-venv (or python3-venv). Or install uv."
    )


def _run(argv: list[str]) -> None:
    environ = os.environ | {"UV_PYTHON_DOWNLOADS": "never", "PIP_REQUIRE_VIRTUALENV": "0"}
    done = subprocess.run(argv, env=environ)
    if done.returncode != 0:
        tool = " ".join(argv[:3])
        raise EnvironmentFailed(
            f"Making .venv failed ({tool} ... ended with {done.returncode}); its message is above.\n"
            "Every package must come as a wheel for this machine (Linux with glibc or macOS, x86-64 or ARM64)."
        )
