"""Hundreds at once on the desk: issuing to many, and extensions that a background job does."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import CareArea, MentorProfile
from certifications import jobs, services
from certifications.models import Certificate, RenewalReminder
from mentoring.admin.desk import MOST_AT_ONCE
from operations.models import Job
from operations.services import run_waiting_jobs
from tests.factories import CertificationTypeFactory, LocalAssociationFactory, MentorProfileFactory

pytestmark = pytest.mark.django_db

PAGE = "admin:certifications_certificate_issue_to_many"
EXTEND = "admin:certifications_certificate_do_extend"


def today():
    return timezone.localdate()


@pytest.fixture
def others(organization, local_association) -> list[MentorProfile]:
    return [
        MentorProfileFactory(organization=organization, local_association=local_association, member_number=f"M{number}")
        for number in range(3)
    ]


@pytest.fixture
def crowd(organization, local_association) -> list[MentorProfile]:
    """One more than a request takes on."""
    return [
        MentorProfileFactory(organization=organization, local_association=local_association)
        for __ in range(MOST_AT_ONCE + 1)
    ]


class TestIssuingToMany:
    def ask(self, client, course, **more):
        return client.post(reverse(PAGE), {"type": course.pk, "issued_on": today().isoformat(), **more})

    def outcomes(self, answer) -> dict:
        return {line.mentor.pk: str(line.outcome) for line in answer.context["lines"]}

    def errors(self, answer) -> list[str]:
        return list(answer.context["form"].errors)

    def test_shows_who_gets_what_and_issues_nothing_yet(
        self, admin_as_coordinator, course, others, issue, local_association
    ):
        issue(30, to=others[0], at=timezone.now())
        MentorProfile.objects.filter(member_number="").update(status="resigned", is_listed=False)
        services.issue_certificate(mentor=others[1], type=course, issued_on=today(), by=None, at=timezone.now())
        answer = self.ask(admin_as_coordinator, course, local_associations=[local_association.pk])
        assert self.outcomes(answer) == {
            others[0].pk: "renewed",
            others[1].pk: "unchanged",
            others[2].pk: "issued",
        }
        assert Certificate.objects.count() == 2

    def test_issues_when_confirmed(self, admin_as_coordinator, course, others, local_association):
        answer = self.ask(admin_as_coordinator, course, local_associations=[local_association.pk], confirm="1")
        assert answer.status_code == 302
        assert set(Certificate.objects.values_list("mentor", flat=True)) == {mentor.pk for mentor in others}
        assert RenewalReminder.objects.count() == 3 * 7

    def test_says_who_is_refused_and_why(self, admin_as_coordinator, course, others, local_association):
        asked = {"local_associations": [local_association.pk], "expires_on": "2020-01-01"}
        answer = self.ask(admin_as_coordinator, course, **asked)
        assert set(self.outcomes(answer).values()) == {"refused"}
        assert not answer.context["can_confirm"]
        assert self.ask(admin_as_coordinator, course, **asked, confirm="1").status_code == 302
        assert Certificate.objects.count() == 0

    def test_takes_pasted_member_numbers(self, admin_as_coordinator, course, others):
        answer = self.ask(admin_as_coordinator, course, member_numbers="M0, M2\r\nM0")
        assert self.outcomes(answer) == {others[0].pk: "issued", others[2].pk: "issued"}

    def test_names_numbers_that_nobody_has(self, admin_as_coordinator, course, others):
        answer = self.ask(admin_as_coordinator, course, member_numbers="M0 M99")
        assert self.errors(answer) == ["member_numbers"]
        assert "M99" in answer.content.decode()

    def test_wants_somebody(self, admin_as_coordinator, course, others):
        assert self.errors(self.ask(admin_as_coordinator, course)) == ["__all__"]

    def test_takes_everything_below_an_association(
        self, admin_as_org_admin, course, others, region, local_association, organization
    ):
        elsewhere = MentorProfileFactory(
            organization=organization, local_association=LocalAssociationFactory(organization=organization)
        )
        answer = self.ask(admin_as_org_admin, course, local_associations=[region.pk])
        assert set(self.outcomes(answer)) == {mentor.pk for mentor in others}
        assert elsewhere.pk not in self.outcomes(answer)

    def test_leaves_out_who_has_resigned(self, admin_as_coordinator, course, others, local_association):
        MentorProfile.objects.filter(pk=others[0].pk).update(status="resigned", is_listed=False)
        answer = self.ask(admin_as_coordinator, course, local_associations=[local_association.pk])
        assert others[0].pk not in self.outcomes(answer)

    def test_knows_nothing_of_mentors_in_anothers_care(
        self, admin_as_neighbour, admin_as_stranger, course, others, local_association
    ):
        answer = self.ask(admin_as_neighbour, course, member_numbers="M0")
        assert self.errors(answer) == ["member_numbers"]
        answer = self.ask(admin_as_neighbour, course, local_associations=[local_association.pk])
        assert self.errors(answer) == ["local_associations"]
        assert self.errors(self.ask(admin_as_stranger, course, member_numbers="M0")) == ["type"]

    def test_more_than_a_request_takes_on_is_a_background_job(
        self, admin_as_coordinator, course, crowd, local_association
    ):
        asked = {"local_associations": [local_association.pk]}
        answer = self.ask(admin_as_coordinator, course, **asked)
        assert (len(answer.context["lines"]), answer.context["hidden_count"]) == (MOST_AT_ONCE, 1)
        self.ask(admin_as_coordinator, course, **asked, confirm="1")
        assert Certificate.objects.count() == 0
        run_waiting_jobs(clock=timezone.now)
        job = Job.objects.get(kind=jobs.ISSUE)
        assert (job.state, job.result["issued"]) == ("done", len(crowd))
        assert (job.done_count, job.total_count) == (len(crowd), len(crowd))
        assert Certificate.objects.count() == len(crowd)


class TestExtendingMany:
    @pytest.fixture
    def held(self, crowd, course, org_admin, organization) -> list[Certificate]:
        until = today() + timedelta(days=30)
        drafts = [services.Draft(mentor.pk, course.pk, today() - timedelta(days=9), until) for mentor in crowd]
        services.issue_certificates(organization=organization, drafts=drafts, by=org_admin, at=timezone.now())
        return list(Certificate.objects.order_by("pk"))

    def test_the_whole_list_is_chosen_shown_confirmed_and_done_in_the_background(
        self, admin_as_coordinator, held, coordinator
    ):
        listing = reverse("admin:certifications_certificate_changelist")
        chosen = {"action": "extend", "_selected_action": held[0].pk, "select_across": "1"}
        answer = admin_as_coordinator.post(listing, chosen)
        assert (len(answer.context["ids"]), answer.context["hidden_count"]) == (1, 1)
        until = today() + timedelta(days=100)
        facts = {"ids": answer.context["ids"], "until": until.isoformat(), "reason": "Courses cancelled"}
        answer = admin_as_coordinator.post(reverse(EXTEND), facts)
        assert answer.context["works_count"] == len(held)
        answer = admin_as_coordinator.post(reverse(EXTEND), {**facts, "confirm": "1"}, follow=True)
        job = Job.objects.get(kind=jobs.EXTEND)
        assert reverse("admin:operations_job_change", args=[job.pk]) in answer.content.decode()
        run_waiting_jobs(clock=timezone.now)
        job.refresh_from_db()
        assert (job.state, job.result) == ("done", {"extended": len(held), "left_alone": 0})
        assert {row.expires_on for row in Certificate.objects.with_people()} == {until}

    def test_the_job_does_nothing_for_who_has_lost_the_care_meanwhile(
        self, admin_as_coordinator, held, coordinator, organization
    ):
        jobs.queue_extension(
            organization_id=organization.pk,
            certificates=[row.pk for row in held],
            until=today() + timedelta(days=100),
            reason="Courses cancelled",
            by=coordinator,
            at=timezone.now(),
        )
        CareArea.objects.all().delete()
        run_waiting_jobs(clock=timezone.now)
        assert Job.objects.get(kind=jobs.EXTEND).result == {"extended": 0, "left_alone": len(held)}

    def test_started_again_it_changes_nothing_twice(self, held, org_admin, organization):
        for __ in range(2):
            jobs.queue_extension(
                organization_id=organization.pk,
                certificates=[row.pk for row in held],
                until=today() + timedelta(days=100),
                reason="Courses cancelled",
                by=org_admin,
                at=timezone.now(),
            )
            run_waiting_jobs(clock=timezone.now)
        assert sorted(job.result["extended"] for job in Job.objects.filter(kind=jobs.EXTEND)) == [0, len(held)]

    def test_rows_of_several_organisations_are_not_one_job(self, admin_as_platform_staff, held, foreign):
        course = CertificationTypeFactory(organization=foreign.organization)
        theirs = services.issue_certificate(
            mentor=foreign.mentor, type=course, issued_on=today(), by=None, at=timezone.now()
        )
        keys = ",".join(str(row.pk) for row in [*held, theirs])
        facts = {"ids": keys, "until": (today() + timedelta(days=100)).isoformat(), "reason": "Courses cancelled"}
        answer = admin_as_platform_staff.post(reverse(EXTEND), facts)
        assert list(answer.context["form"].errors) == ["__all__"]
