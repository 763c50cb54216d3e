from importlib.metadata import EntryPoint

import pytest

from stacks.registry import GROUP, TargetError, by_name, installed_targets, load_target


def point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name=name, value=value, group=GROUP)


def test_our_own_targets_are_registered_as_a_stranger_s_would_be():
    assert {name: found.value for name, found in installed_targets().items()} == {
        "ecs": "ecs.target:EcsTarget",
        "eks": "eks.target:EksTarget",
        "serverless": "serverless.target:ServerlessTarget",
    }


def test_two_targets_of_one_name_are_both_named():
    with pytest.raises(
        TargetError, match=r"'ecs': ecs\.target:EcsTarget and nomad\.target:Other; uninstall one"
    ):
        by_name([point("ecs", "ecs.target:EcsTarget"), point("ecs", "nomad.target:Other")])


def test_one_package_seen_twice_on_the_path_is_no_duplicate():
    twice = [point("ecs", "ecs.target:EcsTarget"), point("ecs", "ecs.target:EcsTarget")]
    assert list(by_name(twice)) == ["ecs"]


@pytest.mark.parametrize("value", ["nowhere.target:Target", "stacks.registry:Missing"])
def test_a_target_that_is_not_there_is_named_with_its_origin(value: str):
    with pytest.raises(TargetError, match=f"target 'x' cannot be loaded from {value}: "):
        load_target(point("x", value))


class Nothing:
    name = "x"


def test_a_class_that_is_no_target_is_told_what_it_lacks():
    with pytest.raises(TargetError, match=r"target 'x' of .*:Nothing is none: it needs name, stack_name and"):
        load_target(point("x", f"{__name__}:Nothing"))


class Impostor:
    name = "other"
    stack_name = "OtherStack"

    def build(self) -> None:
        """Never called."""


def test_a_target_answers_to_the_name_of_its_entry_point():
    with pytest.raises(TargetError, match=r"target 'x' of .*:Impostor calls itself 'other'"):
        load_target(point("x", f"{__name__}:Impostor"))


@pytest.mark.cdk
@pytest.mark.parametrize(
    ("name", "stack"), [("ecs", "EcsStack"), ("eks", "EksStack"), ("serverless", "LambdaStack")]
)
def test_our_own_targets_load(name: str, stack: str):
    assert load_target(installed_targets()[name]).stack_name == stack
