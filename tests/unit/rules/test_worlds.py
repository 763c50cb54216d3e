"""A verdict holds only where it holds in every world."""

import pytest

from cais.findings import Finding, Subject, Verdict
from cais.rules.worlds import World, merged

A, NOT_A = "condition A is true", "condition A is false"
B, NOT_B = "condition B is true", "condition B is false"


def finding(verdict: Verdict, *, logical_id: str = "Group", service: str = "Web") -> Finding:
    subject = Subject(template="t.yaml", logical_id=logical_id, type="AWS::EC2::SecurityGroup")
    return Finding(rule="HLT103", verdict=verdict, subject=subject, message="it is closed", service=service)


def world(*findings: Finding, assumptions: tuple[str, ...] = ()) -> World:
    return World(findings=findings, assumptions=assumptions)


def verdicts(*worlds: World, complete: bool = True) -> list[tuple[Verdict, str]]:
    return [(found.verdict, found.message) for found in merged(worlds, complete=complete)]


@pytest.mark.parametrize("verdict", ["refuted", "unproven", "advice", "proven"])
def test_what_holds_in_every_world_holds(verdict: Verdict):
    worlds = [world(finding(verdict), assumptions=(assumption,)) for assumption in (A, NOT_A)]
    assert verdicts(*worlds) == [(verdict, "it is closed")]


def test_refuted_in_some_worlds_is_unproven_and_names_the_condition():
    worlds = [world(finding("refuted"), assumptions=(A,)), world(finding("proven"), assumptions=(NOT_A,))]
    assert verdicts(*worlds) == [("unproven", "Refuted when condition A is true: it is closed")]


def test_refuted_of_a_resource_that_only_some_worlds_have_names_the_condition():
    worlds = [world(finding("refuted"), assumptions=(A,)), world(assumptions=(NOT_A,))]
    assert verdicts(*worlds) == [("unproven", "Refuted when condition A is true: it is closed")]


def test_proven_of_a_resource_that_only_some_worlds_have_stays_proven():
    worlds = [world(finding("proven"), assumptions=(A,)), world(assumptions=(NOT_A,))]
    assert verdicts(*worlds) == [("proven", "it is closed")]


def test_a_service_is_refuted_whichever_resource_is_to_blame():
    worlds = [
        world(finding("refuted", logical_id="One"), assumptions=(A,)),
        world(finding("refuted", logical_id="Other"), assumptions=(NOT_A,)),
    ]
    assert [found.subject.logical_id for found in merged(worlds, complete=True)] == ["One"]


def test_proven_about_a_service_does_not_outlive_its_refutation_elsewhere():
    worlds = [
        world(finding("refuted", logical_id="Group"), assumptions=(A,)),
        world(finding("proven", logical_id="Service"), assumptions=(NOT_A,)),
    ]
    assert verdicts(*worlds) == [("unproven", "Refuted when condition A is true: it is closed")]


def test_only_the_conditions_that_matter_are_named():
    worlds = [
        world(finding("refuted"), assumptions=(A, B)),
        world(finding("refuted"), assumptions=(A, NOT_B)),
        world(finding("proven"), assumptions=(NOT_A, B)),
        world(finding("proven"), assumptions=(NOT_A, NOT_B)),
    ]
    assert verdicts(*worlds) == [("unproven", "Refuted when condition A is true: it is closed")]


def test_conditions_that_share_nothing_are_told_by_an_example():
    worlds = [
        world(finding("refuted"), assumptions=(A, B)),
        world(finding("proven"), assumptions=(A, NOT_B)),
        world(finding("proven"), assumptions=(NOT_A, B)),
        world(finding("refuted"), assumptions=(NOT_A, NOT_B)),
    ]
    assert verdicts(*worlds) == [
        ("unproven", "Refuted when condition A is true and condition B is true: it is closed")
    ]


@pytest.mark.parametrize("verdict", ["refuted", "proven"])
def test_nothing_holds_where_there_are_worlds_that_nobody_looked_at(verdict: Verdict):
    said = f"{verdict.capitalize()} in the 1 cases that were looked at: it is closed"
    assert verdicts(world(finding(verdict)), complete=False) == [("unproven", said)]
