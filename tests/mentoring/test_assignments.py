"""The verbs of assignments."""

import itertools
from datetime import timedelta

import pytest

from accounts.base.refusals import Refusal
from accounts.enums import MentorStatus, PausedBy, PauseReason
from accounts.models import ChangeEntry, MentorProfile
from mentoring import services, signals
from mentoring.enums import OPEN, TRANSITIONS, AssignmentStatus
from mentoring.models import Assignment
from tests.factories import AssignmentFactory, ContactFactory, MentorProfileFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def contact(organization, local_association):
    return ContactFactory(organization=organization, local_association=local_association)


@pytest.fixture
def assignment(mentor, contact, coordinator, now):
    return services.open_assignment(
        mentor=mentor, contact=contact, coordinator=coordinator, start_date=now.date(), by=coordinator, at=now
    )


@pytest.fixture
def other_mentor(organization, local_association):
    return MentorProfileFactory(organization=organization, local_association=local_association)


def refused(code):
    return pytest.raises(Refusal, check=lambda refusal: refusal.code == code)


def pause(mentor, now):
    MentorProfile.objects.filter(pk=mentor.pk).update(
        status=MentorStatus.PAUSED,
        paused_by=PausedBy.SELF,
        pause_reason=PauseReason.LEAVE,
        paused_at=now,
        is_listed=False,
    )


def test_a_mentors_assignments_are_numbered_from_one(mentor, organization, local_association, coordinator, now):
    numbers = [
        services.open_assignment(
            mentor=mentor,
            contact=ContactFactory(organization=organization, local_association=local_association),
            coordinator=coordinator,
            start_date=now.date(),
            by=coordinator,
            at=now,
        ).sequence
        for _ in range(3)
    ]
    assert numbers == [1, 2, 3]


def test_the_local_association_is_the_contacts(assignment, contact):
    assert assignment.local_association_id == contact.local_association_id


@pytest.mark.parametrize("status", [MentorStatus.PAUSED, MentorStatus.RESIGNED])
def test_a_mentor_who_is_not_active_is_given_nobody(mentor, contact, coordinator, now, status):
    pause(mentor, now)
    if status == MentorStatus.RESIGNED:
        MentorProfile.objects.update(status=status, paused_by="", pause_reason="", paused_at=None)
    with refused("mentor_not_active"):
        services.open_assignment(
            mentor=mentor, contact=contact, coordinator=coordinator, start_date=now.date(), by=coordinator, at=now
        )


def test_the_same_two_are_paired_once(assignment, mentor, contact, coordinator, now):
    with refused("already_paired"):
        services.open_assignment(
            mentor=mentor, contact=contact, coordinator=coordinator, start_date=now.date(), by=coordinator, at=now
        )
    services.change_status(assignment=assignment, status=AssignmentStatus.COMPLETED, by=coordinator, at=now)
    again = services.open_assignment(
        mentor=mentor, contact=contact, coordinator=coordinator, start_date=now.date(), by=coordinator, at=now
    )
    assert again.sequence == 2


def test_a_coordinator_of_another_association_cannot_look_after_it(mentor, contact, neighbour, now):
    with refused("coordinator_not_found"):
        services.open_assignment(
            mentor=mentor, contact=contact, coordinator=neighbour, start_date=now.date(), by=None, at=now
        )


def test_another_organisations_contact_is_not_paired(mentor, coordinator, now):
    foreign = ContactFactory()
    with pytest.raises(Refusal):
        services.open_assignment(
            mentor=mentor, contact=foreign, coordinator=coordinator, start_date=now.date(), by=None, at=now
        )
    assert Assignment.objects.count() == 0


@pytest.mark.parametrize(("before", "after"), list(itertools.product(AssignmentStatus, repeat=2)))
def test_every_move_is_as_the_table_says(assignment, coordinator, now, before, after):
    ended = None if before in OPEN else now
    Assignment.objects.filter(pk=assignment.pk).update(status=before, completed_at=ended)
    act = {"assignment": assignment, "status": after, "by": coordinator, "at": now}
    if after in TRANSITIONS[before] or after == before:
        assert services.change_status(**act).status == after
    else:
        with refused("invalid_transition"):
            services.change_status(**act)
    assignment.refresh_from_db()
    assert (assignment.completed_at is None) == (assignment.status in OPEN)


def test_a_handover_keeps_the_contact_date_and_logs_before_and_after(
    assignment, mentor, other_mentor, coordinator, now
):
    services.report_contact(assignment=assignment, contact_at=now - timedelta(days=3), by=coordinator, at=now)
    services.hand_over(assignment=assignment, mentor=other_mentor, by=coordinator, at=now, reason="moved away")
    assignment.refresh_from_db()
    assert (assignment.mentor_id, assignment.last_contact_date) == (other_mentor.pk, now - timedelta(days=3))
    entry = ChangeEntry.objects.of(assignment).filter(action="changed").get()
    assert (entry.before["mentor_id"], entry.after["mentor_id"], entry.user, entry.reason) == (
        str(mentor.pk),
        str(other_mentor.pk),
        coordinator,
        "moved away",
    )


