"""What the tests of notifications share: kinds, a moment, and a way to put rows in the queue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from accounts.models import Organization, User
from notifications import kinds, services
from notifications.channels import Channel
from notifications.dispatch import dispatch
from notifications.models import Notification
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory
from tests.notifications import kinds as ours

#: Noon in Oslo, far from quiet hours.
NOON = datetime(2026, 3, 11, 11, 0, tzinfo=UTC)


def run(*, at: datetime = NOON, channels: Iterable[Channel] = (), **kwargs: Any) -> Counter[str]:
    """One run of the dispatcher at the moment `at`; without `channels` with those of the settings."""
    doors = {channel.name: channel for channel in channels}
    return dispatch(clock=lambda: at, channels=doors or None, **kwargs)


@pytest.fixture(autouse=True)
def _registered_kinds() -> Iterator[None]:
    with kinds.temporarily(*ours.ALL):
        yield


@pytest.fixture
def tell(db) -> Callable[..., Notification]:
    """Puts a notification in the queue, to a new member of one organisation unless told otherwise."""
    occasions = count()
    organizations: list[Organization] = []

    def tell(kind: str = "greeting", *, to: User | None = None, at: datetime = NOON, **kwargs: object) -> Notification:
        organization = kwargs.pop("organization", None)
        if organization is None:
            organizations.append(organizations[0] if organizations else OrganizationFactory())
            organization = organizations[0]
        data = kwargs.pop("data", None)
        recipient = to or UserFactory(**kwargs)
        if not recipient.memberships.filter(organization=organization).exists():
            MembershipFactory(organization=organization, user=recipient)
        notification = services.notify(
            organization_id=organization.pk,
            recipient_id=recipient.pk,
            kind=kind,
            subject_id=recipient.pk,
            occasion=f"test-{next(occasions)}",
            at=at,
            data=data,
        )
        assert notification is not None
        return notification

    return tell
