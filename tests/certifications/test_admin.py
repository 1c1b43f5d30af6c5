"""The desk of certificates: lists, forms, verbs and pages, for those in whose care the mentors are and nobody else."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.enums import MentorStatus
from accounts.models import ChangeEntry, MentorProfile, ModuleSetting
from certifications import services
from certifications.models import (
    ArchivedReminder,
    Certificate,
    CertificationSettings,
    CertificationType,
    RenewalReminder,
)
from certifications.public.addresses import check_url
from notifications.models import Notification
from tests.conftest import browser
from tests.factories import CertificationTypeFactory, MentorProfileFactory, OrganizationFactory

pytestmark = pytest.mark.django_db


def address(model: str, page: str, *args) -> str:
    return reverse(f"admin:certifications_{model}_{page}", args=args)


def in_days(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def listed(answer) -> set:
    return {row.pk for row in answer.context["cl"].result_list}


def errors_of(answer) -> list[str]:
    form = answer.context["adminform"].form if "adminform" in answer.context else answer.context["form"]
    return list(form.errors)


@pytest.fixture
def give(issue):
    """Issue a certificate as of today."""

    def do(expires_in: int = 400, **facts) -> Certificate:
        return issue(expires_in, at=timezone.now(), **facts)

    return do


@pytest.fixture
def certificate(give) -> Certificate:
    return give(20)


@pytest.fixture
def second(give, organization, local_association) -> Certificate:
    """Another mentor's, in the same local association."""
    return give(40, to=MentorProfileFactory(organization=organization, local_association=local_association))


@pytest.fixture
def strangers(foreign) -> Certificate:
    course = CertificationTypeFactory(organization=foreign.organization)
    return services.issue_certificate(
        mentor=foreign.mentor,
        type=course,
        issued_on=timezone.localdate(),
        expires_on=timezone.localdate() + timedelta(days=20),
        by=foreign.user,
        at=timezone.now(),
    )


class TestTypes:
    FACTS = {"code": "first-aid", "name": "First aid", "validity_months": 24, "grace_days": 14, "is_active": "on"}

    def test_are_added_by_administrators(self, admin_as_org_admin, organization):
        facts = {**self.FACTS, "organization": organization.pk, "reminder_days": ["30", "7"]}
        answer = admin_as_org_admin.post(address("certificationtype", "add"), facts)
        assert answer.status_code == 302, errors_of(answer)
        made = CertificationType.objects.get()
        assert (made.code, made.reminder_days, made.grace_days) == ("first-aid", [30, 7], 14)
        assert ChangeEntry.objects.of(made).count() == 1

    def test_a_code_that_is_taken_is_refused_at_its_field(self, admin_as_org_admin, organization, course):
        facts = {**self.FACTS, "organization": organization.pk, "code": course.code}
        assert errors_of(admin_as_org_admin.post(address("certificationtype", "add"), facts)) == ["code"]

    def test_not_for_another_organisation(self, admin_as_org_admin, foreign):
        facts = {**self.FACTS, "organization": foreign.organization.pk}
        assert errors_of(admin_as_org_admin.post(address("certificationtype", "add"), facts)) == ["organization"]

    def test_are_changed_and_the_waiting_reminders_follow(self, admin_as_org_admin, course, certificate):
        page = address("certificationtype", "change", course.pk)
        version = admin_as_org_admin.get(page).context["adminform"].form["version"].value()
        facts = {**self.FACTS, "reminder_days": ["7"], "version": version}
        answer = admin_as_org_admin.post(page, facts)
        assert answer.status_code == 302, errors_of(answer)
        course.refresh_from_db()
        assert (course.name, course.code, course.reminder_days) == ("First aid", "basic", [7])
        waiting = RenewalReminder.objects.filter(certificate=certificate, status="pending")
        assert {row.reminder_type for row in waiting} == {"7_days_before", "on_expiry"}

    def test_coordinators_see_them_and_change_nothing(self, admin_as_coordinator, course):
        assert listed(admin_as_coordinator.get(address("certificationtype", "changelist"))) == {course.pk}
        assert admin_as_coordinator.get(address("certificationtype", "add")).status_code == 403
        page = address("certificationtype", "change", course.pk)
        assert admin_as_coordinator.get(page).status_code == 200
        assert admin_as_coordinator.post(page, self.FACTS).status_code == 403

    def test_a_strangers_is_not_there(self, admin_as_org_admin, admin_as_stranger, course):
        assert admin_as_stranger.get(address("certificationtype", "change", course.pk)).status_code == 302
        assert listed(admin_as_stranger.get(address("certificationtype", "changelist"))) == set()


