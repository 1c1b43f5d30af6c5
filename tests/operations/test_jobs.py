"""Background jobs: asked for once, done once, taken up again, given up, stopped."""

import threading

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction

from accounts.base.refusals import Refusal
from operations import jobs, services
from operations.enums import JobState
from operations.models import Job
from operations.services import running


def count_to_three(job, progress):
    for done in range(1, 4):
        progress(done, 3)
    return {"counted": job.params["to"]}


def test_a_job_that_was_asked_for_is_done_and_says_what_came_out(organization, coordinator, kind, clock):
    job = ask(kind(count_to_three), organization, coordinator, clock)

    assert services.run_waiting_jobs(clock=clock) == 1

    job.refresh_from_db()
    assert (job.state, job.result, job.error) == (JobState.DONE, {"counted": 3}, "")
    assert (job.done_count, job.total_count, job.attempts) == (3, 3, 1)
    assert (job.started_at, job.finished_at, job.lease_until) == (clock.at, clock.at, None)


def test_an_identical_job_is_the_same_job_until_it_is_finished(organization, coordinator, org_admin, kind, clock):
    name = kind(count_to_three)
    first = ask(name, organization, coordinator, clock)

    assert ask(name, organization, org_admin, clock) == first
    assert ask(name, organization, coordinator, clock, to=4) != first
    services.run_waiting_jobs(clock=clock)
    assert ask(name, organization, coordinator, clock) != first


def test_jobs_of_two_organisations_are_never_the_same(organization, foreign, coordinator, kind, clock):
    name = kind(count_to_three)

    assert ask(name, organization, coordinator, clock) != ask(name, foreign.organization, foreign.user, clock)


def test_a_key_makes_jobs_with_different_parameters_one(organization, coordinator, kind, clock):
    name = kind(count_to_three)
    first = ask(name, organization, coordinator, clock, key="roster")

    assert ask(name, organization, coordinator, clock, to=9, key="roster") == first
    assert ask(name, organization, coordinator, clock, to=9, key="x" * 500) != first


def test_an_unknown_kind_is_refused(organization, coordinator, clock):
    with pytest.raises(services.UnknownKind):
        ask("does_not_exist", organization, coordinator, clock)


def test_a_refusal_becomes_the_sentence_on_the_row(organization, coordinator, kind, clock):
    def refuse(job, progress):
        raise Refusal("The file is empty.")

    job = ask(kind(refuse), organization, coordinator, clock)
    services.run_waiting_jobs(clock=clock)

    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.FAILED, "The file is empty.")


def test_an_unexpected_error_leaves_its_name_and_not_its_text(organization, coordinator, kind, clock, caplog):
    def stumble(job, progress):
        raise ValueError(coordinator.email)

    job = ask(kind(stumble), organization, coordinator, clock)
    services.run_waiting_jobs(clock=clock)

    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.FAILED, "ValueError")
    assert coordinator.email not in caplog.text
    assert "stumble" in caplog.text


def test_a_failing_job_does_not_stop_the_next_one(organization, coordinator, kind, clock):
    def stumble(job, progress):
        raise ValueError

    ask(kind(stumble), organization, coordinator, clock)
    clock.forward(seconds=1)
    second = ask(kind(count_to_three), organization, coordinator, clock)

    assert services.run_waiting_jobs(clock=clock) == 2
    second.refresh_from_db()
    assert second.state == JobState.DONE


def test_a_database_that_goes_away_costs_an_attempt_and_not_the_job(organization, coordinator, kind, clock):
    tries = []

    def fail_once(job, progress):
        tries.append(job.attempts)
        if len(tries) == 1:
            raise OperationalError

    job = ask(kind(fail_once), organization, coordinator, clock)
    assert services.run_waiting_jobs(clock=clock) == 0
    clock.forward(minutes=6)
    assert services.run_waiting_jobs(clock=clock) == 1

    job.refresh_from_db()
    assert (job.state, tries) == (JobState.DONE, [1, 2])


def test_a_job_whose_worker_died_is_taken_up_again_when_its_lease_is_over(organization, coordinator, kind, clock):
    job = ask(kind(count_to_three), organization, coordinator, clock)
    assert running.claim_next(at=clock()) == job  # and its worker dies

    clock.forward(minutes=4)
    assert services.run_waiting_jobs(clock=clock) == 0
    clock.forward(minutes=2)
    assert services.run_waiting_jobs(clock=clock) == 1

    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.DONE, 2)


def test_a_job_that_kills_its_workers_is_given_up_after_three(organization, coordinator, kind, clock):
    job = ask(kind(count_to_three), organization, coordinator, clock)
    for _ in range(3):
        assert running.claim_next(at=clock()) == job
        clock.forward(minutes=6)

    assert services.run_waiting_jobs(clock=clock) == 0
    job.refresh_from_db()
    assert (job.state, job.attempts, job.error) == (JobState.FAILED, 3, "worker_died")


