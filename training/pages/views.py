"""Courses, lessons and quizzes, as pages that work without a script; and what a script tells of a video."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.base.pages import person
from accounts.base.refusals import Refusal
from training import services
from training.models import Course, Lesson, Quiz, QuizAttempt, Reflection, Video
from training.pages import reading
from training.pages.doors import acting_learner, for_learners, learner_in, notice, one, seen_by
from training.pages.forms import QuizForm, ReflectionForm, ReplyForm
from training.refusals import TextRequired
from training.serving import file_answer

MOST_BYTES_OF_NEWS = 32 * 1024


@require_safe
@for_learners
def courses(request: HttpRequest) -> HttpResponseBase:
    """`/training/`: the courses there are, and how far one has come; for staff those that are hidden too."""
    access = person(request).access
    if not (access.mentors_as or access.coordinates):
        sentence = _("These pages are for peer mentors. You are not registered as one.")
        return notice(request, _("No courses here"), sentence, status=404)
    rows = Course.objects.published() if access.mentors_as else Course.objects.all()
    taken = reading.courses_of(seen_by(request, rows), list(access.mentors_as))
    return render(request, "training/courses.html", {"courses": taken, "is_learner": bool(access.mentors_as)})


@require_safe
@for_learners
def course(request: HttpRequest, course_id: UUID) -> HttpResponseBase:
    """`/training/<course>/`: its lessons, and which of them are done."""
    found = one(request, Course.objects.all(), course_id)
    learner = learner_in(request, found.organization_id)
    (taken,) = reading.courses_of(Course.objects.filter(pk=found.pk), [learner.pk] if learner else [])
    return render(request, "training/course.html", {"taken": taken, "course": found, "learner": learner})


@require_safe
@for_learners
def lesson(request: HttpRequest, lesson_id: UUID) -> HttpResponseBase:
    """`/training/lessons/<lesson>/`: text, videos, quizzes, and one's reflections."""
    found = one(request, Lesson.objects.select_related("course"), lesson_id)
    return _lesson_page(request, found, None)


def _lesson_page(request: HttpRequest, found: Lesson, form: ReflectionForm | None, status: int = 200) -> HttpResponse:
    learner = learner_in(request, found.organization_id)
    (taken,) = reading.courses_of(Course.objects.filter(pk=found.course_id), [learner.pk] if learner else [])
    steps = list(taken.steps)
    place = next((n for n, step in enumerate(steps) if step.lesson.pk == found.pk), 0)
    context = {
        "lesson": found,
        "taken": taken,
        "learner": learner,
        "number": place + 1,
        "is_done": bool(steps) and steps[place].is_done,
        "before": steps[place - 1].lesson if place else None,
        "after": steps[place + 1].lesson if place + 1 < len(steps) else None,
        "videos": reading.videos_of(found, learner),
        "quizzes": reading.quizzes_of(found, learner),
        "reflections": reading.reflections_of(found, learner) if learner else [],
        "form": form or ReflectionForm(lesson=found, initial=_asked_second(request)),
        "reply_form": ReplyForm(auto_id=False),
        "start": _asked_second(request).get("second"),
    }
    return render(request, "training/lesson.html", context, status=status)


def _asked_second(request: HttpRequest) -> dict[str, Any]:
    """The second of the video that the address names: how one gets to a checkpoint without a script."""
    given = request.GET.get("t", "")
    return {"second": int(given)} if given.isascii() and given.isdigit() and len(given) <= 5 else {}


@require_POST
@for_learners
def lesson_done(request: HttpRequest, lesson_id: UUID) -> HttpResponseBase:
    """Say that a lesson is done, and go on to the next."""
    found = one(request, Lesson.objects.select_related("course"), lesson_id)
    learner = acting_learner(request, found.organization_id)
    try:
        services.complete_lesson(mentor=learner, lesson=found, by=person(request), at=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal.sentence))
        return redirect("training-lesson", lesson_id=found.pk)
    (taken,) = reading.courses_of(Course.objects.filter(pk=found.course_id), [learner.pk])
    if taken.completed_at:
        messages.success(request, _("You have completed the course. Well done!"))
        return redirect("training-course", course_id=found.course_id)
    messages.success(request, _("The lesson is done."))
    return redirect("training-lesson", lesson_id=taken.next.pk) if taken.next else redirect("training")


@require_POST
@for_learners
def video_seen(request: HttpRequest, video_id: UUID) -> HttpResponseBase:
    """Say that one has watched a video from start to end: for one that plays elsewhere, or without a script."""
    found = one(request, Video.objects.select_related("lesson__course"), video_id)
    learner = acting_learner(request, found.organization_id)
    whole = [(0, found.duration_seconds)]
    try:
        services.record_watching(mentor=learner, video=found, stretches=whole, by=person(request), at=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal.sentence))
    return redirect(reverse("training-lesson", args=[found.lesson_id]) + f"#video-{found.pk}")


@require_POST
@for_learners
def watched(request: HttpRequest, video_id: UUID) -> HttpResponseBase:
    """Hear from the player which stretches were watched: `{"stretches": [[0, 30]], "position": 30}`."""
    found = one(request, Video.objects.select_related("lesson__course"), video_id)
    learner = acting_learner(request, found.organization_id)
    news = _news(request)
    if news is None:
        return JsonResponse({"code": "invalid", "detail": _("Some of the input is not right.")}, status=400)
    stretches, position = news
    try:
        progress = services.record_watching(
            mentor=learner, video=found, stretches=stretches, position=position, by=person(request), at=timezone.now()
        )
    except Refusal as refusal:
        return JsonResponse({"code": refusal.code, "detail": str(refusal.sentence)}, status=refusal.status)
    (shown,) = [each for each in reading.videos_of(found.lesson, learner) if each.video.pk == found.pk]
    reached = [str(place.key) for place in shown.places if place.is_reached]
    return JsonResponse({"percent": progress.percent, "said": _said(progress.percent), "reached": reached})