class TestTheRosterOfValidity:
    def test_shows_those_that_count_the_soonest_first(self, admin_as_coordinator, give, certificate, second, course):
        renewed = services.renew_certificate(
            certificate=second, issued_on=timezone.localdate(), by=None, at=timezone.now()
        )
        answer = admin_as_coordinator.get(address("certificate", "changelist"))
        assert [row.pk for row in answer.context["cl"].result_list] == [certificate.pk, renewed.pk]
        assert listed(admin_as_coordinator.get(address("certificate", "changelist") + "?validity=all")) == {
            certificate.pk,
            second.pk,
            renewed.pk,
        }

    @pytest.mark.parametrize(
        ("days", "found"),
        [
            (5, {"valid", "7", "30", "90"}),
            (25, {"valid", "30", "90"}),
            (80, {"valid", "90"}),
            (400, {"valid"}),
            (-3, {"lapsed"}),
        ],
    )
    def test_is_narrowed_by_validity(self, admin_as_coordinator, give, days, found):
        certificate = give(days)
        page = address("certificate", "changelist")
        values = ("valid", "90", "30", "7", "lapsed", "paused", "renewed", "revoked")
        shown = {
            value for value in values if certificate.pk in listed(admin_as_coordinator.get(f"{page}?validity={value}"))
        }
        assert shown == found

    def test_finds_paused_mentors_and_revoked_certificates(self, admin_as_coordinator, certificate, second, org_admin):
        services.revoke_certificate(certificate=second, reason="Forged", by=org_admin, at=timezone.now())
        MentorProfile.objects.filter(pk=certificate.mentor_id).update(
            status="paused", paused_by="coordinator", pause_reason="other", paused_at=timezone.now(), is_listed=False
        )
        page = address("certificate", "changelist")
        assert listed(admin_as_coordinator.get(f"{page}?validity=paused")) == {certificate.pk}
        assert listed(admin_as_coordinator.get(f"{page}?validity=revoked")) == {second.pk}

    def test_is_searched_by_name_and_number(self, admin_as_coordinator, certificate, second):
        page = address("certificate", "changelist")
        assert listed(admin_as_coordinator.get(page, {"q": second.mentor.user.last_name})) == {second.pk}
        assert listed(admin_as_coordinator.get(page, {"q": certificate.number})) == {certificate.pk}

    def test_is_narrowed_by_type_and_association(self, admin_as_coordinator, certificate, course, local_association):
        page = address("certificate", "changelist")
        for name, value in (("type__id__exact", course.pk), (
            "mentor__affiliations__local_association__id__exact", local_association.pk)):  # fmt: skip
            assert listed(admin_as_coordinator.get(page, {name: value})) == {certificate.pk}

    def test_shows_nothing_to_who_does_not_care_for_the_mentor(
        self, admin_as_neighbour, admin_as_stranger, certificate, strangers
    ):
        page = address("certificate", "changelist")
        assert listed(admin_as_neighbour.get(f"{page}?validity=all")) == set()
        assert listed(admin_as_stranger.get(f"{page}?validity=all")) == {strangers.pk}

    def test_leaves_out_what_a_coordinator_holds_as_a_mentor_elsewhere(
        self, admin_as_coordinator, coordinator, give, foreign, now
    ):
        course = CertificationTypeFactory(organization=foreign.organization)
        own = MentorProfileFactory(organization=foreign.organization, user=coordinator)
        theirs = give(100, type=course, to=own)
        assert listed(admin_as_coordinator.get(address("certificate", "changelist"))) == set()
        assert admin_as_coordinator.get(address("certificate", "do_renew"), {"ids": theirs.pk}).status_code == 404
        facts = {"mentor": own.pk, "type": course.pk, "issued_on": in_days(0)}
        answer = admin_as_coordinator.post(address("certificate", "add"), facts)
        assert sorted(errors_of(answer)) == ["mentor", "type"]

    def test_is_closed_where_the_module_is_off(self, admin_as_coordinator, organization, certificate):
        ModuleSetting.objects.filter(organization=organization, module="certification-training").update(
            is_enabled=False
        )
        assert admin_as_coordinator.get(address("certificate", "changelist")).status_code == 403

    @pytest.mark.parametrize("model", ["certificate", "renewalreminder", "certificationtype"])
    def test_costs_the_same_for_one_row_and_for_three(
        self, admin_as_coordinator, model, give, organization, local_association
    ):
        def add() -> None:
            mentor = MentorProfileFactory(organization=organization, local_association=local_association)
            give(30, to=mentor, type=CertificationTypeFactory(organization=organization))

        def cost() -> int:
            with CaptureQueriesContext(connection) as asked:
                assert admin_as_coordinator.get(address(model, "changelist")).status_code == 200
            return len(asked)

        add()
        cost()
        one = cost()
        add()
        add()
        assert cost() == one


