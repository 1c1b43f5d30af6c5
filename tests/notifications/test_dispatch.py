"""The engine: what becomes of a due row."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.enums import Module
from notifications import rules
from notifications.channels import Channel, ChannelDown, Refused, TryLater, UnknownOutcome
from notifications.channels.memory import MemoryChannel
from notifications.dispatch import claims, settling
from notifications.dispatch import health as healths
from notifications.dispatch.health import Health
from notifications.dispatch.turns import Turn
from notifications.enums import Channel as Name
from notifications.enums import State
from notifications.models import ChannelHealth, Notification
from tests.factories import MembershipFactory, OrganizationFactory
from tests.notifications.conftest import NOON, run

LEASE = timedelta(minutes=2)


class Scripted(MemoryChannel):
    """Sends, unless the script has an error for the recipient's e-mail address ("*": for everybody)."""

    def __init__(self, script: dict[str, Exception] | None = None, **kwargs) -> None:
        super().__init__(Name.EMAIL, **kwargs)
        self.script = script or {}
        self.asked: list[str] = []

    def send(self, delivery):
        self.asked.append(delivery.email)
        error = self.script.get(delivery.email) or self.script.get("*")
        if error:
            raise error
        return super().send(delivery)


def state_of(row: Notification) -> tuple[str, int, str]:
    row.refresh_from_db()
    return row.state, row.attempts, row.failure_reason


# --- Sent -------------------------------------------------------------------------------------------------------------


def test_a_due_row_is_sent_with_its_text_and_forgets_its_claim(tell):
    row = tell(first_name="Kari")

    assert run(channels=[MemoryChannel(Name.EMAIL)]) == Counter(sent=1)

    row.refresh_from_db()
    assert (row.state, row.sent_at, row.claimed_at, row.attempts) == (State.SENT, NOON, None, 1)
    assert (row.title, row.data) == ("Hei på deg, Kari", {"path": "/greetings/"})


def test_a_row_that_is_not_due_yet_waits(tell):
    row = tell(at=NOON + timedelta(seconds=1))
    assert run() == Counter()
    assert state_of(row) == (State.PENDING, 0, "")


def test_a_second_run_sends_nothing_again(tell):
    tell()
    channel = MemoryChannel(Name.EMAIL)
    run(channels=[channel])
    run(channels=[channel])
    assert len(channel.sent) == 1


def test_everything_that_is_due_goes_out_however_many_batches_that_takes(tell):
    for _ in range(7):
        tell()
    channel = MemoryChannel(Name.EMAIL, batch_size=3)
    assert run(channels=[channel]) == Counter(sent=7)
    assert len({delivery.id for delivery in channel.sent}) == 7


def test_each_gets_the_text_in_their_own_language(tell):
    for language in ("nb", "nn", "en", "nb"):
        tell(language=language, first_name="Kari")
    channel = MemoryChannel(Name.EMAIL)
    run(channels=[channel])
    assert [delivery.title for delivery in channel.sent] == [
        "Hei på deg, Kari",
        "Hei på deg, Kari",
        "Hei på deg, du, Kari",
        "Hello there, Kari",
    ]


def test_a_backlog_in_one_channel_does_not_hold_up_another(tell):
    for _ in range(10):
        tell()
    quiet = tell("quiet")
    mail, in_app = MemoryChannel(Name.EMAIL, batch_size=1), MemoryChannel(Name.IN_APP)
    order: list[str] = []
    mail.send = lambda delivery: order.append("mail") or ""  # type: ignore[method-assign]
    in_app.send = lambda delivery: order.append("app") or ""  # type: ignore[method-assign]
    run(channels=[mail, in_app])
    assert order.index("app") <= 1
    assert state_of(quiet)[0] == State.SENT


# --- Cancelled --------------------------------------------------------------------------------------------------------


def test_what_has_no_reason_any_more_is_cancelled(tell):
    gone, stays = tell(data={"gone": True}), tell()
    assert run() == Counter(sent=1, cancelled=1)
    assert state_of(gone) == (State.CANCELLED, 1, "reason_gone")
    assert state_of(stays)[0] == State.SENT


