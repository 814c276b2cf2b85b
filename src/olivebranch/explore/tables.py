"""Payoff tables from links: any small signalling game, solved for the page. Runs in a process of its own."""

import json
import sys
from collections.abc import Mapping
from typing import Any

from olivebranch.core.errors import ParameterError
from olivebranch.theory.signalling.as_json import enumerate_line

LARGEST = 4  # types, messages, responses
SECONDS = 20.0


def line_of(table: Mapping[str, Any]) -> dict[str, Any]:
    """A table of the page as a line of ``olivebranch enumerate``. Raises :class:`ParameterError` for other shapes."""
    payoffs = table.get("payoffs")
    try:
        assert payoffs
        sizes = (len(payoffs), len(payoffs[0]), max(len(m) for m in payoffs[0]))
        sender = [[[pair[0] for pair in message] for message in kind] for kind in payoffs]
        receiver = [[[pair[1] for pair in message] for message in kind] for kind in payoffs]
    except (AssertionError, TypeError, IndexError, KeyError, ValueError):
        raise ParameterError(
            "payoffs", "this table", "lists by type, message and response of pairs of numbers"
        ) from None
    if max(sizes) > LARGEST or len({len(m) for kind in payoffs for m in kind}) != 1:
        expected = f"at most {LARGEST} types, messages and responses, as many after each message"
        raise ParameterError("payoffs", f"{sizes}", expected)
    line = {"prior": table.get("prior"), "sender_payoffs": sender, "receiver_payoffs": receiver}
    for key, name in (("types", "type_names"), ("messages", "message_names"), ("responses", "response_names")):
        if key in table:
            line[name] = table[key]
    return line


def solved(table: Mapping[str, Any]) -> dict[str, Any]:
    """All components of equilibria, as the page shows them."""
    line = line_of(table)
    found = enumerate_line(line)
    names = [
        line.get(f"{word}_names") or [f"{word} {k + 1}" for k in range(n)]
        for word, n in (
            ("type", len(line["sender_payoffs"])),
            ("message", len(line["sender_payoffs"][0])),
            ("response", len(line["sender_payoffs"][0][0])),
        )
    ]
    components = []
    for number, part in enumerate(found["connected_components"]):
        members = [found["components"][place] for place in part["members"]]
        components.append(
            {
                "name": f"{number + 1}. {part['kind']}, of dimension {part['dimension']}",
                "verdicts": part["refinements"],
                "reasons": part["reasons"],
                "sends": _ranges(members, "sender_strategy", names[0], names[1]),
                "replies": _ranges(members, "receiver_strategy", names[1], names[2]),
            }
        )
    return {"components": components}


def _ranges(members: list[dict[str, Any]], key: str, rows: list[str], columns: list[str]) -> list[Any]:
    """Least and largest probability of each action over a component's pieces."""
    result = []
    for place, row in enumerate(rows):
        cells = []
        for column, name in enumerate(columns):
            values = [member[key][place][column] for member in members]
            if max(values) > 0:
                cells.append([name, [min(values), max(values)] if max(values) - min(values) > 1e-9 else [max(values)]])
        result.append([row, cells])
    return result


def main() -> None:
    """Read a table as one line of JSON; write its solution, or what does not fit."""
    try:
        answer = solved(json.loads(sys.stdin.readline()))
    except ParameterError as error:
        answer = {"error": str(error)}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
