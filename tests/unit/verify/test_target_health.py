from cais.verify.report import StateChange
from cais.verify.target_health import PASSED, TargetHealth, failed, mismatch, timed_out
from cais.verify.workload import TargetCheck

CHECK = TargetCheck(path="/", interval=5, unhealthy_threshold=3)
NEW = TargetHealth.registered("a", check=CHECK, at=1)


def test_a_target_begins_as_initial_and_stays_so_before_its_first_check():
    assert NEW.now == StateChange(at=1, copy="a", state="initial", reason="Elb.InitialHealthChecking")
    assert NEW.seen(None, up=False, at=4) == NEW


def test_it_is_healthy_once_enough_checks_have_passed():
    once = NEW.seen(PASSED, up=False, at=6)
    assert once.now == NEW.now
    assert once.seen(PASSED, up=True, at=11).now == StateChange(at=11, copy="a", state="healthy")


def test_an_initial_one_is_unhealthy_after_as_many_failures_as_the_threshold():
    first = NEW.seen(failed("Connection refused"), up=False, at=6)
    second = first.seen(failed("Connection refused"), up=False, at=11)
    third = second.seen(mismatch(404), up=False, at=16)
    assert (first.now, second.now) == (NEW.now, NEW.now)
    assert third.now == StateChange(
        at=16,
        copy="a",
        state="unhealthy",
        reason="Target.ResponseCodeMismatch",
        description="Health checks failed with these codes: [404]",
    )


def test_one_that_passes_in_between_counts_anew():
    wavering = NEW.seen(timed_out(), up=False, at=6).seen(PASSED, up=False, at=11)
    assert wavering.seen(timed_out(), up=False, at=16).now == NEW.now
    assert (
        wavering.seen(timed_out(), up=False, at=16).seen(timed_out(), up=False, at=26).now.state
        == "unhealthy"
    )


def test_a_healthy_one_falls_when_the_balancer_takes_it_down():
    healthy = NEW.seen(PASSED, up=True, at=6)
    shaky = healthy.seen(timed_out(), up=True, at=11)
    assert shaky.now == healthy.now
    assert shaky.seen(timed_out(), up=False, at=21).now.reason == "Target.Timeout"


def test_a_new_reason_is_a_change():
    down = NEW.seen(PASSED, up=True, at=6).seen(mismatch(503), up=False, at=21)
    assert down.seen(PASSED, up=False, at=26).now == down.now
    assert down.seen(mismatch(503), up=False, at=26) == down
    assert down.seen(failed(), up=False, at=26).now.reason == "Target.FailedHealthChecks"


def test_one_that_leaves_is_judged_no_more():
    leaving = NEW.seen(PASSED, up=True, at=6).leaving(at=7)
    assert leaving.now.state == "draining"
    assert leaving.now.reason == "Target.DeregistrationInProgress"
    assert leaving.seen(failed(), up=False, at=9) == leaving
