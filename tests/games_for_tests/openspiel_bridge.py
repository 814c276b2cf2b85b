"""Carries a behaviour profile from our tree over to OpenSpiel's game of the same rules, by walking both at once."""

from collections.abc import Sequence

import numpy as np
import pyspiel

from olivebranch.theory.tree.profiles import BehaviourProfile

OPENSPIEL_NAMES = {"kuhn": "kuhn_poker", "leduc": "leduc_poker", "liars-dice": "liars_dice"}


def openspiel_policy(profile: BehaviourProfile) -> tuple[pyspiel.Game, pyspiel.TabularPolicy]:
    """The OpenSpiel game and the policy in it that plays as ``profile``."""
    tree = profile.tree
    game, moves = tree.game, tree.moves
    spiel = pyspiel.load_game(OPENSPIEL_NAMES[game.game.name])
    table: dict[str, list[tuple[int, float]]] = {}

    def walk(state: pyspiel.State, stage: int, history: int, types: Sequence[int]) -> None:
        if state.is_terminal():
            return
        if state.is_chance_node():  # the deal; chance after that is followed below
            for outcome, _ in state.chance_outcomes():
                walk(state.child(outcome), stage, history, (*types, outcome))
            return
        player = state.current_player()
        row = profile.of(player, stage)[history, types[player]]
        table[state.information_state_string()] = [(a, float(row[a])) for a in state.legal_actions()]
        number = int(tree.stages[stage].state[history])
        assert sorted(state.legal_actions()) == np.flatnonzero(game.legal[number, player]).tolist()
        for action in state.legal_actions():
            after = state.child(action)
            joint = [int(np.argmax(game.legal[number, other])) for other in range(game.n_players)]
            joint[player] = action
            first_edge = int(game.edge_start[number, game.joint_index(np.array(joint))])
            chance = [outcome for outcome, _ in after.chance_outcomes()] if after.is_chance_node() else [None]
            for outcome in chance:
                rank = moves.child_rank[first_edge + (outcome or 0)]
                following = after if outcome is None else after.child(outcome)
                assert (rank < 0) == following.is_terminal()
                child = int(tree.stages[stage].first_child[history] + rank)
                walk(following, stage + 1, child, types)

    walk(spiel.new_initial_state(), 0, 0, ())
    return spiel, pyspiel.TabularPolicy(table)


def openspiel_values(spiel: pyspiel.Game, policy: pyspiel.TabularPolicy) -> np.ndarray:
    return np.array(pyspiel.expected_returns(spiel.new_initial_state(), policy, -1, True))
