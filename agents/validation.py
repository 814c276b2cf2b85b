"""What is wrong with a config, in our own words: one line that names the key, the value and what was expected."""

import re
from collections.abc import Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from olivebranch.core.errors import ParameterError, known_key, one_of

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"  # of a folder
LABEL = r"^[A-Za-z0-9][A-Za-z0-9+._-]*$"  # of an algorithm in a benchmark
PATTERNS: Mapping[str, str] = {
    NAME: "a name of letters, digits, '.', '_' and '-' that begins with a letter or a digit",
    LABEL: "a label of letters, digits, '+', '.', '_' and '-' that begins with a letter or a digit",
}
BOUNDS: Mapping[str, str] = {"ge": "of at least", "gt": "above", "le": "of at most", "lt": "below"}
BY_TYPE: Mapping[str, str] = {
    "string_type": "text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "missing": "a value, but it is missing",
}


def first_error(schema: type[BaseModel], error: ValidationError, whole: str = "config") -> ParameterError:
    """The first thing that ``error`` says is wrong, as the error that a user is shown.

    Args:
        schema: the model that was validated.
        error: what pydantic raised.
        whole: the key where it is no single value that is wrong, but all together.
    """
    details = error.errors()[0]
    place = details["loc"]
    steps, annotation, limits = _locate(schema, place)
    key, value, context = ".".join(steps) or whole, details["input"], details.get("ctx", {})
    cause, kind = context.get("error"), details["type"]
    if isinstance(cause, ParameterError):
        return ParameterError(".".join(filter(None, [*steps, cause.key])), cause.value, cause.expected)
    if isinstance(cause, ValueError):
        return ParameterError(key, value, str(cause.args[0]))
    if kind == "extra_forbidden":
        _, parent, _ = _locate(schema, place[:-1])
        return ParameterError(key, value, known_key(_fields(parent), str(place[-1])))
    if kind == "missing":
        value = None
    return ParameterError(key, value, _expectation(kind, context, value, annotation, limits, details["msg"]))


def expectation(details: Mapping[str, Any]) -> str:
    """What follows "expected" for one entry of ``ValidationError.errors()`` where no schema tells more.

    >>> expectation({"type": "greater_than_equal", "ctx": {"ge": 1}, "input": 0, "msg": ""})
    'a number of at least 1'
    """
    kind, context, value, message = details["type"], details.get("ctx", {}), details["input"], details["msg"]
    if kind.startswith(("greater_", "less_")):
        return _number(float, context)
    if choices := re.search(r"is not one of ('.*')", message):  # an enumeration's own error
        return one_of(re.findall(r"'([^']*)'", choices[1]), value)
    return _expectation(kind, context, value, None, (), message)


def _expectation(
    kind: str, context: Mapping[str, Any], value: Any, annotation: Any, limits: Sequence[Any], message: str
) -> str:
    """What follows "expected" for an error of pydantic's type ``kind``."""
    if kind == "string_pattern_mismatch":
        return PATTERNS.get(context["pattern"], f"text that the pattern {context['pattern']} describes")
    if kind == "literal_error":
        return one_of(_literals(annotation), value)
    if kind in ("too_short", "too_long"):
        number = context["min_length" if kind == "too_short" else "max_length"]
        return f"at {'least' if kind == 'too_short' else 'most'} {number} {'entry' if number == 1 else 'entries'}"
    if kind.startswith(("int_", "greater_", "less_", "float_")) and _plain(annotation) in (int, float):
        bounds = {name: getattr(limit, name) for limit in limits for name in BOUNDS if hasattr(limit, name)}
        return _number(_plain(annotation), bounds)
    return BY_TYPE.get(kind, message.removeprefix("Input should be ").removeprefix("Value error, "))


def _number(kind: type, bounds: Mapping[str, float]) -> str:
    """A number in words, with its range: ``bounds`` are under the keys of ``BOUNDS``."""
    text = {name: str(int(bound)) if float(bound).is_integer() else f"{bound:g}" for name, bound in bounds.items()}
    noun = "a whole number" if kind is int else "a number"
    low, high = bounds.keys() & {"ge", "gt"}, bounds.keys() & {"le", "lt"}
    if low and high:
        below, above = next(iter(low)), next(iter(high))
        left, right = "[" if below == "ge" else "(", "]" if above == "le" else ")"
        return f"{noun} in {left}{text[below]}, {text[above]}{right}"
    return " ".join([noun, *(f"{BOUNDS[name]} {bound}" for name, bound in text.items())])


def _locate(schema: Any, place: Sequence[int | str]) -> tuple[list[str], Any, Sequence[Any]]:
    """The steps of ``place`` that a user wrote, and the annotation and limits of what stands there, if it is known."""
    steps, annotation, limits = [], schema, ()
    for step in place:
        annotation, limits, written = _inside(annotation, step)
        if written:
            steps.append(str(step))
    return steps, annotation, limits


def _inside(annotation: Any, step: int | str) -> tuple[Any, Any, bool]:
    """What stands at one step within ``annotation``, its limits, and whether the step is one that a user wrote."""
    annotation = _plain(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        field = annotation.model_fields.get(str(step))
        return (field.annotation, field.metadata, True) if field is not None else (None, (), True)
    if origin is dict:
        return arguments[1], (), step != "[key]"
    if origin in (tuple, list) and arguments:
        return arguments[0], (), True
    return None, (), True


def _plain(annotation: Any) -> Any:
    """Without ``Annotated`` around it, and without a ``None`` that stands beside a single type."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, UnionType):
        members = [member for member in get_args(annotation) if member is not NoneType]
        return _plain(members[0]) if len(members) == 1 else annotation
    return annotation


def _fields(annotation: Any) -> list[str]:
    """The keys that a model knows."""
    plain = _plain(annotation)
    return list(plain.model_fields) if isinstance(plain, type) and issubclass(plain, BaseModel) else []


def _literals(annotation: Any) -> list[str]:
    plain = _plain(annotation)
    return [str(value) for value in get_args(plain)] if get_origin(plain) is Literal else []
