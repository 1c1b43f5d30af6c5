from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CertificationsConfig(AppConfig):
    name = "certifications"
    verbose_name = _("Certifications")

    def ready(self) -> None:
        from accounts.enums import Module
        from certifications import jobs as background
        from certifications import (
            kinds,
            messages,
            receivers,  # noqa: F401 (importing it connects it)
            roster,
        )
        from mentoring.roster.kinds import register as register_file
        from notifications.enums import Channel
        from notifications.kinds import Kind, register
        from operations import jobs

        for slug, label, compose in (
            (kinds.REMINDER, _("Reminder that a certificate expires"), messages.compose_reminders),
            (kinds.EXPIRED, _("Notice that a certificate has expired"), messages.compose_expired),
            (kinds.NOTICE, _("Notice about a mentor's certificate that expires"), messages.compose_notices),
            (kinds.LAPSE_NOTICE, _("Notice about a mentor's lapsed certificate"), messages.compose_lapse_notices),
            (kinds.RETURN, _("Notice that you are active again"), messages.compose_returns),
            (kinds.REVOKED, _("Notice that a certificate was revoked"), messages.compose_revocations),
        ):
            register(Kind(slug, label, Channel.EMAIL, compose, module=Module.CERTIFICATION))
        jobs.register(background.EXTEND, background.extend_in_background, title=_("Extension of certificates"))
        jobs.register(background.ISSUE, background.issue_in_background, title=_("Certificates for many mentors"))
        register_file(roster.CERTIFICATES)