class TestTheExport:
    def test_has_dates_that_a_spreadsheet_understands(self, admin_as_coordinator, certificate):
        body = b"".join(admin_as_coordinator.get(address("certificate", "export_csv")).streaming_content)
        (line,) = body.decode("utf-8-sig").splitlines()[1:]
        assert certificate.expires_on.isoformat() in line.split(",")
        assert "<" not in line


class TestIssuing:
    def facts(self, mentor, course, **more) -> dict:
        return {"mentor": mentor.pk, "type": course.pk, "issued_on": in_days(0), **more}

    def test_one_takes_a_mentor_a_type_and_a_day(self, admin_as_coordinator, coordinator, mentor, course):
        answer = admin_as_coordinator.post(address("certificate", "add"), self.facts(mentor, course))
        assert answer.status_code == 302, errors_of(answer)
        made = Certificate.objects.get()
        assert (made.mentor, made.type, made.issued_by) == (mentor, course, coordinator)
        assert made.expires_on.year == timezone.localdate().year + 2
        assert made.number
        assert RenewalReminder.objects.filter(certificate=made).count() == 7

    def test_one_that_is_held_already_is_refused(self, admin_as_coordinator, certificate, mentor, course):
        answer = admin_as_coordinator.post(address("certificate", "add"), self.facts(mentor, course))
        assert errors_of(answer) == ["__all__"]
        assert Certificate.objects.count() == 1

    @pytest.mark.parametrize(
        ("given", "field"),
        [({"issued_on": in_days(3)}, "issued_on"), ({"expires_on": in_days(-3)}, "expires_on")],
    )
    def test_a_day_that_cannot_be_is_refused_at_its_field(self, admin_as_coordinator, mentor, course, given, field):
        answer = admin_as_coordinator.post(address("certificate", "add"), self.facts(mentor, course, **given))
        assert errors_of(answer) == [field]

    def test_a_number_that_is_taken_is_refused_at_its_field(self, admin_as_coordinator, second, mentor, course):
        answer = admin_as_coordinator.post(
            address("certificate", "add"), self.facts(mentor, course, number=second.number)
        )
        assert errors_of(answer) == ["number"]

    @pytest.mark.parametrize("key", ["abc", "9" * 30, ""])
    def test_a_mentor_that_is_no_key_is_refused_at_its_field(self, admin_as_coordinator, course, key):
        facts = {"mentor": key, "type": course.pk, "issued_on": in_days(0)}
        assert errors_of(admin_as_coordinator.post(address("certificate", "add"), facts)) == ["mentor"]

    def test_a_type_that_is_not_in_use_is_no_choice(self, admin_as_coordinator, mentor, course):
        CertificationType.objects.update(is_active=False)
        assert errors_of(admin_as_coordinator.post(address("certificate", "add"), self.facts(mentor, course))) == [
            "type"
        ]

    def test_a_mentor_next_door_is_no_choice(self, admin_as_neighbour, mentor, course):
        answer = admin_as_neighbour.post(address("certificate", "add"), self.facts(mentor, course))
        assert errors_of(answer) == ["mentor"]


