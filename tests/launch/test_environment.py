"""run.py and the environment it makes: clear words where something is missing."""

import ast
import os
import subprocess
import sys

import pytest

from launch.__main__ import is_production, read_env_file, surroundings
from launch.embedded import ROOT, development_secret
from launch.environment import LOCK


def run_with(program):
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)


def test_an_old_python_can_read_run_py_and_is_told_what_to_do():
    ast.parse((ROOT / "run.py").read_text(), feature_version=(3, 4))
    done = run_with(
        "import runpy, sys; sys.version_info = (3, 10, 4, 'final', 0); runpy.run_path('run.py', run_name='__main__')"
    )
    assert done.returncode == 1
    assert "needs Python 3.11 or later, but this is 3.10" in done.stderr


def test_run_py_and_the_environment_code_need_nothing_but_the_standard_library():
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.append({str(ROOT)!r}); import launch.environment"],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_without_uv_and_venv_the_message_names_both(place):
    (place / "requirements.lock").write_text("")
    done = run_with(
        "import os, sys; os.environ['PATH'] = ''; sys.modules['ensurepip'] = None\n"
        "from pathlib import Path; from launch.environment import ready_python\n"
        f"ready_python(Path({str(place)!r}))"
    )
    assert "Neither uv nor Python's venv module is here" in done.stderr


def test_the_lock_has_hashes_and_names_no_host():
    text = LOCK.read_text()
    packages = [line for line in text.splitlines() if "==" in line and not line.startswith((" ", "#"))]
    assert len(packages) > 50
    assert all(line.endswith("\\") for line in packages), "a package without a hash"
    assert "://" not in text


def test_an_env_file_is_read_with_comments_quotes_and_export(place):
    (place / ".env").write_text("# a comment=1\n\nA=1\nexport B='two words'\nC=\"x=y\"\nD=\n E = 5 \n")
    assert read_env_file(place / ".env") == {"A": "1", "B": "two words", "C": "x=y", "D": "", "E": "5"}
    assert read_env_file(place / "missing") == {}


def test_the_development_secret_is_private_and_stays(place):
    first = development_secret(place)
    assert len(first) > 50
    assert development_secret(place) == first
    assert (place / "secret_key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("said", "expected"), [("1", True), ("True", True), ("on", True), ("", False), ("0", False)])
def test_production_is_read_like_the_settings_read_it(said, expected):
    assert is_production({"PRODUCTION": said}) is expected


def test_a_secret_is_never_made_up_in_production():
    done = subprocess.run(
        [sys.executable, "-m", "launch", "manage", "check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={
            "PATH": os.environ["PATH"],
            "PRODUCTION": "1",
            "DATABASE_URL": os.environ["DATABASE_URL"],
            "REDIS_URL": os.environ["REDIS_URL"],
        },
    )
    assert done.returncode != 0
    assert "SECRET_KEY" in done.stderr


def test_what_is_set_wins_over_the_env_file():
    assert surroundings()["DATABASE_URL"] == os.environ["DATABASE_URL"]


def test_an_unknown_command_shows_what_there_is():
    done = subprocess.run([sys.executable, "-m", "launch", "fly"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert "There is no command 'fly'" in done.stderr
    assert "up [--empty]" in done.stderr
