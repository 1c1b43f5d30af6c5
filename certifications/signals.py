"""What certifications announce, in the past tense, inside the transaction of the verb that did it.

`docs/signals.md` says who hears.
"""

from django.dispatch import Signal

#: Certificates of these mentors were issued, renewed or revoked, so which kinds of them they have may have changed.
#: Carries `mentor_ids` (a set; sent once for all that was done together), `by` (a user, or None for Varde itself) and
#: `at`. The mentors' rows are locked. An expiry, and another expiry date, are no such change.
certificates_changed = Signal()
