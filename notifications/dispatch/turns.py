"""One channel's turn in a run of the dispatcher: batch after batch of claim, compose, send, settle."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction

from notifications import rules
from notifications.channels import Channel, ChannelDown, NotDelivered, Refused, UnknownOutcome, Unreachable
from notifications.delivery import Delivery
from notifications.dispatch import claims, composing, settling
from notifications.dispatch.clock import Clock
from notifications.dispatch.health import Health
from notifications.dispatch.settling import NotSent, Sent

logger = logging.getLogger(__name__)

#: What has been sent is written down at least this often, so that a worker that is killed forgets little.
SETTLE_SECONDS = 1.0

#: A turn ends when a provider that does not answer has cost it so long.
TROUBLE_SECONDS = 20.0

#: No sending begins after this share of the lease, so that no other worker takes the row over meanwhile.
SAFE_SHARE_OF_LEASE = 0.75


class Turn:
    """One channel in one run.

    Rows whose provider did not answer are set aside as suspects. If the provider answers any other row of the turn,
    the trouble was theirs and the attempt counts; otherwise it is given back. So an outage costs no attempts, and a
    message on which the provider chokes still comes to an end.
    """

    def __init__(self, channel: Channel, health: Health, *, clock: Clock, lease: timedelta, ends: float) -> None:
        self.channel = channel
        self.health = health
        self.clock = clock
        self.lease = lease
        self.ends = ends  # by time.monotonic()
        self.is_over = False
        self.counts: Counter[str] = Counter()
        self._sent: list[Sent] = []
        self._not_sent: list[NotSent] = []
        self._suspects: list[tuple[Delivery, str]] = []
        self._has_answered = False
        self._trouble_seconds = 0.0
        self._settled = time.monotonic()

    def work(self, work: claims.Work) -> None:
        """Claim what there is, one batch at most of each sort, and bring it to an end."""
        if self.health.on_probation:
            self._probe(work)
            return
        if work.abandoned:
            self._deliver_abandoned()
        if work.waiting and not self._must_stop():
            self._deliver_waiting(self.channel.batch_size)

    def finish(self) -> None:
        """Write down what is not yet. A probe that found nothing out lets the next run try."""
        self._settle()
        if self.health.on_probation:
            self.health.end_probe(self.clock())

    # --- Claiming -----------------------------------------------------------------------------------------------------

    def _probe(self, work: claims.Work) -> None:
        """The provider was down: send one row to find out whether it is back, unless another run is at it."""
        if not self.health.begin_probe(self.clock(), self.lease):
            self.is_over = True
        elif work.waiting:
            self._deliver_waiting(1)
        else:
            self._deliver_abandoned()

    def _deliver_waiting(self, limit: int) -> None:
        self._deliver(claims.take_waiting(self.channel.name, limit=limit, at=self.clock(), lease=self.lease))

    def _deliver_abandoned(self) -> None:
        self._deliver(claims.take_abandoned(self.channel.name, at=self.clock(), lease=self.lease))

    def _must_stop(self) -> bool:
        return self.is_over or time.monotonic() >= self.ends

    # --- A batch ------------------------------------------------------------------------------------------------------

    def _deliver(self, batch: Sequence[Delivery]) -> None:
        if not batch:
            return
        lease_ends = time.monotonic() + self.lease.total_seconds() * SAFE_SHARE_OF_LEASE
        ready, not_sent = composing.sort_out(batch, self.clock(), keeps_quiet=self.channel.keeps_quiet)
        self._not_sent += not_sent
        left, not_sent = composing.compose(ready, self.clock())
        self._not_sent += not_sent
        left.reverse()  # taken from the end
        try:
            if left and self._is_ready_for(left):
                with self.channel:
                    self._send_all(left, until=lease_ends)
        finally:
            self._put_back(left)

    def _is_ready_for(self, batch: Sequence[Delivery]) -> bool:
        if self.channel.is_network:
            _refuse_inside_transaction()
        try:
            self.channel.prepare(batch)
        except Exception as error:
            logger.error("The channel %s is not ready: %s", self.channel.name, type(error).__name__)
            self.health.failed("channel_not_ready", self.clock())
            self.is_over = True
        return not self.is_over

    def _send_all(self, left: list[Delivery], *, until: float) -> None:
        """Send until the batch, the lease, the run or the provider comes to an end; takes what it did out of `left`."""
        while left and not self._must_stop() and time.monotonic() < until:
            self._send(left[-1])
            left.pop()
            if time.monotonic() - self._settled >= SETTLE_SECONDS:
                self._settle()
        self._settle()  # before the connection is closed, which may take long too

    def _put_back(self, left: Sequence[Delivery]) -> None:
        """Those that were not tried keep their attempt; so do the suspects, if nobody was answered."""
        at = self.clock()
        reopens = max(at + rules.PAUSE, self.health.closed_until or at)
        for delivery in left:
            self._not_sent.append(settling.put_back(delivery, "not_tried", reopens if self.is_over else at))
        for delivery, reason in self._suspects:
            if self._has_answered:
                self._not_sent.append(settling.try_again(delivery, reason, at))
            else:
                self._not_sent.append(settling.put_back(delivery, reason, reopens))
        self._suspects = []
        self._settle()

    # --- One delivery -------------------------------------------------------------------------------------------------

    def _send(self, delivery: Delivery) -> None:
        begun = time.monotonic()
        try:
            provider_id = self.channel.send(delivery)
        except ChannelDown as down:
            self._note_silence(delivery, down, time.monotonic() - begun)
        except NotDelivered as error:
            self._not_sent.append(self._consequence(delivery, error))
        except Exception as error:
            # The error's own words may hold an address; its type and the row's id are enough to find it.
            logger.error("Could not send notification %s: %s", delivery.id, type(error).__name__)
            self._not_sent.append(settling.try_again(delivery, "send_failed", self.clock()))
        else:
            self._note_answer()
            self._sent.append(Sent(delivery, composing.storable(provider_id)[:200]))

    def _consequence(self, delivery: Delivery, error: NotDelivered) -> NotSent:
        at = self.clock()
        if isinstance(error, Unreachable) and self.channel.fallback:
            return settling.rerouted(delivery, self.channel.fallback, error.code, at)
        if isinstance(error, Unreachable):
            return settling.failed(delivery, error.code, at)
        self._note_answer()
        if isinstance(error, Refused):
            return settling.failed(delivery, error.code, at)
        return settling.try_again(delivery, error.code, at)

    def _note_answer(self) -> None:
        self._has_answered = True
        self.health.answered()

    def _note_silence(self, delivery: Delivery, down: ChannelDown, seconds: float) -> None:
        at = self.clock()
        self.health.failed(down.code, at)
        if isinstance(down, UnknownOutcome):
            self._not_sent.append(settling.try_again(delivery, down.code, at))
        else:
            self._suspects.append((delivery, down.code))
        self._trouble_seconds += seconds
        self.is_over = self.health.is_closed(at) or self._trouble_seconds >= TROUBLE_SECONDS

    # --- After --------------------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        settling.settle(self._sent, self._not_sent, self.clock())
        self.counts["sent"] += len(self._sent)
        self.counts.update(each.state for each in self._not_sent)
        self._sent, self._not_sent = [], []
        self._settled = time.monotonic()


def _refuse_inside_transaction() -> None:
    """The outside world may take long or fail, and no transaction may wait for it. Costs no round trip."""
    with transaction.atomic(durable=True):
        pass