class TestThePageOfOne:
    def test_tells_its_series_and_its_history(self, admin_as_coordinator, certificate, org_admin):
        services.correct_expiry(
            certificate=certificate,
            expires_on=timezone.localdate() + timedelta(days=50),
            by=org_admin,
            at=timezone.now(),
            reason="Typing error",
        )
        answer = admin_as_coordinator.get(address("certificate", "change", certificate.pk))
        # The 30 days of the old date went by; those of the new one are to come.
        assert [each["row"].reminder_type for each in answer.context["reminders"]].count("30_days_before") == 2
        page = answer.content.decode()
        assert "Typing error" in page
        for name in ("renew", "correct-expiry", "revoke"):
            assert address("certificate", f"do_{name}") in page

    def test_shows_archived_reminders_too(self, admin_as_coordinator, certificate):
        at = timezone.now() + timedelta(days=500)
        services.archive_reminders(at=at)
        archived = ArchivedReminder.objects.filter(certificate=certificate)
        assert archived.count() == 3
        answer = admin_as_coordinator.get(address("certificate", "change", certificate.pk))
        assert sum(each["is_archived"] for each in answer.context["reminders"]) == 3
        assert len(answer.context["reminders"]) == 7
        assert listed(admin_as_coordinator.get(address("archivedreminder", "changelist"))) == {
            row.pk for row in archived
        }
        assert admin_as_coordinator.get(address("archivedreminder", "change", archived[0].pk)).status_code == 200

    def test_takes_evidence_and_nothing_else(self, admin_as_coordinator, certificate):
        page = address("certificate", "change", certificate.pk)
        version = admin_as_coordinator.get(page).context["adminform"].form["version"].value()
        facts = {"evidence": "Seen the diploma", "number": "other", "version": version}
        assert admin_as_coordinator.post(page, facts).status_code == 302
        number = certificate.number
        certificate.refresh_from_db()
        assert (certificate.evidence, certificate.number) == ("Seen the diploma", number)
        assert errors_of(admin_as_coordinator.post(page, {**facts, "evidence": "Later"})) == ["__all__"]

    def test_leads_to_the_check_page_and_the_document(self, admin_as_coordinator, certificate):
        page = admin_as_coordinator.get(address("certificate", "change", certificate.pk)).content.decode()
        assert check_url(certificate) in page
        assert reverse("certificate-pdf", args=[certificate.pk]) in page

    @pytest.mark.parametrize("page", ["change", "history"])
    def test_is_not_there_for_others(self, admin_as_neighbour, admin_as_stranger, certificate, page):
        for client in (admin_as_neighbour, admin_as_stranger):
            assert client.get(address("certificate", page, certificate.pk)).status_code in (302, 404)

    def test_leads_to_the_one_before_and_the_one_after(self, admin_as_coordinator, certificate):
        renewed = services.renew_certificate(
            certificate=certificate, issued_on=timezone.localdate(), by=None, at=timezone.now()
        )
        before = admin_as_coordinator.get(address("certificate", "change", certificate.pk)).content.decode()
        after = admin_as_coordinator.get(address("certificate", "change", renewed.pk)).content.decode()
        assert address("certificate", "change", renewed.pk) in before
        assert address("certificate", "change", certificate.pk) in after


