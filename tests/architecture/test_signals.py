"""`docs/signals.md` tells the truth about the signals of the code."""

import importlib
import inspect
import re
from pathlib import Path

import pytest
from django.dispatch import Signal

ROOT = Path(__file__).resolve().parents[2]
APPS = [
    "accounts",
    "operations",
    "notifications",
    "mentoring",
    "training",
    "certifications",
    "achievements",
    "timeline",
]
ROW = re.compile(r"^\| `(?P<name>[\w.]+)` \| `(?P<sender>[\w.]+)` \| (?P<carries>[^|]+) \| (?P<heard>[^|]+) \|$", re.M)


def documented():
    text = (ROOT / "docs" / "signals.md").read_text(encoding="utf-8")
    return {row["name"]: row for row in ROW.finditer(text)}


def declared():
    found = {}
    for app in APPS:
        if (ROOT / app / "signals.py").exists():
            module = importlib.import_module(f"{app}.signals")
            found |= {
                f"{app}.signals.{name}": value for name, value in vars(module).items() if isinstance(value, Signal)
            }
    return found


def test_every_signal_is_in_the_table_and_nothing_else_is():
    assert sorted(documented()) == sorted(declared())


@pytest.mark.parametrize("name", sorted(documented()))
def test_the_named_module_sends_it_with_what_the_table_says(name):
    row = documented()[name]
    source = inspect.getsource(importlib.import_module(row["sender"]))
    sent = re.search(rf"\b{name.rsplit('.', 1)[1]}\.send\((?P<carried>[^)]*)\)", source)
    assert sent, f"{row['sender']} does not send {name}"
    carried = sorted(re.findall(r"(\w+)=", sent["carried"]))
    assert carried == sorted(re.findall(r"`(\w+)`", row["carries"]))


@pytest.mark.parametrize("name", sorted(documented()))
def test_who_hears_it_is_as_the_table_says(name):
    ours = {
        receiver().__module__
        for _key, receiver, *_rest in declared()[name].receivers
        if receiver() and receiver().__module__.split(".")[0] in APPS
    }
    said = set(re.findall(r"`([\w.]+)`", documented()[name]["heard"]))
    assert ours == said