def test_nobody_who_is_disabled_is_told_anything(tell):
    row = tell(is_active=False)
    run()
    assert state_of(row) == (State.CANCELLED, 1, "recipient_disabled")


def test_nobody_who_has_left_the_organisation_is_told_of_it(tell, foreign):
    row = tell()
    row.recipient.memberships.update(is_active=False, revoked_at=NOON)
    MembershipFactory(user=row.recipient, organization=foreign.organization)
    run()
    assert state_of(row) == (State.CANCELLED, 1, "recipient_left")


def test_what_belongs_to_a_module_that_was_turned_off_is_not_sent(tell):
    off, on = (OrganizationFactory(modules=modules) for modules in ([], [Module.FOLLOW_UP]))
    rows = [tell("of-module", organization=organization) for organization in (off, on)]
    rows.append(tell("greeting", organization=off))
    run()
    assert [state_of(row)[0] for row in rows] == [State.CANCELLED, State.SENT, State.SENT]
    assert state_of(rows[0])[2] == "module_disabled"


# --- Tried again ------------------------------------------------------------------------------------------------------


def test_a_recipient_who_cannot_be_reached_now_is_tried_three_times_with_growing_gaps_then_shown_to_staff(tell):
    row = tell(email="full@example.org")
    channel = Scripted({"full@example.org": TryLater("smtp_recipient_452")})
    at, seen = NOON, []
    for _ in range(3):
        run(at=at, channels=[channel])
        row.refresh_from_db()
        seen.append((row.state, row.attempts, row.not_before - at))
        at = row.not_before
    assert seen == [
        (State.PENDING, 1, timedelta(minutes=5)),
        (State.PENDING, 2, timedelta(hours=1)),
        (State.FAILED, 3, timedelta(0)),
    ]
    assert list(Notification.objects.needing_attention()) == [row]


def test_an_address_that_does_not_exist_fails_at_once(tell):
    row = tell(email="nobody@example.org")
    run(channels=[Scripted({"nobody@example.org": Refused("smtp_recipient_550")})])
    assert state_of(row) == (State.FAILED, 1, "smtp_recipient_550")


def test_one_row_that_breaks_the_channel_leaves_the_others_alone(tell):
    rows = [tell(email=f"{name}@example.org") for name in ("a", "broken", "c")]
    run(channels=[Scripted({"broken@example.org": RuntimeError("with an address in its words")})])
    assert [state_of(row)[0] for row in rows] == [State.SENT, State.PENDING, State.SENT]
    assert state_of(rows[1]) == (State.PENDING, 1, "send_failed")


def test_one_row_that_breaks_its_text_leaves_the_others_alone(tell, caplog):
    rows = [tell("choking", data={"poison": poison}) for poison in (False, True, False)]
    run()
    assert [state_of(row) for row in rows] == [
        (State.SENT, 1, ""),
        (State.PENDING, 1, "compose_failed"),
        (State.SENT, 1, ""),
    ]
    assert str(rows[1].pk) in caplog.text
    assert "cannot be composed" not in caplog.text


def test_a_kind_that_this_release_does_not_know_waits_for_one_that_does(tell):
    row, other = tell(), tell()
    Notification.objects.filter(pk=row.pk).update(kind="from-a-newer-release")
    run()
    assert state_of(row) == (State.PENDING, 1, "unknown_kind")
    assert state_of(other)[0] == State.SENT


def test_every_row_that_was_looked_at_leaves_the_due_set(tell):
    tell()
    tell(data={"gone": True})
    tell(is_active=False)
    tell("choking", data={"poison": True})
    for name in ("refused", "later", "broken", "down"):
        tell(email=f"{name}@example.org")
    run(
        channels=[
            Scripted(
                {
                    "refused@example.org": Refused("x"),
                    "later@example.org": TryLater("x"),
                    "broken@example.org": RuntimeError("x"),
                    "down@example.org": ChannelDown("x"),
                }
            )
        ]
    )
    assert not Notification.objects.due(NOON).exists()


