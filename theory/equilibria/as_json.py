"""Known equilibria as plain values, for ``olivebranch equilibria --json`` and its tables."""

from collections.abc import Sequence
from math import isnan

import numpy as np

from olivebranch.games.signalling import SignallingGame
from olivebranch.theory.equilibria.enumerated import EnumeratedComponent
from olivebranch.theory.equilibria.minimax import MinimaxComponent
from olivebranch.theory.equilibria.names import OFFER, history_words, reach_by_type
from olivebranch.theory.equilibria.numerical import NumericalComponent, rationality_gap
from olivebranch.theory.signalling.numbers import Number
from olivebranch.theory.signalling.pieces import Piece
from olivebranch.theory.signalling.refinements import Refiner
from olivebranch.theory.tree.evaluation import Evaluation, evaluate
from olivebranch.theory.tree.first_use import first_use
from olivebranch.theory.tree.profiles import BehaviourProfile

REACHED_FROM = 0.01  # information sets to which play comes less often, given the type, are left out of lists

Shares = dict[str, float]


def enumerated_as_dict(component: EnumeratedComponent, refiner: Refiner) -> dict[str, object]:
    """A component of a signalling game's equilibria: every number a float, exact ones in the certificate.

    Returns:
        ``name``; ``kind`` (pooling, separating, hybrid); ``dimension``; of the representative ``sender`` (shares of
        messages by type), ``receiver`` (shares of responses by message), ``values`` and ``nash_conv``; ``beliefs`` by
        message on the path; ``off_path``: for each unused message a list of sets of replies, each by its vertices,
        with the vertices of the beliefs that support all of it; ``refinements`` and ``reasons`` by filter;
        ``knife_edges``; ``certificate``.
    """
    found, game = component.found, component.found.pieces[0].context.game
    verdicts = refiner.verdicts(found)
    strategy, reply = component.known.representative
    profile = component.known.profile()
    return {
        "name": component.known.name,
        "kind": found.kind,
        "dimension": found.dimension,
        "sender": {
            t: _shares(game.message_names, row) for t, row in zip(game.type_names, strategy.tolist(), strict=True)
        },
        "receiver": {
            m: _shares(game.response_names, row) for m, row in zip(game.message_names, reply.tolist(), strict=True)
        },
        **_evaluated(profile, evaluate(profile)),
        "beliefs": _bayes(game, strategy.tolist()),
        "off_path": _off_path(game, found.pieces),
        "refinements": {name: verdict.survives for name, verdict in verdicts.items()},
        "reasons": {name: verdict.reason for name, verdict in verdicts.items()},
        "knife_edges": list(found.knife_edges),
        "certificate": found.certificate.as_dict(),
    }


def _shares(names: Sequence[str], row: Sequence[Number]) -> Shares:
    return {name: float(share) for name, share in zip(names, row, strict=True) if share > 0}


def _bayes(game: SignallingGame, strategy: Sequence[Sequence[float]]) -> dict[str, Shares]:
    beliefs = {}
    for m, message in enumerate(game.message_names):
        mass = [float(p) * row[m] for p, row in zip(game.prior, strategy, strict=True)]
        if sum(mass) > 0:
            beliefs[message] = {name: w / sum(mass) for name, w in zip(game.type_names, mass, strict=True)}
    return beliefs


def _off_path(game: SignallingGame, pieces: Sequence[Piece]) -> dict[str, list[dict[str, list[Shares]]]]:
    result: dict[str, list[dict[str, list[Shares]]]] = {}
    for piece in pieces:
        for m, beliefs in piece.belief_vertices.items():
            replies = dict.fromkeys(vertex[m] for vertex in piece.receiver_vertices)
            entry = {
                "replies": [_shares(game.response_names, row) for row in replies],
                "beliefs": [
                    {name: float(p) for name, p in zip(game.type_names, belief, strict=True)} for belief in beliefs
                ],
            }
            known = result.setdefault(game.message_names[m], [])
            if entry not in known:
                known.append(entry)
    return result


def numerical_as_dict(component: NumericalComponent | MinimaxComponent) -> dict[str, object]:
    """A numerical equilibrium.

    Returns:
        ``name``; ``solver`` and the ``steps`` that it took; ``nash_conv``; ``converged``; ``rationality_gap``;
        ``values``; in games that know offers of talks ``first_offer_hazard`` by player and type, stage by stage (None
        where no first offer can come), and in others ``information_sets``, those to which play comes.
    """
    equilibrium = component.equilibrium
    profile = equilibrium.profile
    offers = OFFER in profile.tree.game.game.action_names
    return {
        "name": component.name,
        "solver": equilibrium.solver,
        **_evaluated(profile, equilibrium.evaluation),
        "converged": equilibrium.converged,
        "rationality_gap": rationality_gap(profile),
        "steps": equilibrium.steps,
        **({"first_offer_hazard": hazards(profile)} if offers else {"information_sets": reached(profile)}),
    }


def _evaluated(profile: BehaviourProfile, evaluation: Evaluation) -> dict[str, object]:
    game = profile.tree.game.game
    return {
        "nash_conv": evaluation.nash_conv,
        "values": dict(zip(game.players, evaluation.values.tolist(), strict=True)),
        "values_by_type": {
            player: {name: None if isnan(value) else value for name, value in zip(names, values.tolist(), strict=True)}
            for player, names, values in zip(game.players, game.type_names, evaluation.values_by_type, strict=True)
        },
    }


def hazards(profile: BehaviourProfile) -> dict[str, dict[str, list[float | None]]]:
    """The hazard of a first offer of talks by player and type, stage by stage; None where there can be none."""
    game = profile.tree.game
    offer = game.game.action_names.index(OFFER)
    result: dict[str, dict[str, list[float | None]]] = {}
    for player, name in enumerate(game.game.players):
        if not game.legal[game.acts[:, player], player, offer].any():
            continue
        hazard = first_use(profile, player, offer).hazard
        result[name] = {
            kind: [None if isnan(value) else value for value in hazard[:, number].tolist()]
            for number, kind in enumerate(game.game.type_names[player])
        }
    return result


def reached(profile: BehaviourProfile) -> list[dict[str, object]]:
    """Behaviour at the information sets to which play comes: ``player``, ``type``, ``after`` (the history in words),
    ``reach`` (the probability given the type) and ``actions`` (their shares)."""
    tree, game = profile.tree, profile.tree.game
    result: list[dict[str, object]] = []
    for t, reach in enumerate(reach_by_type(profile)):
        acts = game.acts[tree.stages[t].state][:, tree.moves.owner]
        for row, column in zip(*np.nonzero(acts & (reach >= REACHED_FROM)), strict=True):
            player = int(tree.moves.owner[column])
            shares = profile.stages[t][row, column]
            result.append(
                {
                    "player": game.game.players[player],
                    "type": game.game.type_names[player][column - int(tree.type_offset[player])],
                    "after": history_words(tree, t, int(row)),
                    "reach": float(reach[row, column]),
                    "actions": {game.game.action_names[a]: float(shares[a]) for a in np.flatnonzero(shares > 0)},
                }
            )
    return result
