"""The verb of quizzes: hand in answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import MentorProfile, User
from training import rules
from training.enums import QuestionKind
from training.models import Question, Quiz, QuizAttempt
from training.refusals import OneAnswerOnly, QuizWithoutQuestions, UnknownOption, UnknownQuestion
from training.services.courses import require_open
from training.services.learners import lock_mentor, require_own, require_same_organization


@transaction.atomic
def submit_quiz(
    *,
    mentor: MentorProfile,
    quiz: Quiz,
    answers: Mapping[UUID, Iterable[UUID]],
    client_id: UUID | None = None,
    by: User | None,
    at: datetime,
) -> QuizAttempt:
    """Hand in answers: the chosen options' ids by question id. What is left out counts as wrong.

    A quiz may be tried as often as one likes; the first attempt that passes completes it. A `client_id` that the mentor
    has used already answers with that attempt.
    """
    require_own(by, mentor)
    lock_mentor(mentor)  # two attempts at the same time: one of them is the first
    if (known := QuizAttempt.known(client_id, mentor=mentor)) is not None:
        return known
    require_same_organization(mentor, quiz.organization_id)
    require_open(quiz.lesson.course)
    questions = list(Question.objects.filter(quiz=quiz).prefetch_related("options"))
    if not questions:
        raise QuizWithoutQuestions
    chosen = {str(question): {str(option) for option in options} for question, options in answers.items()}
    _check(questions, chosen)
    right = {
        str(question.pk): [str(option.pk) for option in question.options.all() if option.is_correct]
        for question in questions
    }
    score = rules.right_answers(chosen, right)
    passed = rules.has_passed(score, len(questions), quiz.pass_percent)
    completed = QuizAttempt.objects.filter(mentor=mentor, quiz=quiz, completes_quiz=True)
    attempt: QuizAttempt = QuizAttempt.objects.create(
        organization_id=mentor.organization_id,
        mentor=mentor,
        quiz=quiz,
        client_id=client_id,
        submitted_at=at,
        answers={question: sorted(options) for question, options in chosen.items()},
        score=score,
        max_score=len(questions),
        passed=passed,
        completes_quiz=passed and not completed.exists(),
    )
    return attempt


def _check(questions: list[Question], chosen: Mapping[str, set[str]]) -> None:
    known = {str(question.pk): question for question in questions}
    for key, options in chosen.items():
        question = known.get(key)
        if question is None:
            raise UnknownQuestion(field=f"answers.{key}")
        if not options <= {str(option.pk) for option in question.options.all()}:
            raise UnknownOption(field=f"answers.{key}")
        if question.kind == QuestionKind.ONE and len(options) > 1:
            raise OneAnswerOnly(field=f"answers.{key}")