def test_a_preview_says_what_stands_in_the_way_and_writes_nothing(assignment, other_mentor, now):
    assert services.preview_handover(assignments=[assignment], mentor=other_mentor)[0].refusal is None
    pause(other_mentor, now)
    other_mentor.refresh_from_db()
    [planned] = services.preview_handover(assignments=[assignment], mentor=other_mentor)
    assert planned.refusal.code == "mentor_not_active"
    assert Assignment.objects.get().mentor_id == assignment.mentor_id


def test_a_reported_contact_moves_forward_only_and_not_into_the_future(assignment, coordinator, now):
    report = {"assignment": assignment, "by": coordinator, "at": now}
    services.report_contact(contact_at=now - timedelta(days=2), **report)
    assert services.report_contact(contact_at=now - timedelta(days=5), **report).last_contact_date == now - timedelta(
        days=2
    )
    with refused("in_the_future"):
        services.report_contact(contact_at=now + timedelta(hours=1), **report)


def test_a_snooze_needs_a_reason_and_a_day_to_come(assignment, coordinator, now):
    snooze = {"assignment": assignment, "by": coordinator, "at": now}
    with refused("reason_required"):
        services.snooze(until=now.date() + timedelta(days=5), reason=" ", **snooze)
    with refused("snooze_out_of_range"):
        services.snooze(until=now.date(), reason="in hospital", **snooze)
    services.snooze(until=now.date() + timedelta(days=5), reason="in hospital", **snooze)
    assignment.refresh_from_db()
    assert assignment.snooze_reason == "in hospital"
    services.wake(assignment=assignment, by=coordinator, at=now)
    assignment.refresh_from_db()
    assert (assignment.snoozed_until, assignment.snooze_reason) == (None, "")


def test_a_deleted_assignment_is_gone_from_the_list_and_stays_in_the_table(assignment, coordinator, now):
    services.delete_assignment(assignment=assignment, by=coordinator, at=now)
    assert (Assignment.objects.open().count(), Assignment.objects.count()) == (0, 1)
    with refused("assignment_closed"):
        services.change_status(assignment=assignment, status=AssignmentStatus.COMPLETED, by=coordinator, at=now)


def test_the_query_language_finds_never_and_strictly_earlier(organization, now):
    moments = [None, now - timedelta(days=10, seconds=1), now - timedelta(days=10), now]
    made = [AssignmentFactory(organization=organization, last_contact_date=moment) for moment in moments]
    found = Assignment.objects.open().without_contact_since(now - timedelta(days=10))
    assert set(found) == set(made[:2])


def test_people_come_along_in_one_query(organization, django_assert_num_queries):
    AssignmentFactory.create_batch(3, organization=organization)
    with django_assert_num_queries(1):
        for found in Assignment.objects.with_participants():
            assert all([str(found.mentor.user), found.contact.name, found.coordinator.email])


def test_a_contact_with_a_mentor_cannot_be_deleted(assignment, contact, coordinator, now):
    with refused("contact_has_open_assignment"):
        services.delete_contact(contact=contact, by=coordinator, at=now)
    services.change_status(assignment=assignment, status=AssignmentStatus.CANCELLED, by=coordinator, at=now)
    assert services.delete_contact(contact=contact, by=coordinator, at=now).deleted_at == now


def test_a_contact_who_moves_takes_the_assignments_along(assignment, contact, next_door, coordinator, neighbour, now):
    services.update_contact(contact=contact, by=coordinator, at=now, local_association_id=next_door.pk)
    assert list(Assignment.objects.visible_to(neighbour)) == [assignment]


def test_what_happens_is_announced(assignment, mentor, other_mentor, contact, coordinator, now):
    heard = []

    def hearer(signal, **carried):
        heard.append((signal, carried.get("mentor_before")))

    facts = (signals.assignment_opened, signals.assignment_handed_over, signals.assignment_ended)
    for signal in facts:
        signal.connect(hearer)
    try:
        services.hand_over(assignment=assignment, mentor=other_mentor, by=coordinator, at=now)
        services.change_status(assignment=assignment, status=AssignmentStatus.COMPLETED, by=coordinator, at=now)
        services.open_assignment(
            mentor=mentor, contact=contact, coordinator=coordinator, start_date=now.date(), by=coordinator, at=now
        )
    finally:
        for signal in facts:
            signal.disconnect(hearer)
    assert heard == [
        (signals.assignment_handed_over, mentor.pk),
        (signals.assignment_ended, None),
        (signals.assignment_opened, None),
    ]


def test_everybody_sees_their_own_and_nobody_a_strangers(
    assignment, mentor, coordinator, neighbour, org_admin, stranger, platform_staff
):
    elsewhere = AssignmentFactory()
    visible = {
        user: set(Assignment.objects.visible_to(user))
        for user in (mentor.user, coordinator, neighbour, org_admin, platform_staff, UserFactory())
    }
    assert list(visible.values())[:5] == [
        {assignment},
        {assignment},
        set(),
        {assignment},
        set(Assignment.objects.all()),
    ]
    assert elsewhere not in visible[org_admin]
