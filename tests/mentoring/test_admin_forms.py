"""The desk's forms: what they save goes through the verbs, and what a verb refuses stands at its field."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import ChangeEntry
from accounts.services import log_change
from mentoring.enums import ActivityStatus, AssignmentStatus, Duplicate, Source
from mentoring.models import Activity, ActivityType, Assignment, Contact, ReminderConfig
from tests.factories import ActivityFactory, ActivityTypeFactory, AssignmentFactory, ContactFactory


def address(model: str, page: str, *args) -> str:
    return reverse(f"admin:mentoring_{model}_{page}", args=args)


@pytest.fixture
def assignment(organization, mentor, coordinator) -> Assignment:
    return AssignmentFactory(organization=organization, mentor=mentor, coordinator=coordinator)


@pytest.fixture
def activity(assignment) -> Activity:
    return ActivityFactory(assignment=assignment)


def form_of(client, page: str) -> dict:
    """What a browser would send back if nobody touched the form."""
    form = client.get(page).context["adminform"].form
    sent = {}
    for name, field in form.fields.items():
        value = form[name].value()
        if value is True:
            sent[name] = "on"
        elif value not in (None, False, ""):
            sent[name] = field.widget.format_value(value) if hasattr(field.widget, "format_value") else value
    return sent


def errors_of(answer) -> list[str]:
    return list(answer.context["adminform"].form.errors)


class TestAssignments:
    def test_are_opened(self, admin_as_coordinator, coordinator, mentor, organization, local_association):
        contact = ContactFactory(organization=organization, local_association=local_association)
        facts = {
            "mentor": mentor.pk,
            "contact": contact.pk,
            "coordinator": coordinator.pk,
            "start_date": timezone.localdate().isoformat(),
        }
        answer = admin_as_coordinator.post(address("assignment", "add"), facts)
        assert answer.status_code == 302, answer.context["adminform"].form.errors
        made = Assignment.objects.get()
        assert (made.mentor, made.contact, made.coordinator, made.sequence) == (mentor, contact, coordinator, 1)

    def test_a_pair_that_is_there_is_refused(self, admin_as_coordinator, coordinator, assignment):
        facts = {
            "mentor": assignment.mentor_id,
            "contact": assignment.contact_id,
            "coordinator": coordinator.pk,
            "start_date": timezone.localdate().isoformat(),
        }
        assert errors_of(admin_as_coordinator.post(address("assignment", "add"), facts)) == ["__all__"]
        assert Assignment.objects.count() == 1

    def test_a_first_day_too_far_away_is_refused_at_its_field(
        self, admin_as_coordinator, coordinator, mentor, organization, local_association
    ):
        contact = ContactFactory(organization=organization, local_association=local_association)
        facts = {
            "mentor": mentor.pk,
            "contact": contact.pk,
            "coordinator": coordinator.pk,
            "start_date": (timezone.localdate() + timedelta(days=800)).isoformat(),
        }
        assert errors_of(admin_as_coordinator.post(address("assignment", "add"), facts)) == ["start_date"]

    def test_get_thresholds_of_their_own(self, admin_as_coordinator, assignment):
        page = address("assignment", "change", assignment.pk)
        facts = {**form_of(admin_as_coordinator, page), "reminder_days": 5, "escalation_days": 8}
        assert admin_as_coordinator.post(page, facts).status_code == 302
        assignment.refresh_from_db()
        assert (assignment.reminder_days, assignment.escalation_days) == (5, 8)

    def test_thresholds_that_make_no_sense_are_refused_at_their_field(self, admin_as_coordinator, assignment):
        page = address("assignment", "change", assignment.pk)
        facts = {**form_of(admin_as_coordinator, page), "reminder_days": 9, "escalation_days": 8}
        assert errors_of(admin_as_coordinator.post(page, facts)) == ["escalation_days"]

    def test_of_two_at_one_form_the_second_is_told(self, admin_as_coordinator, admin_as_org_admin, assignment):
        page = address("assignment", "change", assignment.pk)
        first, second = form_of(admin_as_coordinator, page), form_of(admin_as_org_admin, page)
        assert admin_as_coordinator.post(page, {**first, "reminder_days": 5}).status_code == 302
        assert errors_of(admin_as_org_admin.post(page, {**second, "reminder_days": 6})) == ["__all__"]
        assignment.refresh_from_db()
        assert assignment.reminder_days == 5

    def test_several_are_completed_at_once(self, admin_as_coordinator, coordinator, assignment, organization):
        other = AssignmentFactory(organization=organization, mentor=assignment.mentor, coordinator=coordinator)
        chosen = {"action": "complete", "_selected_action": [assignment.pk, other.pk]}
        answer = admin_as_coordinator.post(address("assignment", "changelist"), chosen)
        assert len(answer.context["rows"]) == 2
        ids = [row.pk for row in answer.context["rows"]]
        admin_as_coordinator.post(address("assignment", "do_complete"), {"ids": ids, "reason": "Done"})
        assert set(Assignment.objects.values_list("status", flat=True)) == {AssignmentStatus.COMPLETED}

    def test_a_deleted_one_is_gone_from_the_list_but_not_from_the_table(self, admin_as_coordinator, assignment):
        answer = admin_as_coordinator.post(address("assignment", "do_delete"), {"ids": assignment.pk, "reason": ""})
        assert answer.headers["Location"] == address("assignment", "changelist")
        assert Assignment.objects.get().deleted_at
        assert not admin_as_coordinator.get(address("assignment", "changelist")).context["cl"].result_list

    def test_the_history_speaks_plainly(self, admin_as_coordinator, coordinator, assignment):
        coordinator.language = "en"
        coordinator.save()
        admin_as_coordinator.post(
            address("assignment", "do_complete"), {"ids": assignment.pk, "reason": "Goal reached"}
        )
        page = admin_as_coordinator.get(address("assignment", "history", assignment.pk)).content.decode()
        assert "Status: Active → Completed" in page
        assert "Goal reached" in page
        assert str(coordinator) in page

    def test_the_history_names_people_not_keys(self, admin_as_coordinator, assignment, org_admin, coordinator, now):
        log_change(assignment, by=org_admin, at=now, before={"coordinator_id": org_admin.pk})
        page = admin_as_coordinator.get(address("assignment", "history", assignment.pk)).content.decode()
        assert f"{org_admin} → {coordinator}" in page
        assert str(org_admin.pk) not in page


class TestContacts:
    def test_are_made_in_ones_own_organisation(self, admin_as_coordinator, organization, local_association):
        facts = {"first_name": "Åse", "last_name": "Ås", "local_association": local_association.pk}
        answer = admin_as_coordinator.post(address("contact", "add"), facts)
        assert answer.status_code == 302, answer.context["adminform"].form.errors
        made = Contact.objects.get()
        assert (made.organization, made.local_association) == (organization, local_association)
        assert ChangeEntry.objects.of(made).count() == 1

    def test_not_in_a_strangers_association(self, admin_as_coordinator, foreign):
        facts = {"first_name": "Åse", "local_association": foreign.local_association.pk}
        assert errors_of(admin_as_coordinator.post(address("contact", "add"), facts)) == ["local_association"]

    def test_a_number_that_is_taken_is_refused_at_its_field(self, admin_as_coordinator, organization, assignment):
        ContactFactory(organization=organization, number="17", local_association=assignment.local_association)
        page = address("contact", "change", assignment.contact_id)
        answer = admin_as_coordinator.post(page, {**form_of(admin_as_coordinator, page), "number": "17"})
        assert errors_of(answer) == ["number"]

    def test_who_still_has_a_mentor_stays(self, admin_as_coordinator, assignment):
        admin_as_coordinator.post(address("contact", "do_delete"), {"ids": assignment.contact_id})
        assert Contact.objects.get().deleted_at is None


class TestActivities:
    def facts(self, assignment, kind) -> dict:
        return {
            "mentor": assignment.mentor_id,
            "contact": assignment.contact_id,
            "type": kind.pk,
            "occurred_at": (timezone.localtime() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"),
            "minutes": 45,
            "reached": "on",
        }

    def test_are_registered_on_behalf_of_a_mentor(self, admin_as_coordinator, coordinator, assignment):
        facts = self.facts(assignment, ActivityTypeFactory())
        answer = admin_as_coordinator.post(address("activity", "add"), facts)
        assert answer.status_code == 302, answer.context["adminform"].form.errors
        made = Activity.objects.get()
        assert (made.source, made.recorded_by, made.assignment) == (Source.COORDINATOR, coordinator, assignment)
        assignment.refresh_from_db()
        assert assignment.last_contact_date == made.occurred_at

    def test_one_that_looks_the_same_has_to_be_confirmed(self, admin_as_coordinator, assignment):
        facts = self.facts(assignment, ActivityTypeFactory())
        admin_as_coordinator.post(address("activity", "add"), facts)
        assert errors_of(admin_as_coordinator.post(address("activity", "add"), facts)) == ["__all__"]
        admin_as_coordinator.post(address("activity", "add"), {**facts, "is_distinct": "on"})
        assert Activity.objects.count() == 2

    def test_a_foreign_type_is_no_choice(self, admin_as_coordinator, assignment, foreign):
        kind = ActivityType.objects.create(organization=foreign.organization, slug="theirs", name="Theirs")
        answer = admin_as_coordinator.post(address("activity", "add"), self.facts(assignment, kind))
        assert errors_of(answer) == ["type"]

    def test_are_corrected_and_the_contact_date_follows(self, admin_as_coordinator, activity):
        page = address("activity", "change", activity.pk)
        facts = {**form_of(admin_as_coordinator, page), "occurred_at": "2026-02-01T10:00", "minutes": 61}
        assert admin_as_coordinator.post(page, facts).status_code == 302
        activity.refresh_from_db()
        activity.assignment.refresh_from_db()
        assert activity.minutes == 61
        assert activity.assignment.last_contact_date == activity.occurred_at

    def test_minutes_that_cannot_be_are_refused_at_their_field(self, admin_as_coordinator, activity):
        page = address("activity", "change", activity.pk)
        facts = {**form_of(admin_as_coordinator, page), "minutes": 1441}
        assert errors_of(admin_as_coordinator.post(page, facts)) == ["minutes"]

    def test_suspected_ones_are_decided_side_by_side(self, admin_as_coordinator, activity):
        twin = ActivityFactory(assignment=activity.assignment, type=activity.type, duplicate=Duplicate.SUSPECTED)
        page = address("activity", "compare", twin.pk)
        assert admin_as_coordinator.get(page).context["columns"] == [twin, activity]
        admin_as_coordinator.post(page, {"verdict": "duplicate"})
        twin.refresh_from_db()
        assert twin.duplicate == Duplicate.DUPLICATE
        assert admin_as_coordinator.post(page, {"verdict": "distinct"}).status_code == 302
        twin.refresh_from_db()
        assert twin.duplicate == Duplicate.DUPLICATE

    def test_a_strangers_pair_is_not_there_to_compare(self, admin_as_coordinator, foreign):
        Activity.objects.update(duplicate=Duplicate.SUSPECTED)
        for ask in (admin_as_coordinator.get, admin_as_coordinator.post):
            assert ask(address("activity", "compare", foreign.activity.pk)).status_code == 404

    @pytest.mark.parametrize(
        ("verb", "field", "value"),
        [
            ("approve", "status", ActivityStatus.APPROVED),
            ("reject", "status", ActivityStatus.REJECTED),
            ("is-distinct", "duplicate", Duplicate.DISTINCT),
            ("is-duplicate", "duplicate", Duplicate.DUPLICATE),
        ],
    )
    def test_several_are_decided_at_once(self, admin_as_coordinator, assignment, verb, field, value):
        ids = [ActivityFactory(assignment=assignment, duplicate="suspected").pk for __ in range(2)]
        admin_as_coordinator.post(address("activity", f"do_{verb}"), {"ids": ids})
        assert list(Activity.objects.values_list(field, flat=True)) == [value, value]


class TestTypesAndSettings:
    def test_an_administrator_keeps_the_organisations_types(self, admin_as_org_admin, organization):
        facts = {"organization": organization.pk, "slug": "kaffe", "name": "Kaffe", "is_active": "on"}
        answer = admin_as_org_admin.post(address("activitytype", "add"), facts)
        assert answer.status_code == 302, answer.context["adminform"].form.errors
        assert ActivityType.objects.get(slug="kaffe").organization == organization

    def test_but_not_those_for_everybody(self, admin_as_org_admin, foreign):
        shared = ActivityTypeFactory()
        assert (
            admin_as_org_admin.post(address("activitytype", "change", shared.pk), {"name": "Mine"}).status_code == 403
        )
        for organization in ("", foreign.organization.pk):
            facts = {"organization": organization, "slug": "kaffe", "name": "Kaffe"}
            assert errors_of(admin_as_org_admin.post(address("activitytype", "add"), facts)) == ["organization"]

    def test_a_slug_that_is_taken_is_refused_at_its_field(self, admin_as_org_admin, organization):
        ActivityType.objects.create(organization=organization, slug="kaffe", name="Kaffe")
        facts = {"organization": organization.pk, "slug": "kaffe", "name": "Te"}
        assert len(errors_of(admin_as_org_admin.post(address("activitytype", "add"), facts))) == 1

    def test_a_type_that_ceases_to_count_takes_the_contact_dates_along(
        self, admin_as_org_admin, organization, assignment
    ):
        kind = ActivityType.objects.create(organization=organization, slug="kaffe", name="Kaffe")
        activity = ActivityFactory(assignment=assignment, type=kind)
        Assignment.objects.touch(assignment.pk, activity.occurred_at, activity.occurred_at)
        page = address("activitytype", "change", kind.pk)
        facts = {**form_of(admin_as_org_admin, page)}
        facts.pop("counts_as_contact", None)
        assert admin_as_org_admin.post(page, facts).status_code == 302
        assignment.refresh_from_db()
        assert assignment.last_contact_date is None

    def test_an_administrator_sets_the_thresholds_and_goes_back_to_the_default(self, admin_as_org_admin, organization):
        facts = {"organization": organization.pk, "reminder_days": 7, "escalation_days": 14}
        assert admin_as_org_admin.post(address("reminderconfig", "add"), facts).status_code == 302
        config = ReminderConfig.objects.get()
        assert (config.reminder_days, config.escalation_days) == (7, 14)
        admin_as_org_admin.post(address("reminderconfig", "delete", config.pk), {"post": "yes"})
        assert not ReminderConfig.objects.exists()

    def test_a_coordinator_sees_them_only(self, admin_as_coordinator, organization):
        config = ReminderConfig.objects.create(organization=organization)
        assert admin_as_coordinator.get(address("reminderconfig", "change", config.pk)).status_code == 200
        answer = admin_as_coordinator.post(address("reminderconfig", "change", config.pk), {"reminder_days": 1})
        assert answer.status_code == 403