def _said(percent: int) -> str:
    return _("You have watched %(percent)d %% of it.") % {"percent": percent}


def _news(request: HttpRequest) -> tuple[list[tuple[int, int]], int | None] | None:
    """What the player has sent; None when it is not that."""
    if len(request.body) > MOST_BYTES_OF_NEWS:
        return None
    try:
        given = json.loads(request.body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(given, dict) or not isinstance(given.get("stretches"), list):
        return None
    position = given.get("position")
    pairs = given["stretches"]
    are_pairs = all(isinstance(pair, list) and len(pair) == 2 and all(map(_is_second, pair)) for pair in pairs)
    if not are_pairs or not (position is None or _is_second(position)):
        return None
    return [(first, last) for first, last in pairs], position


def _is_second(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 100_000


@require_http_methods(["GET", "HEAD", "POST"])
@for_learners
def quiz(request: HttpRequest, quiz_id: UUID) -> HttpResponseBase:
    """`/training/quizzes/<quiz>/`: the questions; handing in leads to the attempt's page."""
    found = one(request, Quiz.objects.select_related("lesson__course"), quiz_id)
    learner = learner_in(request, found.organization_id)
    form = QuizForm(request.POST if request.method == "POST" else None, quiz=found)
    if request.method == "POST" and form.is_valid():
        try:
            attempt = services.submit_quiz(
                mentor=learner or acting_learner(request, found.organization_id),
                quiz=found,
                answers=form.answers,
                client_id=form.client_id,
                by=person(request),
                at=timezone.now(),
            )
            return redirect("training-attempt", attempt_id=attempt.pk)
        except Refusal as refusal:
            form.add_error(None, str(refusal.sentence))
    status = 400 if form.is_bound else 200
    return render(request, "training/quiz.html", {"quiz": found, "form": form, "learner": learner}, status=status)


@require_safe
@for_learners
def attempt(request: HttpRequest, attempt_id: UUID) -> HttpResponseBase:
    """`/training/attempts/<attempt>/`: one's own answers beside the right ones."""
    own = QuizAttempt.objects.filter(mentor__in=person(request).access.mentors_as)
    found = one(request, own.select_related("quiz__lesson__course"), attempt_id)
    context = {"attempt": found, "quiz": found.quiz, "results": reading.results_of(found)}
    return render(request, "training/attempt.html", context)


@require_POST
@for_learners
def reflect(request: HttpRequest, lesson_id: UUID) -> HttpResponseBase:
    """Write a reflection; what is not right stands beside its field."""
    found = one(request, Lesson.objects.select_related("course"), lesson_id)
    learner = acting_learner(request, found.organization_id)
    form = ReflectionForm(request.POST, request.FILES, lesson=found)
    if form.is_valid():
        facts = form.facts
        place = {"lesson": found} if facts["video"] is None else {}
        try:
            row = services.write_reflection(mentor=learner, by=person(request), at=timezone.now(), **place, **facts)
        except Refusal as refusal:
            name = {"video_second": "second", "media": "upload"}.get(refusal.field or "", refusal.field)
            form.add_error(name if name in form.fields else None, str(refusal.sentence))
        else:
            messages.success(request, _("It is written down. Those who look after you will see it."))
            return redirect(reverse("training-lesson", args=[found.pk]) + f"#said-{row.pk}")
    form.ask_again()
    messages.error(request, _("It is not written down yet. Please look at what is marked."))
    return _lesson_page(request, found, form, status=400)


@require_POST
@for_learners
def reply(request: HttpRequest, reflection_id: UUID) -> HttpResponseBase:
    """Write again in the conversation about one's own reflection."""
    own = Reflection.objects.filter(mentor__in=person(request).access.mentors_as)
    found = one(request, own.select_related("video", "lesson"), reflection_id)
    form = ReplyForm(request.POST)
    try:
        if not form.is_valid():
            raise TextRequired(str(form.errors["text"][0]))
        services.reply_to_reflection(
            reflection=found,
            text=form.cleaned_data["text"],
            client_id=form.client_id,
            by=person(request),
            at=timezone.now(),
        )
    except Refusal as refusal:
        messages.error(request, str(refusal.sentence))
    else:
        messages.success(request, _("It is sent. Somebody will read it."))
    lesson_id = found.lesson_id or (found.video.lesson_id if found.video else None)
    return redirect(reverse("training-lesson", args=[lesson_id]) + f"#said-{found.pk}" if lesson_id else "training")


# --- Files ------------------------------------------------------------------------------------------------------------


@require_safe
@for_learners
def video_file(request: HttpRequest, video_id: UUID) -> HttpResponseBase:
    return file_answer(one(request, Video.objects.all(), video_id).file, request)


@require_safe
@for_learners
def captions(request: HttpRequest, video_id: UUID) -> HttpResponseBase:
    return file_answer(one(request, Video.objects.all(), video_id).captions, request)


@require_safe
@for_learners
def reflection_file(request: HttpRequest, reflection_id: UUID) -> HttpResponseBase:
    """What a mentor has sent with a reflection: for themselves, and for those who look after them."""
    return file_answer(one(request, Reflection.objects.all(), reflection_id).media_file, request)
