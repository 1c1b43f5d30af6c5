"""Quizzes, with their questions and answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils.translation import gettext

from accounts.base.refusals import Refusal
from accounts.models import User
from accounts.services import log_change
from training.enums import QuestionKind
from training.models import AnswerOption, Question, Quiz, QuizAttempt
from training.refusals import (
    AnswersMissing,
    Begun,
    BeyondTheEnd,
    QuestionsMissing,
    QuizOfAnotherLesson,
    RightAnswerMissing,
)
from training.services.content.writing import (
    before_of,
    follow,
    locked,
    locked_to_go,
    log_deletion,
    require_staff,
    require_stays,
    write,
)

MOST_QUESTIONS = 50
MOST_OPTIONS = 8


@dataclass(frozen=True)
class OptionDraft:
    """One answer to choose from."""

    text: str
    is_correct: bool
    id: UUID | None = None


@dataclass(frozen=True)
class QuestionDraft:
    """A question as it is to be, with its answers in their order; with an id it is one that is there."""

    text: str
    kind: QuestionKind
    options: Sequence[OptionDraft]
    explanation: str = ""
    id: UUID | None = None


@transaction.atomic
def save_quiz(*, quiz: Quiz, by: User | None, at: datetime, questions: Sequence[QuestionDraft] | None = None) -> Quiz:
    """Write a quiz down, new or changed, with its questions in their order; None leaves the questions as they are.

    Every question has at least two answers, and right ones: exactly one where one is to be chosen, else at least one.
    Once somebody has tried the quiz, questions and answers are corrected and added, but not taken away.
    """
    before = before_of(quiz)
    require_stays(quiz, before, "lesson_id")
    quiz.organization_id = locked(quiz.lesson).organization_id
    _check_place(quiz)
    if questions is None and before is None:
        raise QuestionsMissing
    write(quiz, before, by, at)
    if questions is not None:
        _check_questions(questions)
        asked = _in_words(quiz)
        _write_questions(quiz, questions)
        if before is not None:
            _log_questions(quiz, asked, by, at)
    return quiz


def _in_words(quiz: Quiz) -> dict[UUID, str]:
    """The questions by their keys, in their order: kind, answers with the right ones under a star, explanation."""
    return {
        row.pk: f"{row.text} ({row.get_kind_display()}) – "
        + "; ".join(f"{'*' * option.is_correct}{option.text}" for option in row.options.all())
        + (f" – {row.explanation}" if row.explanation else "")
        for row in Question.objects.filter(quiz=quiz).prefetch_related("options")
    }


def _log_questions(quiz: Quiz, asked: Mapping[UUID, str], by: User | None, at: datetime) -> None:
    """Each question that is new, other or gone, under its number; and the order, when those that stay have another."""
    asks = _in_words(quiz)
    before, after = {}, {}
    for number, key in enumerate(asks, start=1):
        name = gettext("question %(number)d") % {"number": number}
        before[name], after[name] = asked.get(key, ""), asks[key]
    numbers = {key: number for number, key in enumerate(asked, start=1)}
    for key in asked.keys() - asks.keys():
        name = gettext("former question %(number)d") % {"number": numbers[key]}
        before[name], after[name] = asked[key], ""
    order = gettext("order of the questions")
    before[order], after[order] = (
        ", ".join(str(numbers[key]) for key in keys if key in numbers and key in asks) for keys in (asked, asks)
    )
    log_change(quiz, by=by, at=at, before=before, after=after)


@transaction.atomic
def delete_quiz(*, quiz: Quiz, by: User | None, at: datetime) -> None:
    """Delete a quiz with its questions. Refuses one that somebody has tried."""
    held = locked_to_go(quiz)
    require_staff(held, by)
    log_deletion(held, by, at)
    remove_quiz(held)


def remove_quiz(quiz: Quiz) -> None:
    if QuizAttempt.objects.filter(quiz=quiz).exists():
        raise Begun
    quiz.delete()


def _check_place(quiz: Quiz) -> None:
    if quiz.video is None:
        quiz.at_second = None
        return
    if quiz.video.lesson_id != quiz.lesson_id:
        raise QuizOfAnotherLesson
    if quiz.at_second is not None and quiz.at_second > quiz.video.duration_seconds:
        raise BeyondTheEnd


def _check_questions(questions: Sequence[QuestionDraft]) -> None:
    if not 0 < len(questions) <= MOST_QUESTIONS:
        raise QuestionsMissing(most=MOST_QUESTIONS)
    for place, question in enumerate(questions):
        where = f"questions.{place}"
        if not 2 <= len(question.options) <= MOST_OPTIONS or not all(each.text.strip() for each in question.options):
            raise AnswersMissing(_said(place, AnswersMissing), field=where)
        right = sum(option.is_correct for option in question.options)
        if right == 0 or (question.kind == QuestionKind.ONE and right > 1):
            raise RightAnswerMissing(_said(place, RightAnswerMissing), field=where)


def _said(place: int, refusal: type[Refusal]) -> str:
    return gettext("Question %(number)d: %(said)s") % {"number": place + 1, "said": refusal.sentence}


def _write_questions(quiz: Quiz, drafts: Sequence[QuestionDraft]) -> None:
    there = {row.pk: row for row in Question.objects.filter(quiz=quiz)}
    _drop(quiz, Question.objects.filter(quiz=quiz), drafts)
    for place, draft in enumerate(drafts):
        row = (draft.id and there.get(draft.id)) or Question(organization_id=quiz.organization_id, quiz=quiz)
        values = {"position": place, "text": draft.text.strip(), "kind": draft.kind, "explanation": draft.explanation}
        follow(row, values)
        _write_options(quiz, row, draft.options)


def _write_options(quiz: Quiz, question: Question, drafts: Sequence[OptionDraft]) -> None:
    there = {row.pk: row for row in AnswerOption.objects.filter(question=question)}
    _drop(quiz, AnswerOption.objects.filter(question=question), drafts)
    for place, draft in enumerate(drafts):
        row = (draft.id and there.get(draft.id)) or AnswerOption(
            organization_id=quiz.organization_id, question=question
        )
        follow(row, {"position": place, "text": draft.text.strip(), "is_correct": draft.is_correct})


def _drop(quiz: Quiz, rows: models.QuerySet[Any], drafts: Iterable[QuestionDraft | OptionDraft]) -> None:
    """Delete those of `rows` that no draft names, unless somebody has answered them."""
    gone = rows.exclude(pk__in=[draft.id for draft in drafts if draft.id])
    if gone.exists():
        if QuizAttempt.objects.filter(quiz=quiz).exists():
            raise Begun
        gone.delete()