# --- Leases -----------------------------------------------------------------------------------------------------------


def claim(limit: int = 10, at=NOON):
    return claims.take_waiting(Name.EMAIL, limit=limit, at=at, lease=LEASE)


def test_a_claimed_row_is_nobody_elses_until_its_lease_is_over(tell):
    row = tell()
    assert [delivery.id for delivery in claim()] == [row.pk]
    assert run(at=NOON + LEASE - timedelta(seconds=1)) == Counter()
    assert run(at=NOON + LEASE) == Counter(sent=1)
    assert state_of(row) == (State.SENT, 2, "")


def test_a_worker_that_comes_too_late_settles_nothing(tell):
    row = tell()
    [late] = claim()
    [successor] = claims.take_abandoned(Name.EMAIL, at=NOON + LEASE, lease=LEASE)

    settling.settle([settling.Sent(late, "late")], [], NOON + LEASE)
    settling.settle([], [settling.failed(late, "late", NOON)], NOON + LEASE)
    assert state_of(row) == (State.SENDING, 2, "")

    settling.settle([settling.Sent(successor, "in time")], [], NOON + LEASE)
    row.refresh_from_db()
    assert (row.state, row.provider_id) == (State.SENT, "in time")


def test_abandoned_rows_are_taken_over_one_by_one(tell):
    for _ in range(3):
        tell()
    claim()
    assert len(claims.take_abandoned(Name.EMAIL, at=NOON + LEASE, lease=LEASE)) == 1
    assert claim(at=NOON + LEASE) == []


def test_a_row_that_takes_its_worker_along_three_times_has_failed(tell):
    row, at = tell(), NOON
    claim()
    for _ in range(2):
        at += LEASE
        assert len(claims.take_abandoned(Name.EMAIL, at=at, lease=LEASE)) == 1
    assert run(at=at + LEASE) == Counter()
    assert state_of(row) == (State.FAILED, 3, "worker_lost")


def test_a_run_that_is_stopped_keeps_what_it_sent_and_gives_the_rest_back(tell):
    rows = [tell(email=f"{name}@example.org") for name in "abc"]
    with pytest.raises(KeyboardInterrupt):
        run(channels=[Scripted({"b@example.org": KeyboardInterrupt()})])
    assert [state_of(row) for row in rows] == [
        (State.SENT, 1, ""),
        (State.PENDING, 0, "not_tried"),
        (State.PENDING, 0, "not_tried"),
    ]


def test_slow_sending_is_written_down_at_least_once_a_second(tell):
    rows = [tell() for _ in range(3)]
    seen = []

    class Slow(MemoryChannel):
        def send(self, delivery):
            seen.append(Notification.objects.filter(state=State.SENT).count())
            turn._settled -= 1.1  # as if a second had passed
            return super().send(delivery)

    turn = _turn(Slow(Name.EMAIL))
    turn.work(claims.Work(Name.EMAIL, waiting=True, abandoned=False))
    assert seen == [0, 1, 2]
    assert [state_of(row)[0] for row in rows] == [State.SENT] * 3


def test_no_sending_begins_when_the_lease_is_all_but_over(tell):
    row = tell()
    channel = MemoryChannel(Name.EMAIL)
    run(channels=[channel], lease=timedelta(0), budget=timedelta(seconds=0.2))
    assert channel.sent == []
    assert state_of(row)[:2] == (State.PENDING, 0)


def test_a_run_ends_with_its_budget(tell):
    for _ in range(3):
        tell()
    assert run(budget=timedelta(0)) == Counter()


def _turn(channel: Channel) -> Turn:
    return Turn(channel, Health(channel.name), clock=lambda: NOON, lease=LEASE, ends=float("inf"))


# --- When the provider is down ----------------------------------------------------------------------------------------


def health() -> tuple[int, object, str]:
    row = ChannelHealth.objects.get(channel=Name.EMAIL)
    return row.failures, row.closed_until, row.last_error


