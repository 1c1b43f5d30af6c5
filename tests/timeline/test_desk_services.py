"""The verbs of the answer desk: one at a time, in turn, and nobody is told what is no longer so."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils.translation import override

from accounts.enums import Role
from accounts.models import ChangeEntry, Membership, ModuleSetting, User
from accounts.services import InvalidInput
from accounts.services.authority import OutsideCare
from notifications.dispatch import dispatch
from notifications.models import Notification
from tests.factories import CareAreaFactory, MembershipFactory, ReflectionFactory, UserFactory
from timeline.kinds import ANSWERS_LATE, REFLECTION_ANSWERED
from timeline.models import AnswerClaim, AnswerMorning, AnswerSettings, TimelineEntry
from timeline.services import (
    AlreadyClaimed,
    AnsweredMeanwhile,
    NotWaiting,
    OwnReflection,
    answer,
    answer_needed,
    answer_settings_of,
    change_answer_settings,
    claim,
    no_answer_needed,
    release,
    tell_due_organizations,
)
from training.models import ReflectionReply
from training.refusals import TextRequired
from training.services import delete_reflection, reply_to_reflection

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def reflection(mentor):
    return ReflectionFactory(mentor=mentor, written_at=MONDAY)


@pytest.fixture
def entry(reflection):
    return line_of(reflection)


@pytest.fixture
def colleague(organization, local_association):
    """Another coordinator of the same local association."""
    user = UserFactory(first_name="Nora", last_name="Berg")
    membership = MembershipFactory(organization=organization, user=user, role=Role.COORDINATOR)
    CareAreaFactory(membership=membership, local_association=local_association)
    return user


def line_of(reflection) -> TimelineEntry:
    return TimelineEntry.objects.get(source_id=reflection.pk)


def status(entry) -> str | None:
    return TimelineEntry.objects.get(pk=entry.pk).response_status


class TestClaiming:
    def test_keeps_others_away_and_says_who_and_until_when(self, entry, coordinator, colleague):
        claim(entry=entry, by=colleague, at=MONDAY)
        for verb in (claim, release, no_answer_needed):
            with override("en"), pytest.raises(AlreadyClaimed) as refused:
                verb(entry=entry, by=coordinator, at=MONDAY + HOUR / 2)
            assert str(refused.value) == "Nora Berg is answering this, until 11 a.m. at the latest."
            assert refused.value.extra == {"claimed_by": colleague.pk, "claimed_until": MONDAY + HOUR}
        with pytest.raises(AlreadyClaimed):
            answer(entry=entry, text="Ja", by=coordinator, at=MONDAY)
        assert status(entry) == "pending"

    def test_lapses_by_itself(self, entry, coordinator, colleague):
        claim(entry=entry, by=colleague, at=MONDAY)
        claim(entry=entry, by=coordinator, at=MONDAY + HOUR)
        assert AnswerClaim.objects.get().by == coordinator

    def test_again_lasts_longer(self, entry, coordinator):
        claim(entry=entry, by=coordinator, at=MONDAY)
        held = claim(entry=entry, by=coordinator, at=MONDAY + HOUR / 2)
        assert (held.claimed_at, held.until) == (MONDAY, MONDAY + HOUR * 1.5)

    def test_is_let_go_of(self, entry, coordinator, colleague):
        claim(entry=entry, by=coordinator, at=MONDAY)
        release(entry=entry, by=coordinator, at=MONDAY)
        release(entry=entry, by=coordinator, at=MONDAY)
        claim(entry=entry, by=colleague, at=MONDAY)

    def test_is_taken_away_by_an_administrator(self, entry, coordinator, org_admin):
        claim(entry=entry, by=coordinator, at=MONDAY)
        release(entry=entry, by=org_admin, at=MONDAY)
        assert not AnswerClaim.objects.exists()

    def test_of_one_who_has_left_answers_nothing_and_is_taken_away_or_lapses(
        self, entry, colleague, coordinator, org_admin
    ):
        claim(entry=entry, by=colleague, at=MONDAY)
        colleague.memberships.update(is_active=False, revoked_at=MONDAY)
        left = User.objects.get(pk=colleague.pk)
        for act in (partial(answer, text="Ja"), claim, release, no_answer_needed, answer_needed):
            with pytest.raises(OutsideCare):
                act(entry=entry, by=left, at=MONDAY)
        with pytest.raises(AlreadyClaimed):
            claim(entry=entry, by=coordinator, at=MONDAY)
        release(entry=entry, by=org_admin, at=MONDAY)
        assert claim(entry=entry, by=coordinator, at=MONDAY).by == coordinator

    def test_of_what_waits_for_nothing_is_refused(self, entry, reflection, coordinator, mentor):
        answer(entry=entry, text="Ja", by=coordinator, at=MONDAY)
        with pytest.raises(AnsweredMeanwhile) as refused:
            claim(entry=entry, by=coordinator, at=MONDAY)
        assert refused.value.extra == {"answered_by": coordinator.pk, "answered_at": MONDAY}
        delete_reflection(reflection=reflection, by=mentor.user, at=MONDAY)
        with pytest.raises(NotWaiting):
            claim(entry=entry, by=coordinator, at=MONDAY)

    def test_goes_with_the_reflection(self, entry, reflection, coordinator, mentor):
        claim(entry=entry, by=coordinator, at=MONDAY)
        delete_reflection(reflection=reflection, by=mentor.user, at=MONDAY)
        assert not AnswerClaim.objects.exists()

    def test_of_another_organisations_reflection_is_refused_by_the_database(self, reflection, foreign):
        wrong = AnswerClaim(
            organization=foreign.organization,
            reflection=reflection,
            by=foreign.user,
            claimed_at=MONDAY,
            until=MONDAY + HOUR,
        )
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong.save()


class TestWhoMay:
    @pytest.mark.parametrize("verb", [claim, release, no_answer_needed, answer_needed])
    def test_those_who_look_after_the_mentor(self, verb, entry, neighbour, stranger, mentor):
        for person in (neighbour, stranger):
            with pytest.raises(Exception) as refused:
                verb(entry=entry, by=person, at=MONDAY)
            assert refused.value.code == "outside_care"
        with pytest.raises(OwnReflection):
            verb(entry=entry, by=mentor.user, at=MONDAY)

    def test_a_mentor_who_belongs_nowhere_is_answered_by_administrators(self, entry, mentor, coordinator, org_admin):
        mentor.affiliations.all().delete()
        with pytest.raises(OutsideCare):
            claim(entry=entry, by=coordinator, at=MONDAY)
        answer(entry=entry, text="Ja", by=org_admin, at=MONDAY)

    def test_nobody_answers_their_own(self, entry, mentor, local_association):
        membership = MembershipFactory(organization=mentor.organization, user=mentor.user, role=Role.COORDINATOR)
        CareAreaFactory(membership=membership, local_association=local_association)
        with pytest.raises(OwnReflection):
            answer(entry=entry, text="Ja", by=mentor.user, at=MONDAY)


class TestAnswering:
    def test_ends_the_waiting_and_the_claim_and_tells_the_learner(self, entry, coordinator, mentor):
        claim(entry=entry, by=coordinator, at=MONDAY)
        reply = answer(entry=entry, text=" Godt spurt. ", by=coordinator, at=MONDAY + HOUR)
        stored = TimelineEntry.objects.get(pk=entry.pk)
        assert (stored.response_status, stored.instructor_response, stored.responded_by) == (
            "responded",
            "Godt spurt.",
            coordinator,
        )
        assert not AnswerClaim.objects.exists()
        told = Notification.objects.get()
        assert (told.kind, told.recipient, told.subject_id) == (REFLECTION_ANSWERED, mentor.user, reply.pk)

    def test_a_second_time_wants_to_be_an_addition(self, entry, coordinator, colleague):
        answer(entry=entry, text="Ja", by=coordinator, at=MONDAY)
        with pytest.raises(AnsweredMeanwhile):
            answer(entry=entry, text="Nei", by=colleague, at=MONDAY)
        answer(entry=entry, text="Og mer", by=colleague, at=MONDAY + HOUR, further=True)
        assert list(ReflectionReply.objects.in_turn().values_list("text", flat=True)) == ["Ja", "Og mer"]

    def test_the_same_answer_sent_twice_is_one(self, entry, coordinator):
        key = uuid4()
        sent = [answer(entry=entry, text="Ja", by=coordinator, at=MONDAY, client_id=key) for __ in range(2)]
        assert sent[0] == sent[1]
        assert (ReflectionReply.objects.count(), Notification.objects.count()) == (1, 1)

    def test_says_something(self, entry, coordinator):
        with pytest.raises(TextRequired):
            answer(entry=entry, text="  ", by=coordinator, at=MONDAY)

    def test_goes_on_when_the_learner_writes_again(self, entry, reflection, coordinator, mentor):
        answer(entry=entry, text="Ja", by=coordinator, at=MONDAY)
        reply_to_reflection(reflection=reflection, text="Men hvorfor?", by=mentor.user, at=MONDAY + HOUR)
        reply_to_reflection(reflection=reflection, text="Og når?", by=mentor.user, at=MONDAY + 2 * HOUR)
        stored = TimelineEntry.objects.get(pk=entry.pk)
        assert (stored.response_status, stored.waiting_since) == ("pending", MONDAY + HOUR)
        answer(entry=entry, text="Derfor", by=coordinator, at=MONDAY + 3 * HOUR)
        assert status(entry) == "responded"

    def test_through_another_door_ends_the_claim_and_tells_too(self, entry, reflection, coordinator):
        claim(entry=entry, by=coordinator, at=MONDAY)
        reply_to_reflection(reflection=reflection, text="Ja", by=coordinator, at=MONDAY)
        assert not AnswerClaim.objects.exists()
        assert Notification.objects.filter(kind=REFLECTION_ANSWERED).count() == 1


class TestNoAnswerNeeded:
    def test_takes_it_off_the_desk_and_back(self, entry, coordinator):
        claim(entry=entry, by=coordinator, at=MONDAY)
        no_answer_needed(entry=entry, by=coordinator, at=MONDAY)
        assert status(entry) is None
        assert not AnswerClaim.objects.exists()
        with pytest.raises(NotWaiting):
            answer(entry=entry, text="Ja", by=coordinator, at=MONDAY)
        answer_needed(entry=entry, by=coordinator, at=MONDAY)
        answer_needed(entry=entry, by=coordinator, at=MONDAY)
        stored = TimelineEntry.objects.get(pk=entry.pk)
        assert (stored.response_status, stored.waiting_since) == ("pending", MONDAY)
        assert not Notification.objects.exists()


class TestTheLearnerIsTold:
    def sent(self, at):
        dispatch(clock=lambda: at)
        return list(Notification.objects.order_by("id").values_list("state", "title", "body"))

    def test_once_in_their_language_and_without_what_was_said(self, entry, coordinator, mentor):
        type(mentor.user).objects.filter(pk=mentor.user_id).update(language="en")
        answer(entry=entry, text="Secret", by=coordinator, at=MONDAY)
        assert self.sent(MONDAY) == [("sent", "Your reflection has been answered", "Open Varde to read the answer.")]
        assert self.sent(MONDAY + HOUR) == [
            ("sent", "Your reflection has been answered", "Open Varde to read the answer.")
        ]

    def test_with_the_way_to_their_reflection(self, entry, reflection, coordinator, mailoutbox):
        answer(entry=entry, text="Ja", by=coordinator, at=MONDAY)
        self.sent(MONDAY)
        assert [f"/timeline/reflections/{reflection.pk}/" in mail.body for mail in mailoutbox] == [True]

    def test_not_when_they_have_written_again(self, entry, reflection, coordinator, mentor):
        answer(entry=entry, text="Ja", by=coordinator, at=MONDAY)
        reply_to_reflection(reflection=reflection, text="Takk, men …", by=mentor.user, at=MONDAY + HOUR)
        assert [state for state, *__ in self.sent(MONDAY + HOUR)] == ["cancelled"]

    def test_once_of_two_answers_that_go_out_together(self, entry, coordinator):
        answer(entry=entry, text="Ja", by=coordinator, at=MONDAY)
        answer(entry=entry, text="Og mer", by=coordinator, at=MONDAY, further=True)
        assert [state for state, *__ in self.sent(MONDAY + HOUR)] == ["cancelled", "sent"]

    def test_not_of_an_answer_that_went_with_its_reflection(self, entry, reflection, coordinator, mentor):
        answer(entry=entry, text="Ja", by=coordinator, at=MONDAY)
        delete_reflection(reflection=reflection, by=mentor.user, at=MONDAY)
        assert [state for state, *__ in self.sent(MONDAY + HOUR)] == ["cancelled"]


def oslo_morning(day: date, hour: int = 8) -> datetime:
    """The hour in Oslo, in winter."""
    return datetime(day.year, day.month, day.day, hour - 1, tzinfo=UTC)


#: Written on Monday the 9th: due by the end of Thursday the 12th, escalated after Monday the 16th.
FRIDAY, TUESDAY = date(2026, 3, 13), date(2026, 3, 17)


def told(**facts) -> list:
    return sorted(Notification.objects.filter(kind=ANSWERS_LATE, **facts).values_list("recipient__email", flat=True))


class TestTheMorning:
    def test_coordinators_are_told_when_the_day_has_passed(self, entry, coordinator, neighbour, org_admin):
        tell_due_organizations(at=oslo_morning(date(2026, 3, 12)))
        assert told() == []
        tell_due_organizations(at=oslo_morning(FRIDAY, 7))
        assert told() == []
        tell_due_organizations(at=oslo_morning(FRIDAY))
        assert told() == [coordinator.email]

    def test_everybody_gets_one_that_counts(self, mentor, entry, coordinator):
        for number in range(4):
            ReflectionFactory(mentor=mentor, written_at=MONDAY + number * HOUR)
        type(coordinator).objects.filter(pk=coordinator.pk).update(language="en")
        tell_due_organizations(at=oslo_morning(FRIDAY))
        dispatch(clock=lambda: oslo_morning(FRIDAY))
        sent = Notification.objects.get()
        assert (sent.state, sent.title) == ("sent", "5 reflections have waited too long for an answer")
        assert sent.body.startswith("The oldest has waited since March 9, 2026.")

    def test_is_not_on_a_weekend_or_a_holiday_or_at_night(self, organization, mentor, coordinator):
        ReflectionFactory(mentor=mentor, written_at=datetime(2026, 4, 27, 9, tzinfo=UTC))  # due Thursday 30 April
        tell_due_organizations(at=datetime(2026, 4, 30, 9, tzinfo=UTC))
        for at in (
            datetime(2026, 4, 30, 22, 1, tzinfo=UTC),  # overdue since midnight
            datetime(2026, 5, 1, 9, tzinfo=UTC),  # Labour Day
            datetime(2026, 5, 2, 9, tzinfo=UTC),
            datetime(2026, 5, 3, 9, tzinfo=UTC),
            datetime(2026, 5, 4, 5, 59, tzinfo=UTC),
        ):
            tell_due_organizations(at=at)
            assert told() == []
        tell_due_organizations(at=datetime(2026, 5, 4, 6, tzinfo=UTC))
        assert told() == [coordinator.email]

    def test_is_once_a_day_however_often_it_is_asked(self, entry, coordinator):
        for minute in range(5):
            tell_due_organizations(at=oslo_morning(FRIDAY) + timedelta(minutes=minute))
        assert told() == [coordinator.email]
        tell_due_organizations(at=oslo_morning(date(2026, 3, 16)))
        assert told() == [coordinator.email] * 2

    def test_days_that_were_missed_are_caught_up_once(self, entry, coordinator, org_admin):
        tell_due_organizations(at=oslo_morning(date(2026, 3, 10)))
        tell_due_organizations(at=oslo_morning(date(2026, 3, 25), 15))
        assert told() == sorted([coordinator.email, org_admin.email])

    def test_what_was_missed_until_the_evening_waits_for_the_next_morning(self, entry, coordinator):
        tell_due_organizations(at=oslo_morning(FRIDAY, 21))
        assert told() == []
        tell_due_organizations(at=oslo_morning(date(2026, 3, 16)))
        assert told() == [coordinator.email]

    def test_an_answer_stops_it(self, entry, coordinator):
        answer(entry=entry, text="Ja", by=coordinator, at=oslo_morning(FRIDAY, 7))
        tell_due_organizations(at=oslo_morning(TUESDAY))
        assert told() == []

    def test_an_answer_stops_what_is_on_its_way(self, entry, coordinator, org_admin):
        tell_due_organizations(at=oslo_morning(TUESDAY))
        assert len(told()) == 2
        answer(entry=entry, text="Ja", by=coordinator, at=oslo_morning(TUESDAY))
        dispatch(clock=lambda: oslo_morning(TUESDAY))
        assert set(Notification.objects.filter(kind=ANSWERS_LATE).values_list("state", flat=True)) == {"cancelled"}

    def test_what_could_not_go_out_that_day_does_not_go_out_on_sunday(self, entry, coordinator):
        tell_due_organizations(at=oslo_morning(FRIDAY))
        dispatch(clock=lambda: oslo_morning(date(2026, 3, 15), 12))
        assert Notification.objects.get().state == "cancelled"
        tell_due_organizations(at=oslo_morning(date(2026, 3, 16)))
        dispatch(clock=lambda: oslo_morning(date(2026, 3, 16)))
        assert Notification.objects.latest("id").state == "sent"

    def test_escalated_ones_are_told_to_administrators_too(self, entry, coordinator, org_admin):
        type(org_admin).objects.filter(pk=org_admin.pk).update(language="en")
        tell_due_organizations(at=oslo_morning(TUESDAY))
        assert told() == sorted([coordinator.email, org_admin.email])
        dispatch(clock=lambda: oslo_morning(TUESDAY))
        body = Notification.objects.get(recipient=org_admin).body
        assert "One of them has waited so long that administrators are told too." in body

    def test_without_a_coordinator_administrators_are_told_at_once(self, entry, neighbour, org_admin):
        tell_due_organizations(at=oslo_morning(FRIDAY))
        assert told() == [org_admin.email]

    def test_a_coordinator_above_in_the_tree_looks_after_the_mentor(self, entry, organization, region, org_admin):
        above = CareAreaFactory(
            membership__organization=organization, membership__role=Role.COORDINATOR, local_association=region
        ).membership.user
        tell_due_organizations(at=oslo_morning(FRIDAY))
        assert told() == [above.email]

    def test_one_who_has_left_is_not_told(self, entry, coordinator, org_admin):
        Membership.objects.filter(user=coordinator).update(is_active=False, revoked_at=MONDAY)
        tell_due_organizations(at=oslo_morning(FRIDAY))
        assert told() == [org_admin.email]

    def test_nobody_is_told_of_their_own(self, entry, mentor, local_association, org_admin):
        membership = MembershipFactory(organization=mentor.organization, user=mentor.user, role=Role.COORDINATOR)
        CareAreaFactory(membership=membership, local_association=local_association)
        tell_due_organizations(at=oslo_morning(FRIDAY))
        assert told() == [org_admin.email]

    def test_a_coordinator_who_administers_too_gets_one(self, entry, coordinator, organization):
        MembershipFactory(organization=organization, user=coordinator, role=Role.ORG_ADMIN)
        tell_due_organizations(at=oslo_morning(TUESDAY))
        assert told() == [coordinator.email]

    def test_other_organisations_are_none_of_their_business(self, entry, coordinator, foreign):
        tell_due_organizations(at=oslo_morning(FRIDAY))
        assert told() == [coordinator.email]
        ReflectionFactory(mentor=foreign.mentor, written_at=MONDAY)
        tell_due_organizations(at=oslo_morning(date(2026, 3, 16)))
        assert told(organization=foreign.organization) == []  # its only coordinator asks

    def test_without_the_module_nobody_is_told(self, entry, organization, coordinator):
        ModuleSetting.objects.filter(organization=organization).update(is_enabled=False)
        tell_due_organizations(at=oslo_morning(FRIDAY))
        assert not AnswerMorning.objects.exists()


class TestSettings:
    def test_hold_at_once_for_what_waits_already(self, entry, organization, coordinator, org_admin):
        change_answer_settings(
            organization=organization, by=org_admin, at=MONDAY, answer_within_days=1, escalate_after_days=1
        )
        tell_due_organizations(at=oslo_morning(date(2026, 3, 11)))
        assert told() == [coordinator.email]
        assert ChangeEntry.objects.filter(subject_type="timeline.answersettings").count() == 1

    def test_are_the_defaults_where_nothing_is_set(self, organization):
        held = answer_settings_of(organization)
        assert (held.answer_within_days, held.escalate_after_days, held.holiday_country) == (3, 2, "NO")
        assert not AnswerSettings.objects.exists()

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"holiday_country": "XX"}, "holiday_country"),
            ({"holiday_country": "no"}, "holiday_country"),
            ({"answer_within_days": 0}, "answer_within_days"),
            ({"escalate_after_days": 61}, "escalate_after_days"),
        ],
    )
    def test_refuse_what_makes_no_sense(self, organization, org_admin, changes, field):
        with pytest.raises(InvalidInput) as refused:
            change_answer_settings(organization=organization, by=org_admin, at=MONDAY, **changes)
        assert refused.value.field == field

    def test_another_country_has_other_mornings(self, organization, mentor, coordinator, org_admin):
        # Maundy Thursday and Good Friday are holidays in Norway; in Germany Thursday is a working day.
        tell_due_organizations(at=datetime(2026, 4, 1, 7, tzinfo=UTC))
        assert AnswerMorning.objects.get().next_at == datetime(2026, 4, 7, 6, tzinfo=UTC)
        change_answer_settings(
            organization=organization, by=org_admin, at=datetime(2026, 4, 1, 8, tzinfo=UTC), holiday_country="DE"
        )
        assert AnswerMorning.objects.get().next_at == datetime(2026, 4, 2, 6, tzinfo=UTC)
