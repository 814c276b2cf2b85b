"""Reading the payoffs of a signalling game as a person writes them: by name, or as nested lists, in exact numbers.

Two forms say the same; both may be mixed, level by level:

.. code-block:: yaml

    prior: {strong: 9/10, weak: 1/10}
    payoffs:                                  # type, message, response: [sender's payoff, receiver's payoff]
      strong: {beer: {fight: [1, 0], retreat: [3, 1]}, quiche: {fight: [0, 0], retreat: [2, 1]}}
      weak:   {beer: {fight: [0, 1], retreat: [2, 0]}, quiche: {fight: [1, 1], retreat: [3, 0]}}

    types: [strong, weak]                     # names may be left out: then they are numbers from 0 on
    messages: [beer, quiche]
    responses: [fight, retreat]
    prior: [9/10, 1/10]
    payoffs: [[[[1, 0], [3, 1]], [[0, 0], [2, 1]]], [[[0, 1], [2, 0]], [[1, 1], [3, 0]]]]

A response that is left out (by name) or null (in a list) is not open after that message.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import isfinite
from numbers import Integral, Rational, Real
from typing import Any, TypeGuard

import numpy as np

from olivebranch.core.errors import ParameterError, known_key

KEYS = ("prior", "payoffs", "types", "messages", "responses", "players")
# Longer numbers, or larger exponents, would take for ever as fractions and are no float anyway.
NUMBER = re.compile(r"\s*[-+]?\d{0,400}([./]\d{0,400})?(e[-+]?\d{1,3})?\s*", re.IGNORECASE)


def exact(value: Any, key: str) -> Fraction:
    """Read a number exactly: integers and fractions as they are, strings such as ``"1/3"``, floats as their shortest
    decimal (0.1 is one tenth).

    Raises:
        ParameterError: names ``key`` if ``value`` is not a finite number.
    """
    try:
        if isinstance(value, bool | np.bool_):
            raise ValueError
        if isinstance(value, Integral):
            number = Fraction(int(value))
        elif isinstance(value, Rational) or (isinstance(value, str) and NUMBER.fullmatch(value)):
            number = Fraction(value)
        elif isinstance(value, Real) and isfinite(value):
            number = Fraction(repr(float(value)))
        else:
            raise ValueError
        float(number)  # raises OverflowError where it is too large
        return number
    except (ValueError, ZeroDivisionError, OverflowError):
        raise ParameterError(key, value, 'a finite number or a string such as "1/3"') from None


def plain(number: Fraction) -> int | float | str:
    """A number for YAML and JSON, which :func:`exact` reads as the same number again."""
    if number.denominator == 1:
        return int(number)
    return float(number) if Fraction(repr(float(number))) == number else str(number)


def read_payoff_tables(values: Mapping[str, object]) -> dict[str, Any]:
    """The arguments of :class:`~olivebranch.games.signalling.SignallingGame` that the keys ``KEYS`` describe.

    Raises:
        ParameterError: names the key: one that is unknown or missing, a table that does not fit the names or the
            other tables, something that is not a number.
    """
    for key in values:
        if key not in KEYS:
            raise ParameterError(str(key), values[key], known_key(KEYS, key))
    for key in KEYS[:2]:
        if values.get(key) is None:
            raise ParameterError(key, None, "a mapping by name or a list, but it is missing")
    prior, payoffs = values["prior"], values["payoffs"]
    types = _names(values.get("types"), "types", [prior, payoffs])
    planes = dict(zip(types, _row(payoffs, "payoffs", types), strict=True))
    for name, plane in planes.items():
        if plane is None:
            raise ParameterError(f"payoffs.{name}", None, "the payoffs of this type, but they are missing")
    messages = _names(values.get("messages"), "messages", planes.values(), "payoffs")
    rows = {
        (t, m): row
        for t, plane in planes.items()
        for m, row in zip(messages, _row(plane, f"payoffs.{t}", messages), strict=True)
    }
    sent = [row for row in rows.values() if row is not None]
    responses = _names(values.get("responses"), "responses", sent, "payoffs")
    cells = {
        (t, m, a): _pair(cell, f"payoffs.{t}.{m}.{a}")
        for (t, m), row in rows.items()
        if row is not None
        for a, cell in zip(responses, _row(row, f"payoffs.{t}.{m}", responses), strict=True)
    }
    open_after = {m: _open_responses(m, types, responses, rows, cells) for m in messages}

    def table(player: int) -> list[list[list[Fraction]]]:
        nothing = (Fraction(0), Fraction(0))
        return [[[(cells.get((t, m, a)) or nothing)[player] for a in responses] for m in messages] for t in types]

    return {
        "prior": _prior(prior, types),
        "sender_payoffs": table(0),
        "receiver_payoffs": table(1),
        "message_legal": [[rows[t, m] is not None for m in messages] for t in types],
        "response_legal": [[a in open_after[m] for a in responses] for m in messages],
        "type_names": types,
        "message_names": messages,
        "response_names": responses,
        **({"player_names": values["players"]} if values.get("players") is not None else {}),
    }


def _prior(prior: object, types: Sequence[str]) -> list[Fraction]:
    found = []
    for name, value in zip(types, _row(prior, "prior", types), strict=True):
        if value is None:
            raise ParameterError(f"prior.{name}", None, "a probability, but it is missing")
        number = exact(value, f"prior.{name}")
        if number < 0:
            raise ParameterError(f"prior.{name}", value, "a probability >= 0")
        found.append(number)
    return found


def _open_responses(
    message: str,
    types: Sequence[str],
    responses: Sequence[str],
    rows: Mapping[tuple[str, str], object],
    cells: Mapping[tuple[str, str, str], object],
) -> set[str]:
    """The responses open after a message: the same for all types that can send it, or the receiver would learn more."""
    senders = [t for t in types if rows[t, message] is not None]
    if not senders:
        raise ParameterError("messages", message, "a message that some type can send")
    found = {t: {a for a in responses if cells[t, message, a] is not None} for t in senders}
    for t in senders:
        if not found[t]:
            raise ParameterError(f"payoffs.{t}.{message}", rows[t, message], "the payoffs of at least one response")
        for a in sorted(found[senders[0]] ^ found[t]):
            absent, present = (senders[0], t) if a in found[t] else (t, senders[0])
            raise ParameterError(
                f"payoffs.{absent}.{message}.{a}", None, f"a pair of payoffs, as there is one for the type {present!r}"
            )
    return found[senders[0]]


def _names(given: object, key: str, tables: Iterable[object], where: str = "") -> list[str]:
    """Names as given, or else those of the tables in the order in which they first occur."""
    if given is not None:
        if not is_list(given) or not len(given):
            raise ParameterError(key, given, "a list of names, not empty")
        return [_name(name, f"{key}[{position}]") for position, name in enumerate(given)]
    by_name, by_number = dict[str, None](), dict[str, None]()
    for table in tables:
        if isinstance(table, Mapping):
            by_name |= dict.fromkeys(_name(name, where or key) for name in table)
        elif is_list(table):
            by_number |= dict.fromkeys(str(position) for position in range(len(table)))
        elif table is not None:
            raise ParameterError(where or key, table, "a mapping by name or a list")
    found = by_name or by_number
    if not found:
        raise ParameterError(where or key, None, f"{key}, not empty")
    return list(found)


def _name(name: object, key: str) -> str:
    if isinstance(name, bool) or not isinstance(name, str | int) or not str(name).strip():
        raise ParameterError(key, name, "a name; YAML reads some words, such as yes and no, as no text: quote them")
    return str(name)


def _row(table: object, key: str, names: Sequence[str]) -> list[object]:
    """The entries of a mapping or a list in the order of ``names``; None where there is none."""
    if isinstance(table, Mapping):
        entries = {_name(name, key): entry for name, entry in table.items()}
        for name in entries:
            if name not in names:
                raise ParameterError(f"{key}.{name}", entries[name], f"one of {', '.join(names)}")
        return [entries.get(name) for name in names]
    if table is None:
        return [None] * len(names)
    if not is_list(table) or len(table) != len(names):
        raise ParameterError(key, table, f"a mapping by name, or a list of {len(names)}: {', '.join(names)}")
    return list(table)


def _pair(cell: object, key: str) -> tuple[Fraction, Fraction] | None:
    if cell is None:
        return None
    if not is_list(cell) or len(cell) != 2:
        raise ParameterError(key, cell, "a list of two numbers, the sender's payoff and the receiver's")
    return exact(cell[0], f"{key}[0]"), exact(cell[1], f"{key}[1]")


def is_list(value: object) -> TypeGuard[Sequence[Any]]:
    """Whether a value is a list of entries, a text being none."""
    return isinstance(value, Sequence | np.ndarray) and not isinstance(value, str | bytes)
