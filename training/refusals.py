"""What the verbs of training refuse, in one place because several of them refuse the same."""

from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal


class NotTheirOwn(Refusal):
    code = "not_your_own"
    sentence = _("Only the mentor can do this in the mentor's name.")
    status = 403


class NotInCare(Refusal):
    code = "permission_denied"
    sentence = _("Only the mentor and those who look after the mentor may write here.")
    status = 403


class OtherOrganization(Refusal):
    code = "not_found"
    sentence = _("There is no such row in the mentor's organisation.")
    status = 404


class Gone(Refusal):
    """Somebody has deleted it between the question whether it is there and the lock."""

    code = "not_found"
    sentence = _("This is not there any more.")
    status = 404


class CourseNotPublished(Refusal):
    code = "course_not_published"
    sentence = _("This course is not open yet, or not any longer.")
    status = 409


class QuizNotPassed(Refusal):
    """`quizzes` in `extra` holds the ids of those that are missing."""

    code = "quiz_not_passed"
    sentence = _("Pass the quiz of this lesson first.")
    status = 409


class QuizWithoutQuestions(Refusal):
    code = "quiz_without_questions"
    sentence = _("This quiz has no questions yet.")
    status = 409


class UnknownQuestion(Refusal):
    code = "unknown_question"
    sentence = _("This question is not in the quiz.")
    field = "answers"


class UnknownOption(Refusal):
    code = "unknown_option"
    sentence = _("This answer does not belong to the question.")
    field = "answers"


class OneAnswerOnly(Refusal):
    code = "one_answer_only"
    sentence = _("Choose one answer to this question.")
    field = "answers"


class StretchOutOfRange(Refusal):
    code = "stretch_out_of_range"
    sentence = _("A stretch of a video begins before it ends, at or after second 0.")
    field = "stretches"


class TooManyStretches(Refusal):
    code = "too_many_stretches"
    sentence = _("Send at most 500 stretches at a time.")
    field = "stretches"


class TextRequired(Refusal):
    code = "required"
    sentence = _("Write something.")
    field = "text"


class TextTooLong(Refusal):
    code = "max_length"
    sentence = _("This text is too long.")
    field = "text"


class TitleRequired(Refusal):
    code = "required"
    sentence = _("Give it a title.")
    field = "title"


class MediaRequired(Refusal):
    code = "media_required"
    sentence = _("Send the recording or the picture as well.")
    field = "media"


class MediaNotExpected(Refusal):
    code = "media_not_expected"
    sentence = _("A text comes without a file.")
    field = "media"


class FileOrAddress(Refusal):
    code = "file_or_address"
    sentence = _("Give a file or an address.")
    field = "media_url"


class AddressOnlyForVideos(Refusal):
    code = "address_only_for_videos"
    sentence = _("Only a video may be an address elsewhere.")
    field = "media_url"


class BadAddress(Refusal):
    code = "invalid"
    sentence = _("An address begins with https://.")
    field = "media_url"


class SecondOutOfRange(Refusal):
    code = "second_out_of_range"
    sentence = _("The video is not that long.")
    field = "video_second"


class VideoRequired(Refusal):
    code = "video_required"
    sentence = _("Say of which video this is a second.")
    field = "video_id"


class LessonOfAnotherVideo(Refusal):
    code = "lesson_of_another_video"
    sentence = _("The video belongs to another lesson.")
    field = "lesson_id"


class InFuture(Refusal):
    code = "in_the_future"
    sentence = _("Nothing can be written before it is time.")
    field = "written_at"


class TooLongAgo(Refusal):
    code = "too_long_ago"
    sentence = _("Nothing can be older than the year 2000.")
    field = "written_at"


class GoalClosed(Refusal):
    code = "goal_closed"
    sentence = _("This goal has been reached or given up.")
    status = 409


class TooManyMilestones(Refusal):
    code = "too_many_milestones"
    sentence = _("A goal has at most 50 milestones.")
    field = "milestones"


class TargetOutOfRange(Refusal):
    code = "target_out_of_range"
    sentence = _("A goal is to be reached within the next twenty years.")
    field = "target_on"


