"""What mentoring announces, in the past tense, inside the transaction of the verb that did it.

Sent with `send`, by `mentoring.services` only; a receiver that raises undoes the act. `docs/signals.md` says who hears.
"""

from django.dispatch import Signal

#: An activity was recorded. Carries `activity`, `by` and `at`; not sent again when a phone repeats its request.
activity_recorded = Signal()

#: Activities of one mentor were recorded together, by an import. Carries `mentor_id`, `activities`, `by` and `at`. Each
#: of them is announced here, and not as `activity_recorded` as well.
history_recorded = Signal()

#: An activity's facts changed: its values, its review or what is known of duplicates. Carries `activity`, `before`
#: (the changed fields' old values, by name), `by`, `at`.
activity_corrected = Signal()

#: An activity was deleted (softly). Carries `activity`, `by` and `at`.
activity_deleted = Signal()

#: A mentor was given a contact. Carries `assignment`, `by` and `at`.
assignment_opened = Signal()

#: An assignment was completed, cancelled or deleted. Carries `assignment`, `by` and `at`.
assignment_ended = Signal()

#: An assignment went to another mentor. Carries `assignment`, `mentor_before` (its id), `by` and `at`.
assignment_handed_over = Signal()
