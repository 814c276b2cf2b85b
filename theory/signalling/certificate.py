"""Certificates of equilibrium components, and their checker (docs/model.md, section 4).

A certificate holds numbers only, all rational, and says: each *cell* is a product of two polytopes, given by their
vertices, and every strategy pair in it is a perfect Bayesian equilibrium; the cells hang together. The checker uses
the definition of equilibrium and nothing of the solver, which makes certificates by ``Component.certificate``:

- a type sends only messages that are best for it against *each* receiver's vertex, hence against every mixture;
- a response that some vertex uses is optimal against *each* sender's vertex that sends the message with positive
  probability, by Bayes' rule, hence against every mixture of them;
- where a message has probability zero, one belief, stated, makes all responses in use optimal together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from olivebranch.theory.signalling.game import SignallingGame, exact

Strategy = tuple[tuple[Fraction, ...], ...]


@dataclass(frozen=True)
class Cell:
    """A product of two polytopes of strategies.

    Attributes:
        senders, receivers: the vertices, σ as ``[θ][m]`` and ρ as ``[m][a]``.
        beliefs: for messages that some vertex sends with probability zero, one belief ``[θ]`` that supports the reply.
    """

    senders: tuple[Strategy, ...]
    receivers: tuple[Strategy, ...]
    beliefs: dict[int, tuple[Fraction, ...]]


@dataclass(frozen=True)
class Certificate:
    """The proof that a set of strategy pairs consists of equilibria and is connected."""

    cells: tuple[Cell, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON; fractions as strings."""
        return {
            "cells": [
                {
                    "senders": [[[str(v) for v in row] for row in vertex] for vertex in cell.senders],
                    "receivers": [[[str(v) for v in row] for row in vertex] for vertex in cell.receivers],
                    "beliefs": {str(m): [str(v) for v in belief] for m, belief in cell.beliefs.items()},
                }
                for cell in self.cells
            ]
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Certificate":
        """The inverse of :meth:`as_dict`. Raises ParameterError for what is not a number."""

        def strategy(rows: Any, key: str) -> Strategy:
            return tuple(tuple(exact(v, key) for v in row) for row in rows)

        return cls(
            tuple(
                Cell(
                    tuple(strategy(vertex, "senders") for vertex in cell["senders"]),
                    tuple(strategy(vertex, "receivers") for vertex in cell["receivers"]),
                    {int(m): tuple(exact(v, "beliefs") for v in row) for m, row in cell["beliefs"].items()},
                )
                for cell in data["cells"]
            )
        )


def check_certificate(game: SignallingGame, certificate: Certificate) -> list[str]:
    """What is wrong with ``certificate`` as a statement about ``game``; an empty list if it holds."""
    faults = [fault for cell in certificate.cells for fault in _check_cell(game, cell)]
    reached, pending = {0}, [0]
    while pending:  # cells hang together if one can walk from one to any other over common points
        here = certificate.cells[pending.pop()]
        for index, cell in enumerate(certificate.cells):
            common = set(here.senders) & set(cell.senders) and set(here.receivers) & set(cell.receivers)
            if index not in reached and common:
                reached.add(index)
                pending.append(index)
    return faults + ([] if len(reached) == len(certificate.cells) else ["the cells do not hang together"])


def _check_cell(game: SignallingGame, cell: Cell) -> list[str]:
    types, messages, responses = (range(n) for n in game.shape)
    faults = []
    sent = [{m for m in messages if any(vertex[t][m] for vertex in cell.senders)} for t in types]
    reply = [{a for a in responses if any(vertex[m][a] for vertex in cell.receivers)} for m in messages]
    sendable = [m for m in messages if any(game.message_legal[t][m] for t in types)]
    for vertex in cell.senders:
        for t in types:
            if not _is_distribution(vertex[t], game.message_legal[t]):
                faults.append(f"type {t}: not a distribution over its messages")
        for m in sendable:
            mass = [game.prior[t] * vertex[t][m] for t in types]
            belief = mass if any(mass) else cell.beliefs.get(m, ())
            if not any(mass) and not _is_distribution(belief, [row[m] for row in game.message_legal]):
                faults.append(f"message {m}: no belief over the types that can send it")
                continue
            worth = [sum(b * game.receiver_payoffs[t][m][a] for t, b in enumerate(belief)) for a in responses]
            best = max(worth[a] for a in responses if game.response_legal[m][a])
            faults += [f"message {m}: response {a} is not optimal" for a in reply[m] if worth[a] < best]
    for vertex in cell.receivers:
        for m in sendable:
            if not _is_distribution(vertex[m], game.response_legal[m]):
                faults.append(f"message {m}: not a distribution over its responses")
        for t in types:
            worth = [sum(p * u for p, u in zip(vertex[m], game.sender_payoffs[t][m], strict=True)) for m in messages]
            best = max(worth[m] for m in messages if game.message_legal[t][m])
            faults += [f"type {t}: message {m} is not best" for m in sent[t] if worth[m] < best]
    return faults


def _is_distribution(row: Sequence[Fraction], legal: Sequence[bool]) -> bool:
    return (
        len(row) == len(legal)
        and sum(row) == 1
        and all(p >= 0 and (ok or not p) for p, ok in zip(row, legal, strict=True))
    )
