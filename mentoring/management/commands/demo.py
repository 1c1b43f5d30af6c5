"""`demo`: fill an empty database with an association that is alive, and say how to sign in."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import Organization
from mentoring.demo import LOG_INS, NAME, PASSWORD, SLUG, build_demo


class Command(BaseCommand):
    help = "Fill an empty database with a demo; does nothing when there is an organisation. --show tells the log-ins."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--show", action="store_true", help="only tell how to sign in to the demo that is there")

    def handle(self, *, show: bool, **options: Any) -> None:
        if not show:
            self._fill()
        elif Organization.objects.filter(slug=SLUG, is_test=True).exists():
            self._tell()

    def _fill(self) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo's password is known to everybody: it is not made on a real server.")
        if Organization.objects.exists():
            self.stdout.write("There is an organisation already; nothing was done.")
            return
        build_demo(at=timezone.now())
        self._tell()

    def _tell(self) -> None:
        self.stdout.write(f"The demo, {NAME}. Everybody's password: {PASSWORD}")
        width = max(len(log_in.email) for log_in in LOG_INS)
        for log_in in LOG_INS:
            self.stdout.write(f"  {log_in.email:<{width}}  {log_in.what}")
