"""Daily notes, what shows success, and the conversation about a goal."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils.translation import override

from accounts.models import ChangeEntry
from notifications.models import Notification
from tests import recordings
from tests.factories import GoalFactory
from tests.training.conftest import upload
from training import refusals, services
from training.kinds import GOAL_MESSAGE
from training.messages import compose_goal_messages
from training.models import DailyNote, GoalMessage, SuccessProof

pytestmark = pytest.mark.django_db


def test_a_note_is_written_once_edited_and_taken_back(mentor, now):
    key = uuid4()
    notes = [
        services.write_daily_note(mentor=mentor, text=text, client_id=key, by=mentor.user, at=now)
        for text in ("A good day", "Again")
    ]
    assert notes[0] == notes[1]
    note = services.edit_daily_note(note=notes[0], text=" A very good day ", by=mentor.user, at=now)
    assert DailyNote.objects.get().text == "A very good day"
    assert ChangeEntry.objects.get(subject_id=note.pk).after == {"text": "•••"}
    services.delete_daily_note(note=note, by=mentor.user, at=now)
    assert not DailyNote.objects.exists()


def test_a_note_that_waited_on_the_phone_keeps_its_moment(mentor, now):
    earlier = now - timedelta(days=3)
    note = services.write_daily_note(mentor=mentor, text="x", written_at=earlier, by=mentor.user, at=now)
    assert note.written_at == earlier
    with pytest.raises(refusals.InFuture):
        services.write_daily_note(mentor=mentor, text="x", written_at=now + timedelta(hours=1), by=mentor.user, at=now)


def test_notes_and_proofs_are_the_mentors_own(mentor, coordinator, goal, now):
    note = services.write_daily_note(mentor=mentor, text="x", by=mentor.user, at=now)
    proof = services.submit_proof(mentor=mentor, goal=goal, text="x", by=mentor.user, at=now)
    for verb, more in (
        (services.write_daily_note, {"mentor": mentor, "text": "x"}),
        (services.edit_daily_note, {"note": note, "text": "y"}),
        (services.delete_daily_note, {"note": note}),
        (services.submit_proof, {"mentor": mentor, "goal": goal, "text": "x"}),
        (services.delete_proof, {"proof": proof}),
    ):
        with pytest.raises(refusals.NotTheirOwn):
            verb(by=coordinator, at=now, **more)


@pytest.mark.parametrize(
    ("content", "kind", "seconds"),
    [(recordings.picture(), "image", None), (recordings.ogg(3), "audio", 3), (recordings.mp4(3), "video", 3)],
)
def test_success_is_shown_by_a_file_of_any_kind(mentor, goal, files, content, kind, seconds, now):
    proof = services.submit_proof(mentor=mentor, goal=goal, media=upload(content), by=mentor.user, at=now)
    proof.refresh_from_db()
    assert (proof.media_type, proof.media_duration_seconds, proof.text) == (kind, seconds, "")
    assert files() == [proof.media_file.name]


def test_success_shows_something_of_the_mentors_own_goal(mentor, goal, files, now):
    with pytest.raises(refusals.TextRequired):
        services.submit_proof(mentor=mentor, goal=goal, by=mentor.user, at=now)
    with pytest.raises(refusals.OtherOrganization):
        services.submit_proof(
            mentor=mentor, goal=GoalFactory(), media=upload(recordings.picture()), by=mentor.user, at=now
        )
    assert (files(), SuccessProof.objects.count()) == ([], 0)


def test_a_proof_is_submitted_once_and_its_file_goes_with_it(
    mentor, goal, files, now, django_capture_on_commit_callbacks
):
    key = uuid4()
    proofs = [
        services.submit_proof(
            mentor=mentor, goal=goal, media=upload(recordings.picture()), client_id=key, by=mentor.user, at=now
        )
        for _ in range(2)
    ]
    assert proofs[0] == proofs[1]
    assert len(files()) == 1
    with django_capture_on_commit_callbacks(execute=True):
        services.delete_proof(proof=proofs[0], by=mentor.user, at=now)
    assert files() == []


# --- The conversation -------------------------------------------------------------------------------------------------


def test_staff_write_about_a_goal_and_the_mentor_is_told_of_each_message_once(mentor, coordinator, goal, now):
    key = uuid4()
    for _ in range(2):
        message = services.write_goal_message(goal=goal, text=" Well done ", by=coordinator, at=now, client_id=key)
    assert (message.text, message.is_from_staff) == ("Well done", True)
    told = Notification.objects.get()
    assert (told.kind, told.recipient, told.subject_id) == (GOAL_MESSAGE, mentor.user, message.pk)
    assert told.data == {"goal_id": str(goal.pk)}


def test_what_the_mentor_writes_tells_nobody(mentor, goal, now):
    message = services.write_goal_message(goal=goal, text="Thank you", by=mentor.user, at=now)
    assert not message.is_from_staff
    assert not Notification.objects.exists()


def test_only_those_who_look_after_the_mentor_write(goal, neighbour, stranger, now):
    for by in (neighbour, stranger):
        with pytest.raises(refusals.NotInCare):
            services.write_goal_message(goal=goal, text="x", by=by, at=now)
    assert not GoalMessage.objects.exists()


def test_the_message_on_the_phone_says_nothing_of_what_was_written_nor_by_whom(mentor, coordinator, goal, now):
    message = services.write_goal_message(goal=goal, text="Your illness", by=coordinator, at=now)

    class Delivery:
        id, subject_id = uuid4(), message.pk

    with override("en"):
        said = compose_goal_messages([Delivery])[Delivery.id]
    text = f"{said.title} {said.body}"
    assert "goal" in text
    assert not any(secret in text for secret in ("illness", coordinator.last_name, coordinator.first_name, goal.title))
    message.delete()
    assert compose_goal_messages([Delivery]) == {}