def test_five_failures_in_a_row_close_the_channel_and_nobody_loses_an_attempt(tell):
    rows = [tell() for _ in range(8)]
    channel = Scripted({"*": ChannelDown("smtp_refused")})

    run(channels=[channel])

    assert health() == (5, NOON + timedelta(minutes=1), "smtp_refused")
    assert len(channel.asked) == 5
    assert {state_of(row)[:2] for row in rows} == {(State.PENDING, 0)}
    assert not Notification.objects.due(NOON).exists()


def test_while_a_channel_is_closed_nothing_is_claimed_for_it_and_the_others_go_on(tell):
    row, quiet = tell(), tell("quiet")
    ChannelHealth.objects.create(channel=Name.EMAIL, failures=5, closed_until=NOON + timedelta(seconds=1))

    channel = Scripted()
    run(channels=[channel, MemoryChannel(Name.IN_APP)])

    assert channel.asked == []
    assert state_of(row) == (State.PENDING, 0, "")
    assert state_of(quiet)[0] == State.SENT


def test_after_the_closure_one_row_finds_out_and_a_good_answer_opens_the_channel(tell):
    for _ in range(4):
        tell()
    ChannelHealth.objects.create(channel=Name.EMAIL, failures=7, closed_until=NOON)
    assert run(channels=[MemoryChannel(Name.EMAIL)]) == Counter(sent=4)
    assert health()[:2] == (0, None)


def test_a_probe_that_fails_costs_one_row_no_attempt_and_closes_the_channel_for_longer(tell):
    rows = [tell() for _ in range(4)]
    ChannelHealth.objects.create(channel=Name.EMAIL, failures=5, closed_until=NOON)
    channel = Scripted({"*": ChannelDown("smtp_refused")})

    run(channels=[channel])

    assert len(channel.asked) == 1
    assert health()[:2] == (6, NOON + timedelta(minutes=2))
    assert {state_of(row)[:2] for row in rows} == {(State.PENDING, 0)}


def test_of_two_runs_at_once_only_one_probes(tell):
    tell()
    ChannelHealth.objects.create(channel=Name.EMAIL, failures=5, closed_until=NOON)
    first, second = (healths.read([Name.EMAIL])[Name.EMAIL] for _ in range(2))
    assert first.begin_probe(NOON, LEASE)
    assert not second.begin_probe(NOON, LEASE)


def test_a_probe_that_had_nobody_to_send_to_lets_the_next_run_try_at_once(tell):
    tell(is_active=False)
    ChannelHealth.objects.create(channel=Name.EMAIL, failures=5, closed_until=NOON)
    run(channels=[Scripted()])
    row = tell()
    run(channels=[Scripted()])
    assert state_of(row)[0] == State.SENT


def test_six_hours_without_a_provider_leave_nothing_failed_and_everything_sent_afterwards(tell):
    rows = [tell() for _ in range(30)]
    down, at = Scripted({"*": ChannelDown("smtp_timeout")}, batch_size=20), NOON
    while at < NOON + timedelta(hours=6):
        run(at=at, channels=[down])
        at += timedelta(minutes=1)
    assert {state_of(row)[:2] for row in rows} == {(State.PENDING, 0)}
    assert len(down.asked) < 40

    up = MemoryChannel(Name.EMAIL)
    for minute in range(20):
        run(at=at + timedelta(minutes=minute), channels=[up])
    assert {state_of(row)[:2] for row in rows} == {(State.SENT, 1)}
    assert len(up.sent) == 30


def test_a_message_on_which_only_its_own_sending_breaks_down_comes_to_an_end(tell):
    poison = tell(email="poison@example.org")
    channel, at = Scripted({"poison@example.org": ChannelDown("smtp_421")}), NOON
    for _ in range(3):
        tell(at=at)
        run(at=at, channels=[channel])
        at += timedelta(hours=2)
    assert state_of(poison) == (State.FAILED, 3, "smtp_421")
    assert health()[1] is None