class MediaUnreadable(Refusal):
    code = "media_unreadable"
    sentence = _("This file cannot be read. Perhaps it was not sent as a whole.")
    field = "media"


class MediaTypeNotAllowed(Refusal):
    code = "media_type_not_allowed"
    sentence = _(
        "Varde cannot show this file. Send a picture as PNG, JPEG or WebP, audio as M4A, MP3, Ogg or WebM, "
        "and video as MP4, MOV or WebM."
    )
    field = "media"


class HeicNotAllowed(MediaTypeNotAllowed):
    sentence = _("This picture is a HEIC file, which many cannot open. Send it as JPEG or PNG.")


class FilmNotPlayed(Refusal):
    code = "film_not_played"
    sentence = _("No browser can play this film. Send it as MP4 with H.264.")
    field = "media"


class FilmNotPlayedEverywhere(FilmNotPlayed):
    sentence = _("Some browsers cannot play this film. Save it as MP4 with H.264, which all of them play.")


class MediaOfAnotherKind(Refusal):
    code = "media_of_another_kind"
    sentence = _("This is another kind of file than was announced.")
    field = "media"


class MediaTooLarge(Refusal):
    """`most_bytes` in `extra` holds the limit."""

    code = "media_too_large"
    sentence = _("This file is too large.")
    status = 413
    field = "media"


class MediaTooLong(Refusal):
    """`most_seconds` in `extra` holds the limit."""

    code = "media_too_long"
    sentence = _("This recording is too long.")
    field = "media"


class PictureTooLarge(Refusal):
    code = "picture_too_large"
    sentence = _("This picture has too many pixels.")
    field = "media"


# --- What staff write


class Begun(Refusal):
    code = "begun"
    sentence = _("A mentor has begun this already, so it stays. You can hide the course instead.")
    status = 409


class StaysWhereItIs(Refusal):
    code = "fixed"
    sentence = _("This stays where it is. Make a new one instead.")


class CourseSlugTaken(Refusal):
    code = "slug_taken"
    sentence = _("There is already a course with this short name.")
    field = "slug"
    status = 409


class CourseEmpty(Refusal):
    code = "course_empty"
    sentence = _("A course needs at least one lesson before mentors see it.")
    status = 409


class LastLesson(Refusal):
    code = "last_lesson"
    sentence = _("Mentors see this course, so it keeps its last lesson. Hide the course first.")
    status = 409


class CourseInUse(Refusal):
    code = "course_in_use"
    sentence = _("A certification is given for this course. Name another one there first.")
    status = 409


class PositionTaken(Refusal):
    code = "position_taken"
    sentence = _("Another lesson of the course has this place. Choose another number.")
    field = "position"
    status = 409


class LengthMissing(Refusal):
    code = "length_missing"
    sentence = _("Say how long the video at the address is.")
    field = "duration_seconds"


class OtherLength(Refusal):
    """`duration_seconds` in `extra` holds the length that stays."""

    code = "other_length"
    sentence = _("Mentors have watched this video, so its length stays. Make a new video instead.")
    field = "duration_seconds"
    status = 409


class CaptionsUnreadable(Refusal):
    code = "captions_unreadable"
    sentence = _("Captions are a WebVTT file in UTF-8, of at most one megabyte.")
    field = "captions"


class BeyondTheEnd(Refusal):
    code = "beyond_the_end"
    sentence = _("The video is not that long.")
    field = "at_second"


class CheckpointTwice(Refusal):
    code = "checkpoint_twice"
    sentence = _("There is already a checkpoint at this second.")
    field = "at_second"
    status = 409


class QuizOfAnotherLesson(Refusal):
    code = "video_of_another_lesson"
    sentence = _("The video belongs to another lesson.")
    field = "video"


class QuestionsMissing(Refusal):
    """`most` in `extra` holds the limit."""

    code = "questions_missing"
    sentence = _("A quiz has between 1 and 50 questions.")
    field = "questions"


class AnswersMissing(Refusal):
    code = "answers_missing"
    sentence = _("Give every question between two and eight answers.")
    field = "questions"


class RightAnswerMissing(Refusal):
    code = "right_answer_missing"
    sentence = _("Mark what is right: exactly one answer where one is to be chosen, else at least one.")
    field = "questions"