def test_a_worker_that_was_taken_for_dead_can_neither_report_nor_settle(organization, coordinator, kind, clock):
    job = ask(kind(count_to_three), organization, coordinator, clock)
    slow = running.claim_next(at=clock())
    clock.forward(minutes=6)
    other = running.claim_next(at=clock())
    assert (slow.pk, other.pk) == (job.pk, job.pk)

    with pytest.raises(jobs.Lost):
        running.Reporter(slow, clock)(1, 3)
    assert running.run_claimed(slow, clock=clock) is False
    assert running.run_claimed(other, clock=clock) is True


def test_a_report_extends_the_lease(organization, coordinator, kind, clock):
    ask(kind(count_to_three), organization, coordinator, clock)
    job = running.claim_next(at=clock())
    clock.forward(minutes=4)
    running.Reporter(job, clock)(1, 3)
    clock.forward(minutes=4)

    assert running.claim_next(at=clock()) is None


def test_a_waiting_job_is_cancelled_at_once_and_never_begun(organization, coordinator, kind, clock):
    job = ask(kind(count_to_three), organization, coordinator, clock)
    services.cancel_job(job=job, by=coordinator, at=clock())

    assert services.run_waiting_jobs(clock=clock) == 0
    job.refresh_from_db()
    assert (job.state, job.finished_at) == (JobState.CANCELLED, clock.at)


def test_a_running_job_stops_at_its_next_report(organization, coordinator, kind, clock):
    def cancelled_on_the_way(job, progress):
        progress(1, 3)
        services.cancel_job(job=job, by=coordinator, at=clock())
        progress(3, 3)
        raise AssertionError("it went on")

    job = ask(kind(cancelled_on_the_way), organization, coordinator, clock)
    assert services.run_waiting_jobs(clock=clock) == 1

    job.refresh_from_db()
    assert (job.state, job.result) == (JobState.CANCELLED, {})


def test_a_finished_job_cannot_be_cancelled(organization, coordinator, kind, clock):
    job = ask(kind(count_to_three), organization, coordinator, clock)
    services.run_waiting_jobs(clock=clock)

    with pytest.raises(services.JobIsFinished):
        services.cancel_job(job=job, by=coordinator, at=clock())


def test_no_more_jobs_run_at_once_than_the_setting_says(organization, coordinator, kind, clock, settings):
    for to in range(3):
        ask(kind(count_to_three) if to == 0 else "test_count_to_three", organization, coordinator, clock, to=to)

    settings.JOBS_AT_ONCE = 2
    assert [running.claim_next(at=clock()) is not None for _ in range(3)] == [True, True, False]


def test_a_kind_that_this_version_does_not_know_is_left_to_one_that_does(organization, coordinator, kind, clock):
    job = ask(kind(count_to_three), organization, coordinator, clock)
    Job.objects.filter(pk=job.pk).update(kind="from_tomorrow")

    assert services.run_waiting_jobs(clock=clock) == 0
    job.refresh_from_db()
    assert job.state == JobState.RUNNING


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_people_see_the_progress_while_the_handlers_transaction_is_open(organization, coordinator, kind, clock):
    seen = []

    def work_in_one_transaction(job, progress):
        with transaction.atomic():
            Job.objects.filter(pk=job.pk).update(updated_at=job.updated_at)  # not our lock, only an open transaction
        with transaction.atomic():
            connection.cursor().execute("SELECT txid_current()")
            progress(2, 5)
            seen.append(elsewhere(lambda: Job.objects.get(pk=job.pk).done_count))

    ask(kind(work_in_one_transaction), organization, coordinator, clock)
    assert services.run_waiting_jobs(clock=clock) == 1
    assert seen == [2]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_sixteen_who_ask_at_once_get_one_job(organization, coordinator, kind, clock):
    name = kind(count_to_three)
    barrier = threading.Barrier(16)

    def wish():
        barrier.wait()
        return ask(name, organization, coordinator, clock).pk

    assert len(set(in_threads(16, wish))) == 1
    assert Job.objects.count() == 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_eight_workers_at_once_do_every_job_once(organization, coordinator, kind, clock, settings):
    settings.JOBS_AT_ONCE = 8
    done, lock = [], threading.Lock()

    def note(job, progress):
        with lock:
            done.append(job.params["to"])

    name = kind(note)
    for to in range(40):
        ask(name, organization, coordinator, clock, to=to)
    in_threads(8, lambda: services.run_waiting_jobs(clock=clock))

    assert sorted(done) == list(range(40))


def ask(kind, organization, user, clock, *, to=3, key=""):
    return services.queue_job(
        kind=kind, params={"to": to}, organization_id=organization.pk, by=user, at=clock(), key=key
    )


def in_threads(count, work):
    results, errors = [], []

    def run():
        try:
            results.append(work())
        except DatabaseError as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    return results


def elsewhere(work):
    return in_threads(1, work)[0]