class TestVerbsOfCertificates:
    def do(self, client, name: str, *rows, **facts):
        return client.post(address("certificate", f"do_{name}"), {"ids": [row.pk for row in rows], **facts})

    def test_renew(self, admin_as_coordinator, certificate):
        answer = self.do(admin_as_coordinator, "renew", certificate, issued_on=in_days(0))
        assert answer.status_code == 302
        made = Certificate.objects.get(renews=certificate)
        assert made.expires_on.year == timezone.localdate().year + 2

    def test_a_renewal_brings_back_whom_the_expiry_had_paused(self, admin_as_coordinator, certificate, mentor):
        services.sweep_due_organizations(at=timezone.now())
        later = timezone.now() + timedelta(days=21)
        services.sweep_due_organizations(at=later)
        services.process_due(at=later)
        assert MentorProfile.objects.get(pk=mentor.pk).status == MentorStatus.PAUSED
        self.do(admin_as_coordinator, "renew", certificate, issued_on=in_days(0))
        assert MentorProfile.objects.get(pk=mentor.pk).status == MentorStatus.ACTIVE

    def test_a_renewal_that_is_not_later_is_refused_at_its_field(self, admin_as_coordinator, certificate):
        answer = self.do(admin_as_coordinator, "renew", certificate, issued_on=in_days(0), expires_on=in_days(5))
        assert errors_of(answer) == ["expires_on"]
        answer = self.do(admin_as_coordinator, "renew", certificate, issued_on="2020-01-01")
        assert errors_of(answer) == ["issued_on"]

    def test_correct_the_expiry(self, admin_as_coordinator, certificate):
        answer = self.do(admin_as_coordinator, "correct-expiry", certificate, expires_on=in_days(50), reason="Typo")
        assert answer.status_code == 302
        certificate.refresh_from_db()
        assert certificate.expires_on.isoformat() == in_days(50)

    def test_a_correction_says_a_date_or_for_life(self, admin_as_coordinator, certificate):
        for given in ({}, {"expires_on": in_days(50), "for_life": "on"}):
            answer = self.do(admin_as_coordinator, "correct-expiry", certificate, reason="Typo", **given)
            assert errors_of(answer) == ["expires_on"]
        answer = self.do(admin_as_coordinator, "correct-expiry", certificate, reason="Typo", for_life="on")
        assert answer.status_code == 302
        certificate.refresh_from_db()
        assert certificate.expires_at is None

    def test_revoke_shows_first_who_is_paused(self, admin_as_coordinator, certificate, mentor):
        answer = self.do(admin_as_coordinator, "revoke", certificate, reason="Forged")
        ((__, sentence, works),) = answer.context["preview"]
        assert works
        assert sentence.count(str(mentor)) == 2
        certificate.refresh_from_db()
        assert (certificate.status, Notification.objects.count()) == ("active", 0)
        assert self.do(admin_as_coordinator, "revoke", certificate, reason="Forged", confirm="1").status_code == 302
        certificate.refresh_from_db()
        assert (certificate.status, certificate.revocation_reason) == ("revoked", "Forged")
        assert MentorProfile.objects.get(pk=mentor.pk).status == MentorStatus.PAUSED

    def test_revoke_pauses_nobody_who_holds_another_required_one(self, admin_as_coordinator, certificate, give):
        other = give(300, type=CertificationTypeFactory(organization=certificate.organization))
        for rows, pauses in (([certificate], 0), ([certificate, other], 2)):
            answer = self.do(admin_as_coordinator, "revoke", *rows, reason="Forged")
            told = [sentence.count(str(certificate.mentor)) == 2 for __, sentence, __ in answer.context["preview"]]
            assert sum(told) == pauses

    def test_revoke_leaves_alone_what_is_revoked_already(self, admin_as_coordinator, certificate, second, org_admin):
        services.revoke_certificate(certificate=second, reason="Forged", by=org_admin, at=timezone.now())
        answer = self.do(admin_as_coordinator, "revoke", certificate, second, reason="Forged")
        assert {row.pk: works for row, __, works in answer.context["preview"]} == {
            certificate.pk: True,
            second.pk: False,
        }

    def test_extending_one_more_costs_two_statements_at_most_its_row_and_its_history(
        self, admin_as_coordinator, give, organization, local_association
    ):
        rows = [
            give(30, to=MentorProfileFactory(organization=organization, local_association=local_association))
            for __ in range(6)
        ]
        costs = []
        for chosen in (rows[:2], rows[2:]):
            with CaptureQueriesContext(connection) as asked:
                self.do(admin_as_coordinator, "extend", *chosen, until=in_days(90), reason="Courses", confirm="1")
            costs.append(len(asked))
        assert costs[1] - costs[0] <= 2 * 2
        assert {row.expires_on.isoformat() for row in Certificate.objects.with_people()} == {in_days(90)}

    def test_revoke_wants_a_reason(self, admin_as_coordinator, certificate):
        assert errors_of(self.do(admin_as_coordinator, "revoke", certificate, reason=" ")) == ["reason"]

    def test_extend_shows_who_changes_and_who_is_left_alone(
        self, admin_as_coordinator, certificate, second, give, organization, local_association
    ):
        longer = give(400, to=MentorProfileFactory(organization=organization, local_association=local_association))
        rows = (certificate, second, longer)
        answer = self.do(admin_as_coordinator, "extend", *rows, until=in_days(100), reason="Courses cancelled")
        assert [works for *__, works in answer.context["preview"]] == [True, True, False]
        assert set(Certificate.objects.values_list("expires_at", flat=True)) == {row.expires_at for row in rows}
        self.do(admin_as_coordinator, "extend", *rows, until=in_days(100), reason="Courses cancelled", confirm="1")
        found = [Certificate.objects.with_people().get(pk=row.pk).expires_on.isoformat() for row in rows]
        assert found == [in_days(100), in_days(100), in_days(400)]

    def test_the_list_begins_them_for_the_rows_that_were_ticked(self, admin_as_coordinator, certificate, second):
        chosen = {"action": "extend", "_selected_action": [certificate.pk, second.pk]}
        answer = admin_as_coordinator.post(address("certificate", "changelist"), chosen)
        assert {row.pk for row in answer.context["rows"]} == {certificate.pk, second.pk}

    @pytest.mark.parametrize("name", ["renew", "correct-expiry", "extend", "revoke"])
    def test_a_strangers_certificate_is_not_there(
        self, admin_as_coordinator, admin_as_neighbour, certificate, strangers, name
    ):
        for client, row in ((admin_as_coordinator, strangers), (admin_as_neighbour, certificate)):
            for ask in (client.get, client.post):
                assert ask(address("certificate", f"do_{name}"), {"ids": row.pk}).status_code == 404


