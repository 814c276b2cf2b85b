"""What OpenSpiel and Gambit make of a game tree, for comparison with our import of it."""

import io
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from olivebranch.games.base import CompiledGame, FloatArray, IntArray, compile_game
from olivebranch.games.efg import EfgRules, import_efg
from olivebranch.games.efg.reading import ExtensiveForm, Kind
from olivebranch.theory.tree.evaluation import Evaluation, evaluate
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import build_profile

BySet = Sequence[NDArray[np.float64]]  # for each information set of the file a probability for each of its actions


def random_behaviour(form: ExtensiveForm, generator: np.random.Generator) -> BySet:
    return [generator.dirichlet(np.ones(len(which.actions))) for which in form.information_sets]


def ours(text: str, by_set: BySet | None = None, seed: int = 0) -> tuple[EfgRules, CompiledGame, BySet, Evaluation]:
    """Import a text and evaluate behaviour given by the file's information sets (random by default)."""
    rules = import_efg(text)
    game = compile_game(rules)
    if by_set is None:
        by_set = random_behaviour(rules.tree.form, np.random.default_rng(seed))
    chosen = by_set

    def behaviour(seat: int, own_type: IntArray, public_state: IntArray, recent_edges: IntArray) -> FloatArray:
        result = np.zeros((len(own_type), game.n_actions))
        for row, (kind, number) in enumerate(zip(own_type.tolist(), public_state.tolist(), strict=True)):
            state = rules.tree.states[game.states[number]]
            at = state.movers.index(seat)
            legal = game.legal[number, seat]
            which = next((which for which, told in state.known[at].items() if told == kind), None)
            if which is None:  # a type that cannot be here
                result[row] = legal / legal.sum()
                continue
            names, own = state.actions[at], rules.tree.form.information_sets[which].actions
            same = set(own) == set(names)
            for position, share in enumerate(chosen[which]):
                name = own[position] if same else names[position]
                result[row, rules.action_names.index(name)] = share
        return result

    return rules, game, chosen, evaluate(build_profile(unroll(game), behaviour))


def spelled_out(form: ExtensiveForm) -> str:
    """The same tree for OpenSpiel's reader, which wants everything said each time, and labels that are distinct."""
    numbers: list[dict[int, int]] = [{} for _ in form.players]
    lines = [f'EFG 2 R "" {{ {" ".join(f"{chr(34)}p{i}{chr(34)}" for i in range(len(form.players)))} }} ""']
    for count, (node, paid) in enumerate(zip(form.nodes, _paid(form), strict=True), 1):
        if node.kind is Kind.TERMINAL:
            lines.append(f't "" {count} "o{count}" {{ {" ".join(map(repr, paid))} }}')
        elif node.kind is Kind.CHANCE:
            shares = [Fraction(share).limit_denominator(10**6) for share in node.probabilities]
            assert sum(shares) == 1
            branches = " ".join(f'"b{k}" {share}' for k, share in enumerate(shares))
            lines.append(f'c "" {count} "c{count}" {{ {branches} }} 0')
        else:
            which = form.information_sets[node.information_set]
            number = numbers[which.player].setdefault(node.information_set, len(numbers[which.player]) + 1)
            branches = " ".join(f'"a{node.information_set}.{k}"' for k in range(len(which.actions)))
            lines.append(f'p "" {which.player + 1} {number} "{node.information_set}" {{ {branches} }} 0')
    return "\n".join(lines) + "\n"


def _paid(form: ExtensiveForm) -> list[tuple[float, ...]]:
    """What has been paid to each player at each node, on the way included."""
    paid = [node.payoff for node in form.nodes]
    for number, node in enumerate(form.nodes):
        for child in node.children:
            paid[child] = tuple(a + b for a, b in zip(paid[number], form.nodes[child].payoff, strict=True))
    return paid


def openspiel(form: ExtensiveForm, by_set: BySet) -> tuple[NDArray[np.float64], float]:
    """Values and NashConv by OpenSpiel."""
    pyspiel = pytest.importorskip("pyspiel", reason="OpenSpiel is the judge here")
    game = pyspiel.load_efg_game(spelled_out(form))
    table: dict[str, list[tuple[int, float]]] = {}

    def walk(state: Any) -> None:
        if not state.is_terminal() and not state.is_chance_node():
            player, text = state.current_player(), state.information_state_string()
            which = int(text.split("-", 3)[3])  # "<player>-<player>-<number>-<label>"
            labels = [state.action_to_string(player, action) for action in state.legal_actions()]
            shares = [float(by_set[which][int(label.rpartition(".")[2])]) for label in labels]
            table[text] = list(zip(state.legal_actions(), shares, strict=True))
        for action in state.legal_actions():
            walk(state.child(action))

    walk(game.new_initial_state())
    policy = pyspiel.TabularPolicy(table)
    values = pyspiel.expected_returns(game.new_initial_state(), policy, -1, True)
    return np.array(values), float(pyspiel.nash_conv(game, policy))


def gambit_values(text: str, form: ExtensiveForm, by_set: BySet) -> NDArray[np.float64]:
    """Values by Gambit's own reader of the same text; siblings' labels must be distinct."""
    import pygambit

    game = pygambit.read_efg(io.BytesIO(text.encode()))
    mixed = game.mixed_behavior_profile(rational=False)
    path: list[tuple[str, ...]] = [() for _ in form.nodes]
    for number, node in enumerate(form.nodes):
        for child, label in zip(node.children, node.branches, strict=True):
            path[child] = (*path[number], label)
    for which, shares in zip(form.information_sets, by_set, strict=True):
        node = pygambit.H.path(*path[which.members[0]])
        mixed[node] = dict(zip(which.actions, map(float, shares), strict=True))
    return np.array([float(mixed.payoffs[name]) for name in form.players])
