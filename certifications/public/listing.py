"""The public list of an association's mentors: names and local associations, of those who are listed, and no more."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery
from redis.exceptions import RedisError

from accounts.enums import Module
from accounts.models import MentorAffiliation, MentorProfile, Organization
from accounts.ordering import norwegian
from certifications.models import CertificationSettings

logger = logging.getLogger(__name__)

#: Seconds a page is kept. It is asked for by its stamp, so nothing that is out of date is ever found.
KEPT = 3600

# Made of what the list shows, and not of when rows were changed: whatever changes the list changes this, whatever
# wrote it, and nothing else does.
_STAMP = """
SELECT count(*), coalesce(sum(hashtextextended(
    concat_ws(chr(31), mentor.id, person.first_name, person.last_name, association.name), 0)), 0)
FROM accounts_mentorprofile mentor
JOIN accounts_user person ON person.id = mentor.user_id AND person.is_active
LEFT JOIN accounts_mentoraffiliation affiliation ON affiliation.mentor_id = mentor.id AND affiliation.is_primary
LEFT JOIN accounts_localassociation association ON association.id = affiliation.local_association_id
WHERE mentor.organization_id = %s AND mentor.status = 'active' AND mentor.is_listed
"""


def publishing(slug: str) -> Organization | None:
    """The association with this slug, if it uses the module and publishes its mentors (as it does unless it says)."""
    silent = CertificationSettings.objects.filter(publishes_mentors=False).values("organization_id")
    rows = Organization.objects.with_module(Module.CERTIFICATION).exclude(pk__in=silent)
    found: Organization | None = rows.filter(slug=slug).first()
    return found


def listed_mentors(organization: Organization) -> QuerySet[MentorProfile]:
    """The mentors on the list in Norwegian order, each with `place`, their primary local association."""
    primary = MentorAffiliation.objects.filter(mentor=OuterRef("pk"), is_primary=True)
    rows: QuerySet[MentorProfile] = (
        MentorProfile.objects.listed()
        .filter(organization=organization, user__is_active=True)
        .select_related("user")
        .annotate(place=Subquery(primary.values("local_association__name")[:1]))
        .order_by(*norwegian("user__last_name", "user__first_name"), "id")
    )
    return rows


def stamp_of(organization: Organization) -> str:
    """What the list shows, as a short text that differs when the list does."""
    with connection.cursor() as cursor:
        cursor.execute(_STAMP, [organization.pk])
        count, content = cursor.fetchone()
    return hashlib.sha256(f"{organization.pk}:{count}:{content}".encode()).hexdigest()[:32]


def kept(key: str, make: Callable[[], Any]) -> Any:
    """What the cache has under `key`, else what `make` gives. Without the cache it is made each time."""
    key = f"public-mentors:{key}"
    try:
        if (found := cache.get(key)) is not None:
            return found
        made = make()
        cache.set(key, made, KEPT)
    except (RedisError, OSError):
        logger.warning("The list of mentors is not cached: Redis does not answer.")
        return make()
    return made
