"""The first page of the desk: the queue, what stands on it and what one click does."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from accounts.enums import MentorStatus, Module, PausedBy, PauseReason
from accounts.models import MentorProfile, ModuleSetting
from mentoring.enums import FollowUpKind
from mentoring.models import Activity, Assignment, FollowUpReminder
from tests.factories import ActivityFactory, ActivityTypeFactory, AssignmentFactory, MentorProfileFactory

QUEUE = reverse("admin:index")


def do(name: str) -> str:
    return reverse(f"admin:mentoring_assignment_do_{name}")


def pair(local_association, coordinator, days: int = 12, **more) -> Assignment:
    """A pair whose last contact was so many days ago."""
    if "mentor" not in more:
        more["mentor__local_association"] = local_association
    return AssignmentFactory(
        organization=local_association.organization,
        coordinator=coordinator,
        last_contact_date=timezone.now() - timedelta(days=days),
        **more,
    )


@pytest.fixture
def waiting(local_association, coordinator) -> Assignment:
    return pair(local_association, coordinator)


def text(client, address: str = QUEUE) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


class TestTheQueue:
    def test_starts_with_the_longest_without_contact(self, admin_as_coordinator, local_association, coordinator):
        made = [pair(local_association, coordinator, days) for days in (12, 40, 25)]
        response = admin_as_coordinator.get(QUEUE)
        assert [line.assignment.pk for line in response.context["lines"]] == [made[1].pk, made[2].pk, made[0].pk]

    def test_says_days_and_why(self, admin_as_coordinator, coordinator, waiting):
        coordinator.language = "en"
        coordinator.save()
        page = text(admin_as_coordinator)
        assert "<strong>12</strong>" in page
        assert "No contact for 12 days; reminder after 10." in page

    def test_leaves_out_who_has_had_contact_in_time(self, admin_as_coordinator, local_association, coordinator):
        recent = pair(local_association, coordinator, days=9)
        assert str(recent.contact) not in text(admin_as_coordinator)
        assert str(recent.contact) in text(admin_as_coordinator, f"{QUEUE}?show=open")

    def test_moves_the_snoozed_to_a_view_of_their_own(self, admin_as_coordinator, waiting):
        Assignment.objects.filter(pk=waiting.pk).update(
            snoozed_until=timezone.localdate() + timedelta(days=3), snooze_reason="At the seaside"
        )
        assert str(waiting.contact) not in text(admin_as_coordinator)
        assert "At the seaside" in text(admin_as_coordinator, f"{QUEUE}?show=snoozed")

    def test_hides_what_lies_outside_ones_care(
        self, admin_as_coordinator, next_door, neighbour, foreign, waiting, coordinator
    ):
        beside = pair(next_door, neighbour)
        page = text(admin_as_coordinator, f"{QUEUE}?show=open")
        assert str(waiting.contact) in page
        for hidden in (beside.contact, beside.mentor, foreign.contact, foreign.mentor):
            assert str(hidden) not in page

    def test_hides_organisations_that_do_not_follow_up(self, admin_as_coordinator, organization, waiting):
        ModuleSetting.objects.filter(organization=organization, module=Module.FOLLOW_UP).update(is_enabled=False)
        assert str(waiting.contact) not in text(admin_as_coordinator, f"{QUEUE}?show=open")

    def test_hides_a_coordinators_own_pairs_as_a_mentor_elsewhere(
        self, admin_as_coordinator, organization, coordinator, next_door, neighbour
    ):
        me = MentorProfileFactory(organization=organization, user=coordinator, local_association=next_door)
        own = pair(next_door, neighbour, mentor=me)
        assert str(own.contact) not in text(admin_as_coordinator, f"{QUEUE}?show=open")

    def test_goes_on_over_pages(self, admin_as_coordinator, local_association, coordinator):
        for days in range(12, 38):
            pair(local_association, coordinator, days)
        first, second = (admin_as_coordinator.get(QUEUE, {"page": number}) for number in (1, 2))
        assert (len(first.context["lines"]), len(second.context["lines"])) == (25, 1)

    @pytest.mark.parametrize("page", ["0", "-1", "99999999999999999999", "x", "１"])
    def test_shows_some_page_whatever_is_asked(self, admin_as_coordinator, waiting, page):
        assert admin_as_coordinator.get(QUEUE, {"page": page, "show": page}).status_code == 200

    def test_asks_the_database_as_often_for_three_lines_as_for_one(
        self, admin_as_coordinator, local_association, coordinator, waiting, django_assert_num_queries
    ):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as one:
            text(admin_as_coordinator)
        for days in (13, 14):
            pair(local_association, coordinator, days)
        with django_assert_num_queries(len(one)):
            text(admin_as_coordinator)

    def test_counts_what_else_wants_a_look(self, admin_as_coordinator, waiting, mentor, foreign):
        ActivityFactory(assignment=waiting, duplicate="suspected")
        ActivityFactory(assignment=foreign.assignment, duplicate="suspected")
        MentorProfile.objects.filter(pk__in=[mentor.pk, foreign.mentor.pk]).update(
            status=MentorStatus.PAUSED,
            paused_by=PausedBy.SELF,
            pause_reason=PauseReason.LEAVE,
            paused_at=timezone.now(),
            is_listed=False,
        )
        notes = admin_as_coordinator.get(QUEUE).context["notes"]
        assert [note.count for note in notes][:3] == [1, 0, 1]

    def test_is_closed_to_mentors_and_strangers_to_the_house(self, client, mentor):
        assert client.get(QUEUE).status_code == 302
        client.force_login(mentor.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        assert client.get(QUEUE, follow=True).status_code == 403


class TestOneClick:
    def test_reminds_the_mentor_and_comes_back_to_the_queue(self, admin_as_coordinator, coordinator, waiting):
        answer = admin_as_coordinator.post(do("remind"), {"ids": waiting.pk, "next": f"{QUEUE}?show=overdue"})
        assert answer.headers["Location"] == f"{QUEUE}?show=overdue"
        reminder = FollowUpReminder.objects.get()
        assert (reminder.kind, reminder.recipient, reminder.by) == (
            FollowUpKind.REMINDER,
            waiting.mentor.user,
            coordinator,
        )

    def test_says_so_when_it_has_been_done_today(self, admin_as_coordinator, coordinator, waiting):
        coordinator.language = "en"
        coordinator.save()
        for __ in range(2):
            answer = admin_as_coordinator.post(do("remind"), {"ids": waiting.pk, "next": QUEUE}, follow=True)
        assert "reminded of this today already" in answer.content.decode()
        assert FollowUpReminder.objects.count() == 1

    def test_tells_the_coordinator(self, admin_as_coordinator, coordinator, waiting):
        admin_as_coordinator.post(do("tell"), {"ids": waiting.pk, "next": QUEUE})
        reminder = FollowUpReminder.objects.get()
        assert (reminder.kind, reminder.recipient) == (FollowUpKind.ESCALATION, coordinator)

    def test_looking_at_the_page_of_a_verb_does_nothing(self, admin_as_coordinator, waiting):
        assert admin_as_coordinator.get(do("remind"), {"ids": waiting.pk}).status_code == 200
        assert not FollowUpReminder.objects.exists()

    def test_never_leads_away_from_the_house(self, admin_as_coordinator, waiting):
        answer = admin_as_coordinator.post(do("remind"), {"ids": waiting.pk, "next": "https://evil.example/"})
        assert answer.headers["Location"] == reverse("admin:mentoring_assignment_change", args=[waiting.pk])


class TestFormsOfVerbs:
    def test_snooze_wants_a_reason_and_a_day_to_come(self, admin_as_coordinator, waiting):
        facts = {"ids": waiting.pk, "until": timezone.localdate().isoformat(), "reason": "Ferie"}
        answer = admin_as_coordinator.post(do("snooze"), facts)
        assert list(answer.context["form"].errors) == ["until"]
        answer = admin_as_coordinator.post(do("snooze"), {**facts, "reason": ""})
        assert list(answer.context["form"].errors) == ["reason"]
        waiting.refresh_from_db()
        assert waiting.snoozed_until is None

    def test_snooze_takes_it_out_of_the_queue(self, admin_as_coordinator, waiting):
        until = timezone.localdate() + timedelta(days=7)
        facts = {"ids": waiting.pk, "until": until.isoformat(), "reason": "Ferie", "next": QUEUE}
        assert admin_as_coordinator.post(do("snooze"), facts).headers["Location"] == QUEUE
        assert admin_as_coordinator.get(QUEUE).context["lines"] == []
        admin_as_coordinator.post(do("wake"), {"ids": waiting.pk})
        assert len(admin_as_coordinator.get(QUEUE).context["lines"]) == 1

    def test_handing_over_shows_first_what_will_happen(self, admin_as_coordinator, waiting, mentor):
        facts = {"ids": waiting.pk, "mentor": mentor.pk, "reason": "Has moved", "next": QUEUE}
        answer = admin_as_coordinator.post(do("hand-over"), facts)
        assert [works for *__, works in answer.context["preview"]] == [True]
        waiting.refresh_from_db()
        assert waiting.mentor_id != mentor.pk
        admin_as_coordinator.post(do("hand-over"), {**facts, "confirm": "1"})
        waiting.refresh_from_db()
        assert waiting.mentor_id == mentor.pk

    def test_handing_over_says_what_stands_in_the_way(self, admin_as_coordinator, organization, waiting, mentor):
        AssignmentFactory(organization=organization, mentor=mentor, contact=waiting.contact)
        answer = admin_as_coordinator.post(do("hand-over"), {"ids": waiting.pk, "mentor": mentor.pk})
        assert [works for *__, works in answer.context["preview"]] == [False]
        assert not answer.context["can_confirm"]

    def test_a_foreign_mentor_is_no_choice(self, admin_as_coordinator, waiting, foreign):
        answer = admin_as_coordinator.post(do("hand-over"), {"ids": waiting.pk, "mentor": foreign.mentor.pk})
        assert list(answer.context["form"].errors) == ["mentor"]

    def test_a_logged_contact_takes_it_out_of_the_queue(self, admin_as_coordinator, coordinator, waiting):
        facts = self._contact(waiting)
        assert admin_as_coordinator.post(do("log-contact"), facts).headers["Location"] == QUEUE
        assert admin_as_coordinator.get(QUEUE).context["lines"] == []
        activity = Activity.objects.get()
        assert (activity.recorded_by, activity.assignment, activity.minutes) == (coordinator, waiting, 20)

    def test_a_second_one_that_looks_the_same_asks_first(self, admin_as_coordinator, waiting):
        facts = self._contact(waiting)
        admin_as_coordinator.post(do("log-contact"), facts)
        answer = admin_as_coordinator.post(do("log-contact"), facts)
        assert 'type="checkbox" name="is_distinct"' in answer.content.decode()
        admin_as_coordinator.post(do("log-contact"), {**facts, "is_distinct": "on"})
        assert Activity.objects.count() == 2

    def test_a_contact_to_come_is_refused_at_its_field(self, admin_as_coordinator, waiting):
        facts = {**self._contact(waiting), "occurred_at": "2999-01-01T12:00"}
        answer = admin_as_coordinator.post(do("log-contact"), facts)
        assert list(answer.context["form"].errors) == ["occurred_at"]

    def _contact(self, waiting) -> dict:
        kind = Activity.objects.first().type if Activity.objects.exists() else ActivityTypeFactory()
        when = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
        return {
            "ids": waiting.pk,
            "type": kind.pk,
            "occurred_at": when,
            "minutes": 20,
            "reached": "on",
            "next": QUEUE,
        }


class TestRowsOfOthers:
    @pytest.mark.parametrize("name", ["remind", "tell", "snooze", "hand-over", "log-contact", "complete", "delete"])
    def test_do_not_exist(self, admin_as_coordinator, foreign, name):
        for ask in (admin_as_coordinator.get, admin_as_coordinator.post):
            assert ask(do(name), {"ids": foreign.assignment.pk}).status_code == 404

    @pytest.mark.parametrize("ids", [[], ["x"], ["00000000-0000-0000-0000-000000000000"]])
    def test_nonsense_does_not_exist_either(self, admin_as_coordinator, waiting, ids):
        assert admin_as_coordinator.post(do("remind"), {"ids": ids}).status_code == 404

    def test_one_foreign_row_among_ones_own_stops_all(self, admin_as_coordinator, waiting, foreign):
        answer = admin_as_coordinator.post(do("remind"), {"ids": [waiting.pk, foreign.assignment.pk]})
        assert answer.status_code == 404
        assert not FollowUpReminder.objects.exists()


def test_the_first_page_does_without_the_cache(admin_as_coordinator, waiting):
    cache.clear()
    assert text(admin_as_coordinator)
