"""What a phone sends again because it did not hear us is there once, and the answer says that it was there."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests import recordings
from tests.conftest import api_client, browser
from tests.factories import GoalFactory, MentorProfileFactory, ReflectionFactory
from tests.training.conftest import right_answers
from training import services
from training.models import Goal, GoalMilestone, QuizAttempt, Reflection, ReflectionReply

pytestmark = pytest.mark.django_db
API = "/api/v1/training"


@pytest.fixture
def addresses(mentor, quiz, goal):
    """Everything a mentor can send: its address, and two bodies that differ."""
    reflection = ReflectionFactory(mentor=mentor)
    answers = {str(question): [str(key) for key in keys] for question, keys in right_answers(quiz).items()}
    return {
        "attempt": (f"quizzes/{quiz.pk}/attempts", {"answers": answers}, {"answers": {}}),
        "reflection": ("reflections", {"text": "One"}, {"text": "Two"}),
        "reply": (f"reflections/{reflection.pk}/replies", {"text": "One"}, {"text": "Two"}),
        "goal": ("goals", {"title": "One", "milestones": ["A"]}, {"title": "Two"}),
        "milestone": (f"goals/{goal.pk}/milestones", {"title": "One"}, {"title": "Two"}),
        "message": (f"goals/{goal.pk}/messages", {"text": "One"}, {"text": "Two"}),
        "note": ("daily-notes", {"text": "One"}, {"text": "Two"}),
        "proof": ("proofs", {"goal_id": str(goal.pk), "text": "One"}, {"goal_id": str(goal.pk), "text": "Two"}),
    }


KINDS = ("attempt", "reflection", "reply", "goal", "milestone", "message", "note", "proof")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_sent_again_under_its_id_is_what_was_there(as_mentor, addresses, kind):
    path, body, other = addresses[kind]
    key = str(uuid4())
    first, again, changed = (
        as_mentor.post(f"{API}/{path}", {**each, "client_id": key}) for each in (body, body, other)
    )
    assert [first.status_code, again.status_code, changed.status_code] == [201, 200, 200], first.content
    assert first.json()["client_id"] == key
    assert first.json() == again.json() == changed.json()
    further = as_mentor.post(f"{API}/{path}", {**other, "client_id": str(uuid4())})
    assert further.status_code == 201
    assert further.json() != first.json()


@pytest.mark.parametrize("kind", KINDS)
def test_what_has_no_id_is_something_new(as_mentor, addresses, kind):
    path, body, other = addresses[kind]
    answers = [as_mentor.post(f"{API}/{path}", {**each, "client_id": None}) for each in (body, other)]
    assert [answer.status_code for answer in answers] == [201, 201]


@pytest.mark.parametrize("kind", KINDS)
def test_an_id_that_is_none_is_refused(as_mentor, addresses, kind):
    path, body, _ = addresses[kind]
    for key in ("x", -1, 1.5, ["x"], {}, "\0", "0197a1b2"):
        answer = as_mentor.post(f"{API}/{path}", {**body, "client_id": key})
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["client_id"]), key


def test_the_ids_of_two_phones_have_nothing_to_do_with_each_other(mentor, organization, quiz):
    key = str(uuid4())
    for sender in (mentor, MentorProfileFactory(organization=organization)):
        answer = api_client(sender.user).post(f"{API}/quizzes/{quiz.pk}/attempts", {"answers": {}, "client_id": key})
        assert answer.status_code == 201
    assert QuizAttempt.objects.count() == 2


def test_what_was_sent_is_known_although_nothing_of_the_kind_can_be_sent_any_more(as_mentor, mentor, now):
    """The answer was lost, and meanwhile the goal was reached."""
    key, step = str(uuid4()), str(uuid4())
    goal = as_mentor.post(f"{API}/goals", {"title": "One", "client_id": key}).json()["goal_id"]
    made = as_mentor.post(f"{API}/goals/{goal}/milestones", {"title": "A", "client_id": step}).json()
    services.complete_goal(goal=Goal.objects.get(), by=mentor.user, at=now)
    again = as_mentor.post(f"{API}/goals", {"title": "One", "client_id": key})
    assert (again.status_code, again.json()["goal_id"]) == (200, goal)
    answer = as_mentor.post(f"{API}/goals/{goal}/milestones", {"title": "A", "client_id": step})
    assert (answer.status_code, answer.json()) == (200, made)
    assert (Goal.objects.count(), GoalMilestone.objects.count()) == (1, 1)


def test_the_same_goal_and_the_same_step_are_there_once_without_an_id_too(as_mentor):
    answers = [as_mentor.post(f"{API}/goals", {"title": "One"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    path = f"{API}/goals/{answers[0].json()['goal_id']}/milestones"
    assert [as_mentor.post(path, {"title": "A"}).status_code for _ in range(2)] == [201, 200]


def test_a_step_of_another_goal_is_not_the_answer_to_somebody_else(as_mentor, goal):
    """An id belongs to its sender, whatever goal it is sent to."""
    key = str(uuid4())
    first = as_mentor.post(f"{API}/goals/{goal.pk}/milestones", {"title": "A", "client_id": key}).json()
    other = GoalFactory(mentor=goal.mentor)
    assert as_mentor.post(f"{API}/goals/{other.pk}/milestones", {"title": "A", "client_id": key}).json() == first
    foreign = GoalFactory()
    assert as_mentor.post(f"{API}/goals/{foreign.pk}/milestones", {"title": "A", "client_id": key}).status_code == 404


# --- Pages: a finger that taps twice


def test_a_quiz_handed_in_by_two_taps_is_one_attempt_and_other_answers_are_another(mentor, quiz):
    client, page = browser(mentor.user), f"/training/quizzes/{quiz.pk}/"
    shown = client.get(page)
    sent = {"sending": str(shown.context["form"]["sending"].value())}
    assert f'<input type="hidden" name="sending" value="{sent["sending"]}"' in shown.content.decode()
    answers = {str(question): str(options[0]) for question, options in right_answers(quiz).items()}
    some = dict([next(iter(answers.items()))])
    first, again = (client.post(page, sent | some) for _ in range(2))
    assert first["Location"] == again["Location"]
    assert client.post(page, sent | answers)["Location"] != first["Location"]
    assert client.post(page, some | {"sending": str(uuid4())})["Location"] != first["Location"]
    assert QuizAttempt.objects.count() == 3
    assert client.post(page, {"sending": str(uuid4())}).status_code == 400  # nothing was answered


def test_a_thought_written_down_by_two_taps_is_there_once(mentor, lesson, files):
    client, page = browser(mentor.user), f"/training/lessons/{lesson.pk}/"
    shown = client.get(page)
    sent = {"sending": str(shown.context["form"]["sending"].value()), "text": "Hm"}
    assert sent["sending"] in shown.content.decode()

    def send(**more):
        return client.post(f"{page}reflect/", {**sent, **more})

    def picture(name):
        return SimpleUploadedFile(name, recordings.picture(), "image/png")

    for more in ({}, {"upload": "a.png"}, {"text": "Hm, hm"}):
        for _ in range(2):
            facts = {key: picture(value) if key == "upload" else value for key, value in more.items()}
            assert send(**facts).status_code == 302
    assert Reflection.objects.count() == 3
    assert len(files()) == 1


def test_a_reply_by_two_taps_is_one(mentor, lesson):
    reflection = ReflectionFactory(mentor=mentor, lesson=lesson)
    client, sending = browser(mentor.user), str(uuid4())
    for text in ("Thank you", "Thank you", "One more thing"):
        client.post(f"/training/reflections/{reflection.pk}/reply/", {"text": text, "sending": sending})
    assert ReflectionReply.objects.count() == 2


def test_a_form_that_does_not_know_itself_is_still_heard(mentor, quiz):
    client = browser(mentor.user)
    given = {str(question): [str(key) for key in keys] for question, keys in right_answers(quiz).items()}
    assert client.post(f"/training/quizzes/{quiz.pk}/", given).status_code == 302
    answer = client.post(f"/training/quizzes/{quiz.pk}/", given | {"sending": "../x\0"})
    assert answer.status_code == 400
    assert QuizAttempt.objects.count() == 1
