"""What the answer desk owes is a duty that somebody notices when it is not done."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.enums import Role
from accounts.models import CareArea, Membership, ModuleSetting
from operations import duties
from tests.factories import CareAreaFactory, MembershipFactory, ReflectionFactory
from timeline.calendars import PublicHolidays
from timeline.models import AnswerMorning, TimelineEntry
from timeline.rules import next_morning
from timeline.services import answer, tell_due_organizations

pytestmark = pytest.mark.django_db

MORNINGS, ESCALATED = "answer_mornings_in_time", "escalated_reflections_in_time"
NORWAY = PublicHolidays("NO")


def broken(at) -> set[str]:
    return {one.invariant.name for one in duties.check(at=at) if not one.holds} & {MORNINGS, ESCALATED}


@pytest.fixture
def morning(organization):
    """The next working morning. The module has been in use for longer than that."""
    ModuleSetting.objects.update(updated_at=timezone.now() - timedelta(days=90))
    return next_morning(timezone.now(), "Europe/Oslo", NORWAY)


@pytest.fixture
def entry(mentor, morning):
    """Has waited for months."""
    row = ReflectionFactory(mentor=mentor, written_at=morning - timedelta(days=60))
    return TimelineEntry.objects.get(source_id=row.pk)


@pytest.fixture
def question(mentor, morning):
    """Waits, and is in time for days yet."""
    return ReflectionFactory(mentor=mentor, written_at=morning - timedelta(hours=1))


class TestTheMorning:
    def test_is_due_where_nobody_has_told_anything_yet(self, question, morning):
        assert broken(morning) == {MORNINGS}
        tell_due_organizations(at=morning)
        assert broken(morning) == set()

    def test_is_due_again_on_the_next_working_morning(self, question, morning):
        tell_due_organizations(at=morning)
        following = next_morning(morning, "Europe/Oslo", NORWAY)
        assert broken(following - timedelta(minutes=1)) == set()
        assert broken(following + timedelta(minutes=3)) == {MORNINGS}
        tell_due_organizations(at=following + timedelta(minutes=3))
        assert broken(following + timedelta(minutes=3)) == set()

    def test_is_nobodys_where_nothing_waits(self, organization, morning):
        assert broken(morning) == set()

    def test_is_nobodys_without_the_module(self, question, morning):
        ModuleSetting.objects.update(is_enabled=False)
        assert broken(morning) == set()


class TestAnEscalatedReflection:
    def test_of_which_somebody_was_told_is_no_finding(self, entry, morning, coordinator):
        tell_due_organizations(at=morning)
        assert broken(morning + timedelta(minutes=5)) == set()

    def test_of_which_nobody_can_be_told_is_one_until_somebody_can(self, entry, morning, organization):
        tell_due_organizations(at=morning)
        later = morning + timedelta(minutes=5)
        assert broken(later) == {ESCALATED}
        found = next(one for one in duties.check(at=later) if one.invariant.name == ESCALATED)
        assert found.sample == (str(entry.pk),)
        MembershipFactory(organization=organization, role=Role.ORG_ADMIN)
        following = next_morning(morning, "Europe/Oslo", NORWAY)
        tell_due_organizations(at=following)
        assert broken(following + timedelta(minutes=5)) == set()

    def test_is_none_any_more_when_it_is_answered(self, entry, morning, coordinator, local_association):
        Membership.objects.filter(user=coordinator).update(is_active=False, revoked_at=morning)
        tell_due_organizations(at=morning)
        assert broken(morning + timedelta(minutes=5)) == {ESCALATED}
        assert AnswerMorning.objects.get().unheard_since == morning
        again = MembershipFactory(organization=entry.organization, role=Role.COORDINATOR)
        CareAreaFactory(membership=again, local_association=local_association)
        answer(entry=entry, text="Ja", by=again.user, at=morning)
        assert broken(morning + timedelta(minutes=5)) == set()
        assert CareArea.objects.count() == 2

    def test_is_unheard_since_the_first_morning(self, entry, morning):
        tell_due_organizations(at=morning)
        tell_due_organizations(at=next_morning(morning, "Europe/Oslo", NORWAY))
        assert AnswerMorning.objects.get().unheard_since == morning
