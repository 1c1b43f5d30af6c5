"""A real browser in front of the desk. Without Chromium these tests are left out; nothing else leaves them out.

A click returns before the next page is there. So whatever leaves a page stands in `with page.expect_navigation():`,
which waits for the next page with its pictures and styles; what the server wrote is then there to be read, in the page
and in the database. What a page changes by itself is asserted by `expect`, which looks again until it is so.
"""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.utils import timezone
from playwright.sync_api import expect, sync_playwright

from accounts.enums import Level, MentorStatus, PausedBy, PauseReason, Role
from accounts.models import MentorProfile
from mentoring.enums import FollowUpKind, Source
from mentoring.models import ActivityType, Assignment
from mentoring.services import record_activity, remind_by_hand, snooze
from tests.factories import (
    CareAreaFactory,
    ContactFactory,
    LocalAssociationFactory,
    MembershipFactory,
    MentorProfileFactory,
    OrganizationFactory,
    UserFactory,
)

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

#: Longer than anything takes on a busy machine: who waits in vain waits this long.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)

#: Mentor, contact, days since the last contact.
PAIRS = [
    ("Kari Nordmann", "Olav", 34),
    ("Ingrid Solberg", "Astrid", 23),
    ("Anders Lie", "Bjørg", 16),
    ("Sofie Hagen", "Torstein", 12),
    ("Henrik Moen", "Randi", 11),
    ("Silje Dahl", "Gunnar", 4),
    ("Magnus Bakke", "Solveig", 1),
]


@pytest.hookimpl(tryfirst=True)  # before tests are chosen by their marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "e2e" in item.path.parts:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.flaky(reruns=2))  # a browser may stumble; the summary says when it did
            if not CHROMIUM.exists():
                item.add_marker(pytest.mark.skip(reason=f"There is no browser at {CHROMIUM}."))


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    # The browser's driver has an event loop in this thread, where Django would refuse to reach its database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def page(chromium, live_server, settings) -> Iterator:
    """A page of a new browser profile; whatever it complains about in its console fails the test."""
    settings.REQUIRE_STAFF_MFA = False
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 900}, locale="nb-NO")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    complaints: list[str] = []
    page.on(
        "console", lambda message: _is_ours(message) and complaints.append(f"{message.text} {message.location['url']}")
    )
    yield page
    context.close()
    assert complaints == []


def _is_ours(message) -> bool:
    """An error of the page. What axe, which is injected and has no address, stumbles over is not the page's."""
    return message.type == "error" and bool(message.location["url"])


@pytest.fixture
def town(page) -> SimpleNamespace:
    """A local association with mentors whose contacts wait, each for a while longer."""
    at = timezone.now()
    if not ActivityType.objects.exists():
        ActivityType.objects.create(slug="hjemmebesok", name="Hjemmebesøk")
    kind = ActivityType.objects.filter(counts_as_contact=True, organization=None).order_by("slug").first()
    organization = OrganizationFactory(name="Landsforeningen", slug="landsforeningen")
    place = LocalAssociationFactory(organization=organization, name="Bergen lokallag", level=Level.LOCAL)
    coordinator = UserFactory(email="koordinator@example.org", first_name="Marit", last_name="Vik")
    membership = MembershipFactory(organization=organization, user=coordinator, role=Role.COORDINATOR)
    CareAreaFactory(membership=membership, local_association=place)
    pairs = [_pair(organization, place, coordinator, kind, at, *facts) for facts in PAIRS]
    remind_by_hand(assignment=pairs[1], kind=FollowUpKind.REMINDER, by=coordinator, at=at - timedelta(days=3))
    until = timezone.localdate() + timedelta(days=9)
    snooze(assignment=pairs[4], until=until, reason="På ferie", by=coordinator, at=at)
    MentorProfile.objects.filter(pk=pairs[2].mentor_id).update(
        status=MentorStatus.PAUSED,
        paused_by=PausedBy.SELF,
        pause_reason=PauseReason.LEAVE,
        paused_at=at,
        is_listed=False,
    )
    twin = pairs[5].activities.get()
    record_activity(
        mentor_id=twin.mentor_id,
        assignment_id=twin.assignment_id,
        type_id=kind.pk,
        occurred_at=twin.occurred_at,
        on_duplicate="flag",
        source=Source.IMPORT,
        by=None,
        at=at,
    )
    return SimpleNamespace(organization=organization, place=place, coordinator=coordinator, pairs=pairs)


def _pair(organization, place, coordinator, kind, at, name: str, contact: str, days: int) -> Assignment:
    first, last = name.split()
    mentor = MentorProfileFactory(
        organization=organization, local_association=place, user__first_name=first, user__last_name=last
    )
    assignment = Assignment.objects.create(
        organization=organization,
        mentor=mentor,
        contact=ContactFactory(organization=organization, local_association=place, first_name=contact, last_name=""),
        coordinator=coordinator,
        local_association=place,
        start_date=timezone.localdate() - timedelta(days=120),
        sequence=1,
    )
    record_activity(
        mentor_id=mentor.pk,
        assignment_id=assignment.pk,
        type_id=kind.pk,
        occurred_at=at - timedelta(days=days),
        minutes=45,
        source=Source.SELF,
        by=mentor.user,
        at=at,
    )
    return assignment