def test_a_message_that_may_have_arrived_is_sent_three_times_at_most(tell):
    row, channel, at = tell(), Scripted({"*": UnknownOutcome("smtp_disconnected_after_data")}), NOON
    for _ in range(10):
        run(at=at, channels=[channel])
        at += timedelta(hours=2)
    assert len(channel.asked) == rules.MAX_ATTEMPTS
    assert state_of(row) == (State.FAILED, 3, "smtp_disconnected_after_data")


def test_a_channel_that_cannot_even_be_prepared_counts_as_down(tell):
    row, quiet = tell(), tell("quiet")

    class Unready(MemoryChannel):
        def prepare(self, batch):
            raise OSError("no certificates")

    run(channels=[Unready(Name.EMAIL), MemoryChannel(Name.IN_APP)])
    assert state_of(row) == (State.PENDING, 0, "not_tried")
    assert state_of(quiet)[0] == State.SENT
    assert health()[0] == 1


# --- Cost -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3, 40])
def test_a_batch_costs_five_statements_however_many_rows_it_has(tell, count, django_assert_num_queries):
    for _ in range(count):
        tell("quiet")
    with django_assert_num_queries(5):  # health, work, claim, settle, no more work
        run()


@pytest.mark.django_db(transaction=True)
def test_the_claim_passes_the_history_by(tell):
    row = tell()
    _fill(row, sent=20_000, due=600)
    for statement in (claims.TAKE_WAITING, claims.TAKE_ABANDONED):
        plan = _explain(statement)
        ledger = [node for node in plan if node.get("Relation Name") == "notifications_notification"]
        assert "notification_due" in {node.get("Index Name") for node in plan}
        assert "Seq Scan" not in {node["Node Type"] for node in ledger}
        assert max(node["Actual Rows"] for node in ledger) <= 601


@pytest.mark.django_db(transaction=True)
def test_a_long_queue_is_read_in_the_order_of_the_index_without_sorting_it(tell):
    row = tell()
    _fill(row, sent=5_000, due=20_000)
    plan = _explain(claims.TAKE_WAITING)
    [scan] = [node for node in plan if node.get("Index Name") == "notification_due"]
    assert "Sort" not in {node["Node Type"] for node in plan}
    assert scan["Actual Rows"] == 500
    assert scan.get("Rows Removed by Filter", 0) == 0


def _fill(row: Notification, *, sent: int, due: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO notifications_notification
                (id, organization_id, recipient_id, kind, dedupe_key, channel, title, body, state, sent_at, not_before)
            SELECT varde_uuid7(), %s, %s, 'greeting', 'fill:' || n, 'email', '', '',
                   CASE WHEN n <= %s THEN 'sent' ELSE 'pending' END, CASE WHEN n <= %s THEN %s END,
                   %s - n * interval '1 second'
            FROM generate_series(1, %s) n
            """,
            [row.organization_id, row.recipient_id, sent, sent, NOON, NOON, sent + due],
        )
        cursor.execute("ANALYZE notifications_notification")


def _explain(statement: str) -> list[dict]:
    values = {"channel": "email", "limit": 500, "at": NOON, "lease_end": NOON + LEASE, "most": 3}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + statement, values)
        [(plans,)] = cursor.fetchall()
        transaction.set_rollback(True)
    nodes, left = [], [plans[0]["Plan"]]
    while left:
        node = left.pop()
        nodes.append(node)
        left += node.get("Plans", [])
    return nodes


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_to_the_outside_world_inside_a_transaction(tell):
    row = tell()

    class Outside(MemoryChannel):
        is_network = True

    channel = Outside(Name.EMAIL)
    with pytest.raises(RuntimeError), transaction.atomic():
        run(channels=[channel])
    assert channel.sent == []
    assert state_of(row)[:2] == (State.PENDING, 0)
    with CaptureQueriesContext(connection) as queries:
        run(channels=[channel])
    assert len(channel.sent) == 1
    assert len(queries) == 5 + 2  # BEGIN and COMMIT of the guard, which the driver does not even send
