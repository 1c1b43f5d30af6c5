"""Pausing, leave and coming back."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts import services
from accounts.enums import MentorStatus, PausedBy, PauseReason
from accounts.models import ChangeEntry, MentorProfile, MentorStatusChange
from accounts.signals import mentor_paused, mentor_resumed


@pytest.fixture
def heard():
    """What the two signals said, in order."""
    news = []

    def paused(sender, **carried):
        news.append(("paused", carried["mentor"].pk, carried["by"], carried["at"], carried["reason"]))

    def resumed(sender, **carried):
        news.append(("resumed", carried["mentor"].pk, carried["by"], carried["at"], carried["reason"]))

    mentor_paused.connect(paused)
    mentor_resumed.connect(resumed)
    yield news
    mentor_paused.disconnect(paused)
    mentor_resumed.disconnect(resumed)


def test_a_pause_is_logged_announced_and_takes_the_mentor_off_the_lists(mentor, coordinator, heard, now):
    services.pause_mentor(mentor=mentor, reason=PauseReason.OTHER, note="Ill", by=coordinator, at=now)

    stored = MentorProfile.objects.get(pk=mentor.pk)
    assert (stored.status, stored.paused_by, stored.is_listed) == (MentorStatus.PAUSED, PausedBy.COORDINATOR, False)
    line = MentorStatusChange.objects.get(mentor=mentor)
    assert (line.status_before, line.status_after, line.changed_by, line.user, line.reason, line.note, line.at) == (
        MentorStatus.ACTIVE,
        MentorStatus.PAUSED,
        PausedBy.COORDINATOR,
        coordinator,
        PauseReason.OTHER,
        "Ill",
        now,
    )
    assert str(line) == "Aktiv → På pause"
    assert heard == [("paused", mentor.pk, coordinator, now, PauseReason.OTHER)]
    assert "Ill" not in str(list(ChangeEntry.objects.of(mentor).values()))


def test_coming_back_puts_the_mentor_on_the_lists_again(mentor, coordinator, heard, now):
    services.pause_mentor(mentor=mentor, reason=PauseReason.OTHER, by=coordinator, at=now)
    services.resume_mentor(mentor=mentor, by=coordinator, at=now + timedelta(days=1))

    stored = MentorProfile.objects.get(pk=mentor.pk)
    assert (stored.status, stored.paused_by, stored.paused_at, stored.is_listed) == ("active", "", None, True)
    assert stored.resumed_at == now + timedelta(days=1)
    assert [news[0] for news in heard] == ["paused", "resumed"]


def test_pausing_twice_is_refused(mentor, coordinator, now):
    services.pause_mentor(mentor=mentor, reason=PauseReason.OTHER, by=coordinator, at=now)
    with pytest.raises(services.InvalidTransition):
        services.pause_mentor(mentor=mentor, reason=PauseReason.LEAVE, by=coordinator, at=now)


def test_mentors_pause_themselves_but_do_not_lift_what_others_paused(mentor, coordinator, now):
    services.pause_mentor(mentor=mentor, reason=PauseReason.OTHER, by=mentor.user, at=now)
    assert services.resume_mentor(mentor=mentor, by=mentor.user, at=now).status == MentorStatus.ACTIVE

    services.pause_mentor(mentor=mentor, reason=PauseReason.OTHER, by=coordinator, at=now)
    with pytest.raises(services.PausedByOther):
        services.resume_mentor(mentor=mentor, by=mentor.user, at=now)


def test_overriding_a_missing_certificate_needs_a_reason(mentor, coordinator, now):
    services.pause_mentor(mentor=mentor, reason=PauseReason.CERTIFICATION_EXPIRED, by=None, at=now)
    with pytest.raises(services.ReasonMissing):
        services.resume_mentor(mentor=mentor, by=coordinator, at=now, note=" ")
    assert services.resume_mentor(mentor=mentor, by=coordinator, at=now, note="Seen on paper").status == "active"


def test_people_cannot_pause_for_the_systems_reason(mentor, coordinator, now):
    with pytest.raises(services.ReservedReason):
        services.pause_mentor(mentor=mentor, reason=PauseReason.CERTIFICATION_EXPIRED, by=coordinator, at=now)


@pytest.mark.parametrize(("who", "refusal"), [("neighbour", services.OutsideCare), ("stranger", services.NotAllowed)])
@pytest.mark.parametrize("verb", [services.pause_mentor, services.resign_mentor])
def test_a_mentor_is_paused_only_by_those_who_care_for_them(who, refusal, verb, request, mentor, now):
    reason = {"reason": PauseReason.OTHER} if verb is services.pause_mentor else {}
    with pytest.raises(refusal):
        verb(mentor=mentor, by=request.getfixturevalue(who), at=now, **reason)
    assert MentorProfile.objects.get(pk=mentor.pk).status == MentorStatus.ACTIVE


def test_a_leave_that_ends_today_or_has_no_reason_is_refused(mentor, now):
    with pytest.raises(services.LeaveInThePast):
        services.pause_mentor(mentor=mentor, reason=PauseReason.LEAVE, by=mentor.user, at=now, leave_until=now.date())
    with pytest.raises(services.LeaveWithoutReason):
        services.pause_mentor(
            mentor=mentor, reason=PauseReason.OTHER, by=mentor.user, at=now, leave_until=date(2026, 5, 1)
        )


@pytest.mark.parametrize("zone", ["Europe/Oslo", "Pacific/Auckland", "America/Los_Angeles"])
def test_a_leave_ends_by_itself_on_its_local_day_and_only_once(zone, mentor, organization, heard, now):
    organization.time_zone = zone
    organization.save()
    services.pause_mentor(mentor=mentor, reason=PauseReason.LEAVE, by=mentor.user, at=now, leave_until=date(2026, 5, 1))
    midnight = datetime(2026, 5, 1, tzinfo=ZoneInfo(zone))

    assert services.end_leaves(at=midnight - timedelta(seconds=1)) == 0
    assert services.end_leaves(at=midnight) == 1
    assert services.end_leaves(at=midnight) == 0
    assert MentorProfile.objects.get(pk=mentor.pk).status == MentorStatus.ACTIVE
    assert heard[-1] == ("resumed", mentor.pk, None, midnight, PauseReason.LEAVE)


def test_a_leave_missed_for_days_still_ends(mentor, now):
    services.pause_mentor(mentor=mentor, reason=PauseReason.LEAVE, by=mentor.user, at=now, leave_until=date(2026, 5, 1))
    assert services.end_leaves(at=now + timedelta(days=90)) == 1


def test_other_pauses_do_not_end_by_themselves(mentor, foreign, now):
    services.pause_mentor(mentor=mentor, reason=PauseReason.OTHER, by=mentor.user, at=now)
    services.pause_mentor(mentor=foreign.mentor, reason=PauseReason.LEAVE, by=foreign.user, at=now)
    assert services.end_leaves(at=now + timedelta(days=400)) == 0


def test_a_resigned_mentor_comes_back_only_through_staff(mentor, coordinator, now):
    services.resign_mentor(mentor=mentor, by=mentor.user, at=now)
    with pytest.raises(services.InvalidTransition):
        services.resume_mentor(mentor=mentor, by=coordinator, at=now)
    with pytest.raises(services.NotAllowed):
        services.reinstate_mentor(mentor=mentor, by=mentor.user, at=now)
    assert services.reinstate_mentor(mentor=mentor, by=coordinator, at=now).status == MentorStatus.ACTIVE


def test_a_listener_that_fails_undoes_the_pause(mentor, coordinator, now):
    def fail(sender, **carried):
        raise RuntimeError

    mentor_paused.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            services.pause_mentor(mentor=mentor, reason=PauseReason.OTHER, by=coordinator, at=now)
    finally:
        mentor_paused.disconnect(fail)
    assert MentorProfile.objects.get(pk=mentor.pk).status == MentorStatus.ACTIVE
