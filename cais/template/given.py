"""What callers say about parameters: by name, or by stack and name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cais.template.source import Source


def given(name: str, source: Source, parameters: Mapping[str, str]) -> dict[str, str]:
    """What is known about the parameters of one template; "STACK:KEY" wins over "KEY"."""
    known = {
        "AWS::AccountId": source.stack.account,
        "AWS::Region": source.stack.region,
        "AWS::StackName": source.stack.stack_name,
    }
    called = _names(name, source)
    for qualified in (False, True):
        for key, value in parameters.items():
            stack, parameter = _split(key)
            if bool(stack) == qualified and (not stack or stack in called):
                known[parameter] = value
    return {key: value for key, value in known.items() if value is not None}


def problems(sources: Mapping[str, Source], parameters: Mapping[str, str]) -> Iterator[str]:
    """Parameters that no template has."""
    for key in parameters:
        stack, parameter = _split(key)
        matching = [source for name, source in sources.items() if not stack or stack in _names(name, source)]
        declared = {name for source in matching for name in source.section("Parameters")}
        if not matching:
            yield f"--parameter {key}: no template here is called {stack}; name one of {', '.join(sources)}"
        elif not parameter.startswith("AWS::") and parameter not in declared:
            known = ", ".join(sorted(declared)) or "none"
            yield f"--parameter {key}: no template here has a parameter {parameter}; they have: {known}"


def _split(key: str) -> tuple[str, str]:
    """The stack (or "") and the name in a key; pseudo parameters have colons themselves."""
    stack, colon, name = key.partition(":")
    if not colon or name.startswith(":"):
        return "", key
    return stack, name


def _names(name: str, source: Source) -> set[str | None]:
    """What a template may be called in a key."""
    return {name, source.stack.stack_name, source.path.name.partition(".")[0]}
