"""The set-based recording of a history is held against recording each activity on its own."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.base.refusals import Refusal
from mentoring import services
from mentoring.enums import AssignmentStatus, Source
from mentoring.models import Activity, ActivityType, Assignment
from mentoring.services.activities import Draft
from mentoring.services.history import Past, record_history
from tests.factories import AssignmentFactory, ContactFactory, MentorProfileFactory

pytestmark = pytest.mark.django_db

FACTS = ("local_date", "type_id", "minutes", "reached", "duplicate", "event", "contact_id", "client_id")

rows = st.lists(
    st.fixed_dictionaries(
        {
            "hours": st.integers(-2, 60),  # from two hours ahead to some days back
            "type": st.sampled_from(["home_visit", "phone_call", "group_meeting", "unknown"]),
            "contact": st.sampled_from([None, 0, 1, 2, "foreign"]),
            "reached": st.booleans(),
            "minutes": st.sampled_from([0, 30, 1441]),
            "client": st.integers(0, 6),
        }
    ),
    max_size=12,
)


@given(rows=rows)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_history_recorded_at_once_is_the_same_as_recorded_one_by_one(rows, organization, foreign, now):
    outcomes = []
    for record in (one_by_one, at_once):
        mentor = MentorProfileFactory(organization=organization)
        local = mentor.local_associations.get()
        pairs = [AssignmentFactory(organization=organization, mentor=mentor, local=local) for _ in range(2)]
        Assignment.objects.filter(pk=pairs[1].pk).update(status=AssignmentStatus.COMPLETED, completed_at=now)
        unpaired = ContactFactory(organization=organization, local_association=local)
        contacts = [pairs[0].contact, pairs[1].contact, unpaired]
        past = [as_past(row, contacts, foreign, now) for row in rows]
        results = [str(getattr(result, "code", "made")) for result in record(mentor, past, now)]
        names = {contact.pk: place for place, contact in enumerate(contacts)}
        stored = [
            [names.get(value, value) if name == "contact_id" else value for name, value in each.items()]
            for each in Activity.objects.filter(mentor=mentor).order_by("client_id").values(*FACTS)
        ]
        dates = [pair.last_contact_date for pair in Assignment.objects.filter(mentor=mentor).order_by("sequence")]
        assigned = Activity.objects.filter(mentor=mentor, assignment=None).count()
        outcomes.append((results, stored, dates, assigned))
    assert outcomes[0] == outcomes[1]


def as_past(row, contacts, foreign, now) -> Past:
    contact = row["contact"]
    if contact is not None:
        contact = foreign.contact.pk if contact == "foreign" else contacts[contact].pk
    type_ = ActivityType.objects.filter(slug=row["type"]).first()
    draft = Draft(
        type_id=type_.pk if type_ else uuid4(),
        occurred_at=now - timedelta(hours=row["hours"]),
        minutes=row["minutes"],
        reached=row["reached"],
        contact_id=contact,
    )
    return Past(draft, UUID(int=row["client"]))


def at_once(mentor, past, now):
    return record_history(mentor_id=mentor.pk, past=past, by=None, at=now)


def one_by_one(mentor, past, now):
    for each in past:
        facts = {name: getattr(each.draft, name) for name in Draft.__dataclass_fields__}
        try:
            yield services.record_activity(
                mentor_id=mentor.pk,
                by=None,
                at=now,
                source=Source.IMPORT,
                client_id=each.client_id,
                on_duplicate="flag",
                **facts,
            )
        except Refusal as refusal:
            yield refusal
