"""`manage.py check_invariants`: whether what must always be true is true."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from operations import duties


class Command(BaseCommand):
    help = "Checks in SQL that what is stored agrees with what it follows from. Exits with 1 when something is broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one line of JSON for each invariant")

    def handle(self, *args: Any, **options: Any) -> None:
        found = duties.check(at=timezone.now())
        for one in found:
            if options["json"]:
                self.stdout.write(json.dumps(one.as_dict()))
            else:
                ids = f" {', '.join(one.sample)}" if one.sample else ""
                mark = "ok    " if one.holds else "BROKEN"
                self.stdout.write(f"{mark} {one.count:>7}  {one.invariant.name}: {one.invariant.sentence}{ids}")
        broken = sum(not one.holds for one in found)
        if not options["json"]:
            self.stdout.write(f"{len(found)} invariants checked, {broken} broken.")
        if broken:
            raise SystemExit(1)
