"""What a target is: a place that runs the image, with the stack that puts it there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from aws_cdk import App, Stack

    from cais.contract import Contract
    from stacks.shared import Shared


@runtime_checkable
class Target(Protocol):
    """A place that runs the image.

    Made without arguments by `stacks.registry`, from the entry-point group `cais.targets`.
    """

    name: str
    """What `-c targets=` calls it; the name of its entry point."""

    stack_name: str
    """What `cdk ls` and `cdk deploy` call it."""

    def build(self, app: App, shared: Shared, contract: Contract) -> Stack:
        """The target's one stack, named `stack_name`, in `app`.

        Raises:
            SettingsError: the target cannot serve a setting in `shared.settings`.
        """
        ...
