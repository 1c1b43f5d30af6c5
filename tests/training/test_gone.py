"""What somebody has deleted between the question whether it is there and the lock: a 404, never an error of ours."""

import pytest

from accounts.models import ChangeEntry
from tests.factories import DailyNoteFactory, MilestoneFactory, ReflectionFactory, SuccessProofFactory
from training import services
from training.models import DailyNote, Goal, GoalMilestone, Reflection, SuccessProof
from training.refusals import Gone
from training.services import content

pytestmark = pytest.mark.django_db


def test_what_a_mentor_has_deleted_on_another_phone_is_gone(mentor, coordinator, goal, now):
    note, proof = DailyNoteFactory(mentor=mentor), SuccessProofFactory(goal=goal)
    step, thought = MilestoneFactory(goal=goal), ReflectionFactory(mentor=mentor)
    for model in (DailyNote, SuccessProof, GoalMilestone, Reflection, Goal):
        model.objects.all().delete()
    own = {"by": mentor.user, "at": now}
    for verb, more in (
        (services.edit_daily_note, {"note": note, "text": "x"}),
        (services.delete_daily_note, {"note": note}),
        (services.delete_proof, {"proof": proof}),
        (services.edit_milestone, {"milestone": step, "title": "x"}),
        (services.reach_milestone, {"milestone": step}),
        (services.delete_milestone, {"milestone": step}),
        (services.edit_goal, {"goal": goal, "title": "x"}),
        (services.complete_goal, {"goal": goal}),
        (services.switch_goal, {"mentor": mentor, "goal": goal}),
        (services.edit_reflection, {"reflection": thought, "text": "x"}),
        (services.delete_reflection, {"reflection": thought}),
        (services.reply_to_reflection, {"reflection": thought, "text": "x"}),
    ):
        with pytest.raises(Gone):
            verb(**own, **more)
    with pytest.raises(Gone):
        services.set_requires_response(reflection=thought, requires_response=False, by=coordinator, at=now)
    assert not ChangeEntry.objects.filter(action="deleted").exists()


def test_what_a_colleague_has_deleted_is_gone(course, lesson, video, quiz, coordinator, now):
    by = {"by": coordinator, "at": now}
    content.delete_course(course=course.__class__.objects.get(pk=course.pk), **by)
    for verb, more in (
        (content.save_course, {"course": course}),
        (content.delete_course, {"course": course}),
        (content.save_lesson, {"lesson": lesson}),
        (content.delete_lesson, {"lesson": lesson}),
        (content.save_video, {"video": video}),
        (content.delete_video, {"video": video}),
        (content.save_quiz, {"quiz": quiz}),
        (content.delete_quiz, {"quiz": quiz}),
    ):
        with pytest.raises(Gone):
            verb(**by, **more)
