"""One game in, all its equilibria out: the lines of ``olivebranch enumerate`` (docs/model.md, section 4).

``components`` has one entry for each pair of supports that occurs in some equilibrium; entries that touch carry the
same number ``connected_component``, and ``connected_components`` describes each of these once.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from olivebranch.theory.signalling.enumeration import enumerate_equilibria
from olivebranch.theory.signalling.game import SignallingGame
from olivebranch.theory.signalling.pieces import Component, EquilibriumSet, Piece, Strategy
from olivebranch.theory.signalling.refinements import Refiner, Verdict


def enumerate_line(line: Mapping[str, Any], logit_limit: bool = False) -> dict[str, Any]:
    """All perfect Bayesian equilibria of the game in ``line`` (see ``SignallingGame.from_json``), for JSON.

    Args:
        line: the game.
        logit_limit: add to ``refinements`` and ``reasons`` whether the component is the one to which logit play tends
            from uniform play on; null where that is undecided. Numerical, and some tenths of a second a game.

    Returns:
        ``components``: a list with an entry for each pair of supports that occurs: ``sender_support`` (messages by
        type), ``receiver_support`` (responses by message), a representative ``sender_strategy`` ``[θ][m]`` and
        ``receiver_strategy`` ``[m][a]`` with exactly these supports, ``beliefs`` (off the path, the vertices of the
        beliefs that support the reply, by message), ``dimension``, ``connected_component``, ``knife_edge``, and
        ``refinements`` (the verdict on the representative's outcome, by filter). ``connected_components``: for each its
        ``kind``, ``dimension``, ``members`` (positions in ``components``), ``outcomes`` (the distributions over
        ``[θ][m][a]`` at its extreme equilibria, each once), ``knife_edges``, ``refinements``, ``reasons`` and
        ``certificate`` (see ``certificate.py``).

    Raises:
        ParameterError: the line is not a game.
    """
    return describe(enumerate_equilibria(SignallingGame.from_json(line)), logit_limit)


def describe(found: EquilibriumSet, logit_limit: bool = False) -> dict[str, Any]:
    """The same of equilibria that have been enumerated already."""
    entries: list[dict[str, Any]] = []
    connected = []
    refiner = Refiner(found.pieces[0].context)  # an equilibrium always exists
    for number, component in enumerate(found.components):
        members = []
        for piece in component.pieces:
            members.append(len(entries))
            entries.append(_entry(piece, number, refiner.piece_verdicts(component, piece)))
        connected.append({"members": members} | _summary(component, refiner.verdicts(component)))
    if logit_limit:
        _add_logit_limit(found, entries, connected)
    return {"components": entries, "connected_components": connected}


def _add_logit_limit(
    found: EquilibriumSet, entries: Sequence[dict[str, Any]], connected: Sequence[dict[str, Any]]
) -> None:
    # It brings scipy, which nothing else here needs.
    from olivebranch.theory.signalling.logit_limit import select_component

    limit = select_component(found)
    for number, part in enumerate(connected):
        selected = None if limit.candidate is None else limit.candidate == number
        part["refinements"]["logit_limit"] = selected
        part["reasons"]["logit_limit"] = ("not this one: " if selected is False else "") + limit.reason
        for member in part["members"]:
            entries[member]["refinements"]["logit_limit"] = selected


def _entry(piece: Piece, number: int, verdicts: Mapping[str, Verdict]) -> dict[str, Any]:
    return {
        "sender_support": [list(row) for row in piece.sender_support],
        "receiver_support": [list(row) for row in piece.receiver_support],
        "sender_strategy": _floats(piece.sender_strategy),
        "receiver_strategy": _floats(piece.receiver_strategy),
        "beliefs": {str(m): _floats(vertices) for m, vertices in piece.belief_vertices.items()},
        "dimension": piece.dimension,
        "connected_component": number,
        "knife_edge": bool(piece.knife_edges),
        "refinements": {name: verdict.survives for name, verdict in verdicts.items()},
    }


def _summary(component: Component, verdicts: Mapping[str, Verdict]) -> dict[str, Any]:
    return {
        "kind": component.kind,
        "dimension": component.dimension,
        "outcomes": [[_floats(by_message) for by_message in outcome] for outcome in component.outcomes],
        "knife_edges": list(component.knife_edges),
        "refinements": {name: verdict.survives for name, verdict in verdicts.items()},
        "reasons": {name: verdict.reason for name, verdict in verdicts.items()},
        "certificate": component.certificate.as_dict(),
    }


def _floats(rows: Strategy) -> list[list[float]]:
    return [[float(value) for value in row] for row in rows]
