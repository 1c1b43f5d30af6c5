"""What the accounts app announces, in the transaction in which it happened."""

from django.dispatch import Signal

#: A mentor was paused: `mentor`, `by` (a user, or None for Varde itself), `at`, `reason` (a `PauseReason`).
mentor_paused = Signal()

#: A person is to be asked in, or asked in again, with a link that sets their password: `user`, `organization_id`, `at`.
person_invited = Signal()

#: An organisation has begun to use a module that it did not use: `organization`, `module`, `by`, `at`.
module_enabled = Signal()

#: An organisation uses a module no more: `organization`, `module`, `by`, `at`. Its data stays.
module_disabled = Signal()

#: An organisation's time zone has changed, and with it on which day things were: `organization`, `by`, `at`.
time_zone_changed = Signal()

#: A paused or resigned mentor is active again: `mentor`, `by`, `at`, `reason` (why they had been paused, or "").
mentor_resumed = Signal()