@pytest.fixture
def failed(certificate) -> RenewalReminder:
    """The 14-day reminder, which all three attempts could not deliver."""
    row = RenewalReminder.objects.get(certificate=certificate, reminder_type="14_days_before")
    at = row.scheduled_at + timedelta(minutes=1)
    services.process_due(at=at)
    row.refresh_from_db()
    Notification.objects.filter(pk=row.notification_id).update(state="failed", attempts=3, failure_reason="bounced")
    services.process_due(at=at)
    row.refresh_from_db()
    assert row.status == "failed"
    return row


class TestReminders:
    def do(self, client, name: str, row, **facts):
        return client.post(address("renewalreminder", f"do_{name}"), {"ids": row.pk, **facts}, follow=True)

    def waiting(self, certificate) -> RenewalReminder:
        return RenewalReminder.objects.get(certificate=certificate, reminder_type="7_days_before")

    def test_the_list_is_a_calendar_of_what_is_to_come(self, admin_as_coordinator, certificate):
        page = address("renewalreminder", "changelist")
        rows = admin_as_coordinator.get(page).context["cl"].result_list
        assert [row.reminder_type for row in rows] == ["14_days_before", "7_days_before", "1_day_before", "on_expiry"]
        counts = {
            value: len(listed(admin_as_coordinator.get(f"{page}?when={value}")))
            for value in ("today", "7", "30", "attention", "done", "all")
        }
        assert counts == {"today": 0, "7": 1, "30": 4, "attention": 0, "done": 3, "all": 7}

    def test_go_out_now_when_somebody_says_so(self, admin_as_coordinator, certificate):
        self.do(admin_as_coordinator, "send-now", self.waiting(certificate))
        assert Notification.objects.get().kind == "certificate_reminder"

    def test_the_notice_of_expiry_does_not(self, admin_as_coordinator, certificate):
        row = RenewalReminder.objects.get(certificate=certificate, reminder_type="on_expiry")
        answer = self.do(admin_as_coordinator, "send-now", row)
        assert [message.level_tag for message in answer.context["messages"]] == ["warning"]
        assert Notification.objects.count() == 0

    def test_are_cancelled(self, admin_as_coordinator, certificate):
        row = self.waiting(certificate)
        self.do(admin_as_coordinator, "cancel", row, reason="Told by telephone")
        row.refresh_from_db()
        assert (row.status, row.failure_reason) == ("cancelled", "cancelled_by_hand")

    def test_those_that_failed_are_on_the_review_list(self, admin_as_coordinator, admin_as_neighbour, failed):
        page = address("renewalreminder", "changelist") + "?when=attention"
        assert listed(admin_as_coordinator.get(page)) == {failed.pk}
        assert listed(admin_as_neighbour.get(page)) == set()
        links = admin_as_coordinator.get(address("renewalreminder", "change", failed.pk)).content.decode()
        for name in ("retry", "send-by", "give-up"):
            assert address("renewalreminder", f"do_{name}") in links

    def test_those_that_failed_are_tried_again(self, admin_as_coordinator, failed):
        self.do(admin_as_coordinator, "retry", failed)
        assert Notification.objects.get(pk=failed.notification_id).state == "pending"

    def test_those_that_failed_go_another_way(self, admin_as_coordinator, failed):
        self.do(admin_as_coordinator, "send-by", failed, channel="in_app")
        assert Notification.objects.get(pk=failed.notification_id).channel == "in_app"

    def test_those_that_failed_are_given_up(self, admin_as_coordinator, failed):
        self.do(admin_as_coordinator, "give-up", failed)
        failed.refresh_from_db()
        assert failed.status == "cancelled"

    def test_the_first_page_says_how_many_need_attention(self, admin_as_coordinator, admin_as_neighbour, failed):
        for client, count in ((admin_as_coordinator, 1), (admin_as_neighbour, 0)):
            notes = client.get(reverse("admin:index")).context["notes"]
            found = {note.address: note.count for note in notes}
            assert found[address("renewalreminder", "changelist") + "?when=attention"] == count

    @pytest.mark.parametrize("name", ["send-now", "cancel", "retry", "send-by", "give-up"])
    def test_a_strangers_is_not_there(self, admin_as_coordinator, admin_as_neighbour, certificate, strangers, name):
        for client, row in ((admin_as_coordinator, strangers), (admin_as_neighbour, certificate)):
            reminder = RenewalReminder.objects.filter(certificate=row).first()
            for ask in (client.get, client.post):
                assert ask(address("renewalreminder", f"do_{name}"), {"ids": reminder.pk}).status_code == 404


