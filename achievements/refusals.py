"""What the verbs of badges refuse, in one place because several of them refuse the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal


class InvalidDefinition(Refusal):
    """Everything that is wrong with a badge at once: by field, and by place for its rule (`criteria.of[1].value`)."""

    code = "invalid"
    sentence = _("Some of the input is not right.")

    def __init__(self, errors: Mapping[str, Sequence[Mapping[str, str]]]) -> None:
        super().__init__()
        self.errors = {field: [dict(each) for each in found] for field, found in errors.items()}


class AltTextMissing(Refusal):
    code = "alt_text_required"
    sentence = _("Say what the icon shows before the badge is put into use, for those who do not see it.")
    field = "alt_text"


class BadgeNotInUse(Refusal):
    code = "badge_not_in_use"
    sentence = _("There is no such badge in use in the mentor's organisation.")
    field = "definition"


class MentorNotInCare(Refusal):
    code = "permission_denied"
    sentence = _("Only those who look after the mentor may award and revoke badges.")
    status = 403


class PeriodNotRight(Refusal):
    code = "invalid_period"
    sentence = _("Give a year until now for a badge that is earned anew each year, and none for any other.")
    field = "period"


class NoteRequired(Refusal):
    code = "note_required"
    sentence = _("Say in a few words what the badge is for.")
    field = "note"


class ReasonRequired(Refusal):
    code = "reason_required"
    sentence = _("Say why in a few words.")
    field = "reason"


class TextTooLong(Refusal):
    code = "too_long"
    sentence = _("This text has at most 500 characters.")
