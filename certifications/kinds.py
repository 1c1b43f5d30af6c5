"""The kinds of notification about certificates."""

#: To the mentor: the certificate expires soon.
REMINDER = "certificate_reminder"
#: To the mentor: the certificate has expired.
EXPIRED = "certificate_expired"
#: To the coordinators, at 30 days: a duty of its own with its own attempts.
NOTICE = "certificate_notice"
#: To the coordinators: a required certificate has lapsed.
LAPSE_NOTICE = "certificate_lapse_notice"
#: To the mentor: active again.
RETURN = "certification_return"
#: To the mentor: the certificate was revoked.
REVOKED = "certificate_revoked"