class TestTheDryRun:
    PAGE = "admin:certifications_renewalreminder_dry_run"

    def test_shows_who_is_told_and_who_is_paused_and_changes_nothing(
        self, admin_as_coordinator, certificate, mentor, coordinator
    ):
        answer = admin_as_coordinator.get(reverse(self.PAGE), {"on": in_days(20)})
        found = answer.context["found"]
        assert [row.pk for row in found.paused] == [mentor.pk]
        assert {told.recipient for told in found.told} == {mentor.user, coordinator}
        assert str(mentor) in answer.content.decode()
        assert Notification.objects.count() == 0
        assert MentorProfile.objects.get(pk=mentor.pk).status == MentorStatus.ACTIVE

    def test_says_nothing_of_mentors_in_anothers_care(self, admin_as_neighbour, certificate, mentor):
        answer = admin_as_neighbour.get(reverse(self.PAGE), {"on": in_days(20)})
        assert (answer.context["found"].told, answer.context["found"].paused) == ([], [])
        assert str(mentor) not in answer.content.decode()

    def test_is_not_run_for_another_organisation(self, admin_as_coordinator, foreign, strangers):
        asked = {"on": in_days(20), "organization": foreign.organization.pk}
        answer = admin_as_coordinator.get(reverse(self.PAGE), asked)
        assert errors_of(answer) == ["organization"]
        assert answer.context["found"] is None

    @pytest.mark.parametrize("day", [in_days(-1), in_days(2000), "9999-12-31", "0001-01-01", "nonsense", ""])
    def test_looks_no_further_than_makes_sense(self, admin_as_coordinator, certificate, day):
        assert errors_of(admin_as_coordinator.get(reverse(self.PAGE), {"on": day})) == ["on"]

    def test_is_closed_to_mentors(self, mentor):
        assert browser(mentor.user).get(reverse(self.PAGE)).status_code in (302, 403)


