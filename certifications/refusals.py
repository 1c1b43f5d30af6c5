"""What the verbs of certificates refuse, in one place because several of them refuse the same."""

from django.utils.translation import gettext_lazy as _

from accounts.base.refusals import Refusal


class OtherOrganization(Refusal):
    code = "not_found"
    sentence = _("Mentor and certification type must belong to the same organisation.")


class TypeNotInUse(Refusal):
    code = "type_not_in_use"
    sentence = _("This certification type is not in use any more.")
    field = "certification_type"


class CertificateExists(Refusal):
    code = "certificate_exists"
    sentence = _("The mentor has a valid certificate of this type. Renew that one.")
    status = 409


class NumberInUse(Refusal):
    code = "number_in_use"
    sentence = _("Another certificate has this number.")
    field = "number"
    status = 409


class NumberTooLong(Refusal):
    code = "number_too_long"
    sentence = _("A number has at most 40 characters.")
    field = "number"


class IssueDateOutOfRange(Refusal):
    code = "issue_date_out_of_range"
    sentence = _("A certificate is issued after 1990 and not in the future.")
    field = "issue_date"


class ExpiryOutOfRange(Refusal):
    code = "expiry_out_of_range"
    sentence = _("A certificate expires after the day it was issued, and within a hundred years.")
    field = "expiry_date"


class ExpiryMissing(Refusal):
    code = "expiry_missing"
    sentence = _("Certificates of this type are not for life: say when it expires.")
    field = "expiry_date"


class ReasonRequired(Refusal):
    code = "reason_required"
    sentence = _("Say why in a few words.")
    field = "reason"


class InvalidTransition(Refusal):
    code = "invalid_transition"
    sentence = _("A certificate that has been renewed or revoked stays as it is.")
    status = 409


class RenewalNotLater(Refusal):
    code = "renewal_not_later"
    sentence = _("A renewal is issued after the certificate it renews, and is valid for longer.")
    field = "issue_date"


class ReminderIsFinal(Refusal):
    code = "invalid_transition"
    sentence = _("This reminder has been sent or cancelled already.")
    status = 409


class ReminderOnItsWay(Refusal):
    code = "on_its_way"
    sentence = _("The message of this reminder is on its way already.")
    status = 409


class ReminderNotFailed(Refusal):
    code = "not_failed"
    sentence = _("Only a reminder that has failed for good can be tried again or given up.")
    status = 409


class GoesOutByItself(Refusal):
    code = "goes_out_by_itself"
    sentence = _("The notice of expiry goes out when the certificate expires, not before.")
    status = 409


class CodeTaken(Refusal):
    code = "code_taken"
    sentence = _("There is already a certification type with this code.")
    field = "code"
    status = 409
