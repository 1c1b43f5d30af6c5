"""The demo is alive: every state is there, and it is as true as what people enter."""

import io
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from accounts.enums import MentorStatus, PauseReason
from accounts.models import MentorProfile, Organization, User
from mentoring.demo import LOG_INS, PASSWORD, build_demo
from mentoring.enums import AssignmentStatus
from mentoring.models import Activity, Assignment, Contact, FollowUpReminder
from mentoring.services.contact_date import DERIVED
from notifications.models import Notification
from operations import duties
from tests.factories import OrganizationFactory

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 11, 11, 0, tzinfo=UTC)


def demo(*arguments):
    out = io.StringIO()
    call_command("demo", *arguments, stdout=out)
    return out.getvalue()


def test_the_demo(subtests):
    organization = build_demo(at=AT)
    assert organization.is_test
    with subtests.test("shows every state that the desk knows"):
        shows_every_state()
    with subtests.test("has the contact dates that its activities say"):
        assert contact_dates_that_differ() == 0
    with subtests.test("breaks no invariant"):
        assert [found for found in duties.check(at=AT) if not found.holds] == []


def shows_every_state():
    assert MentorProfile.objects.count() == 25
    assert Contact.objects.count() == 70
    assert set(Assignment.objects.values_list("status", flat=True)) == set(AssignmentStatus.values)
    days = {each.counted_days for each in Assignment.objects.overdue(AT)}
    assert any(10 <= day < 20 for day in days)
    assert any(day >= 20 for day in days)
    assert Assignment.objects.open().filter(last_contact_date=None).exists()
    assert Assignment.objects.open().filter(snoozed_until__gt=AT.date()).count() == 2
    assert Activity.objects.suspected().exists()
    assert MentorProfile.objects.filter(status=MentorStatus.PAUSED, pause_reason=PauseReason.LEAVE).count() == 1
    assert Notification.objects.filter(read_at=None).exists()
    assert set(FollowUpReminder.objects.values_list("kind", flat=True)) == {"reminder", "escalation"}
    first, last = (Activity.objects.order_by(order).first().occurred_at for order in ("occurred_at", "-occurred_at"))
    assert AT - first > timedelta(days=690)
    assert AT - timedelta(days=3) < last <= AT


def contact_dates_that_differ():
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM mentoring_assignment a WHERE last_contact_date IS DISTINCT FROM {DERIVED}"
        )
        return cursor.fetchone()[0]


@pytest.mark.slow
def test_the_demo_is_the_same_twice_apart_from_the_day():
    facts = []
    for at in (AT, AT + timedelta(days=400)):
        with pytest.raises(ZeroDivisionError):
            _build_and_fail(at, facts)
    assert facts[0] == facts[1]


def _build_and_fail(at, facts):
    from django.db import transaction

    with transaction.atomic():
        build_demo(at=at)
        facts.append(
            [
                (name, minutes, summary, (at.date() - day).days)
                for name, minutes, summary, day in Activity.objects.order_by(
                    "mentor__member_number", "local_date", "minutes", "contact__number", "summary"
                ).values_list("contact__first_name", "minutes", "summary", "local_date")
            ]
        )
        raise ZeroDivisionError


def test_the_command_fills_an_empty_database_quickly_and_tells_how_to_sign_in(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    began = time.process_time()  # not the clock on the wall: other tests may be running
    said = demo()
    assert time.process_time() - began < 5
    assert PASSWORD in said
    for log_in in LOG_INS:
        assert log_in.email in said
        assert Client().login(email=log_in.email, password=PASSWORD)
    assert demo("--show") == said


def test_the_command_leaves_a_database_with_an_organisation_alone():
    OrganizationFactory()
    demo()
    assert Organization.objects.count() == 1
    assert User.objects.count() == 0
    assert demo("--show") == ""


def test_the_demo_leaves_the_password_of_somebody_who_was_there_alone():
    User.objects.create_superuser("own@example.org", "my own", first_name="Own", last_name="Account")
    build_demo(at=AT)
    assert Client().login(email="own@example.org", password="my own")


def test_there_is_no_demo_on_a_real_server(settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError):
        demo()
    assert User.objects.count() == 0