class TestSettings:
    def test_are_made_by_administrators(self, admin_as_org_admin, organization):
        facts = {"organization": organization.pk, "reminder_hour": 9, "publishes_mentors": "on"}
        answer = admin_as_org_admin.post(address("certificationsettings", "add"), facts)
        assert answer.status_code == 302, errors_of(answer)
        assert CertificationSettings.objects.get().reminder_hour == 9
        assert admin_as_org_admin.get(address("certificationsettings", "add")).status_code == 403

    def test_are_changed_and_the_reminders_move(self, admin_as_org_admin, organization, certificate, org_admin):
        made = services.change_settings(organization=organization, by=org_admin, at=timezone.now(), reminder_hour=9)
        page = address("certificationsettings", "change", made.pk)
        version = admin_as_org_admin.get(page).context["adminform"].form["version"].value()
        answer = admin_as_org_admin.post(page, {"reminder_hour": 11, "version": version})
        assert answer.status_code == 302, errors_of(answer)
        waiting = RenewalReminder.objects.filter(certificate=certificate, status="pending")
        assert {timezone.localtime(row.scheduled_at).hour for row in waiting} == {11}

    def test_an_hour_at_night_is_refused_at_its_field(self, admin_as_org_admin, organization):
        facts = {"organization": organization.pk, "reminder_hour": 3}
        answer = admin_as_org_admin.post(address("certificationsettings", "add"), facts)
        assert errors_of(answer) == ["reminder_hour"]

    def test_coordinators_do_not_see_them(self, admin_as_coordinator):
        assert admin_as_coordinator.get(address("certificationsettings", "changelist")).status_code == 403

    def test_nobody_makes_them_for_another_organisation(self, admin_as_org_admin):
        facts = {"organization": OrganizationFactory().pk, "reminder_hour": 9}
        answer = admin_as_org_admin.post(address("certificationsettings", "add"), facts)
        assert errors_of(answer) == ["organization"]
