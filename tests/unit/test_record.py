"""A record is what a frozen dataclass with slots and keyword arguments is."""

from dataclasses import dataclass, field, replace

import pytest

from cais.record import record


@record
class Port:
    number: int
    name: str = "http"
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    number: int
    name: str = "http"
    tags: dict[str, str] = field(default_factory=dict)


def test_it_has_the_fields_and_defaults_of_a_dataclass():
    made, plain = Port(number=80), Plain(number=80)
    assert (made.number, made.name, made.tags) == (plain.number, plain.name, plain.tags)
    assert repr(made) == repr(plain).replace("Plain", "Port")
    assert Port(number=80).tags is not made.tags


def test_it_is_compared_by_its_values():
    assert Port(number=80) == Port(number=80) != Port(number=81)
    assert Port(number=80) != Plain(number=80)


def test_it_is_hashed_by_its_values():
    assert len({replace(Port(number=80), tags=()), Port(number=80, tags=())}) == 1  # pyright: ignore[reportArgumentType]


def test_a_copy_has_what_is_new():
    assert replace(Port(number=80), name="web") == Port(number=80, name="web")


@pytest.mark.parametrize("name", ["number", "other"])
def test_it_is_frozen(name: str):
    with pytest.raises(AttributeError):
        setattr(Port(number=80), name, 1)
    with pytest.raises(AttributeError):
        delattr(Port(number=80), name)


def test_it_takes_its_fields_alone():
    with pytest.raises(TypeError, match="Port needs number"):
        Port()  # pyright: ignore[reportCallIssue]
    with pytest.raises(TypeError, match="Port has no colour"):
        Port(number=80, colour="red")  # pyright: ignore[reportCallIssue]
    with pytest.raises(TypeError):
        Port(80)  # pyright: ignore[reportCallIssue]
