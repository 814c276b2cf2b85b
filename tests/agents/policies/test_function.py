"""A plain function as a policy: what it is told, what it may answer, and how a wrong answer is refused."""

import numpy as np
import pytest

from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.agents.policies.function import FunctionPolicy
from olivebranch.agents.policies.uniform import UniformPolicy
from olivebranch.core.errors import ParameterError
from olivebranch.games.base import CompiledGame
from olivebranch.games.information import Answer, InformationState, InformationStates, PastStage, Policy
from olivebranch.games.registry import load_preset
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import unroll


@pytest.fixture(scope="module")
def kuhn() -> CompiledGame:
    return load_preset("kuhn-poker").compile()


def tight(known: InformationState) -> Answer:
    """Bets and calls with the king alone."""
    return "bet" if known.own_type == "king" else {"pass": 1.0}


def test_it_is_told_everything_in_the_games_own_names_once(kuhn: CompiledGame) -> None:
    asked: list[InformationState] = []

    def remember(known: InformationState) -> Answer:
        asked.append(known)
        return [0.5, 0.5]

    policy = FunctionPolicy(remember, kuhn)
    assert isinstance(policy, Policy)
    tree = unroll(kuhn)
    profile = behaviour_of(tree, [policy, policy])
    # Three cards at each of "" and "pb" for the first player, "p" and "b" for the second.
    assert len(asked) == 12
    np.testing.assert_allclose(evaluate(profile).values, evaluate(behaviour_of(tree, [UniformPolicy()] * 2)).values)
    behaviour_of(tree, [policy, policy])
    assert len(asked) == 12
    calling = next(known for known in asked if known.state == "pb" and known.own_type == "queen")
    assert (calling.player, calling.legal_actions) == ("first", ("pass", "bet"))
    # Who had no choice in a stage is not listed.
    assert calling.history == (PastStage({"first": "pass"}, ""), PastStage({"second": "bet"}, ""))
    assert next(known for known in asked if known.state == "").history == ()


def test_outcomes_are_told_by_their_labels() -> None:
    war = load_preset("war-example").compile()
    seen: set[str] = set()

    def remember(known: InformationState) -> Answer:
        seen.update(stage.outcome for stage in known.history)
        return {name: 1 / len(known.legal_actions) for name in known.legal_actions}

    behaviour_of(unroll(war), [FunctionPolicy(remember, war)] * 2)
    assert seen
    assert seen <= set(war.edge_labels)


def test_the_three_forms_of_an_answer_are_the_same(kuhn: CompiledGame) -> None:
    tree = unroll(kuhn)
    forms = [FunctionPolicy(function, kuhn) for function in (lambda _: "bet", lambda _: {"bet": 1}, lambda _: (0, 1))]
    tables = [behaviour_of(tree, [form, UniformPolicy()]).of(0, 0) for form in forms]
    np.testing.assert_array_equal(tables[0], tables[1])
    np.testing.assert_array_equal(tables[0], tables[2])
    assert (tables[0][..., 1] == 1.0).all()


def test_it_plays_as_well_by_hand_as_on_the_tree(kuhn: CompiledGame) -> None:
    """Both play tight: a king takes the ante of 1 by bet and fold or by its pass, else the higher card at showdown.

    First with the king (1/3): bets, is folded to: +1. Second with the king (1/3): the first passes, the second bets,
    the first folds: -1. Neither (1/3): pass, pass, showdown of queen against jack, +1 or -1 alike. Value 0.
    """
    policy = FunctionPolicy(tight, kuhn)
    assert evaluate(behaviour_of(unroll(kuhn), [policy, policy])).values == pytest.approx([0.0, 0.0])


@pytest.mark.parametrize(
    "answer,shown",
    [
        ("raise", "'raise'"),
        ({"bet": 0.5}, r"\{'bet': 0\.5\}"),
        ({"bet": 1.5, "pass": -0.5}, r"-0\.5"),
        ({"raise": 1.0}, "'raise'"),
        ([1.0], r"\[1\.0\]"),
        ([0.5, float("nan")], "nan"),
        (None, "None"),
        ([[1.0, 0.0]], r"\[\[1\.0, 0\.0\]\]"),
        ({"bet": "all"}, "'all'"),
    ],
)
def test_a_wrong_answer_is_refused_in_one_line(kuhn: CompiledGame, answer: Answer, shown: str) -> None:
    policy = FunctionPolicy(lambda known: answer, kuhn, "mine.py:play")
    with pytest.raises(
        ParameterError, match=f"mine.py:play = .*{shown}.*for first of type 'jack' in state ''"
    ) as caught:
        behaviour_of(unroll(kuhn), [policy, policy])
    assert "a legal action (pass, bet)" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_probability_on_an_illegal_action_is_refused() -> None:
    talks = load_preset("costly-escalation").compile()
    policy = FunctionPolicy(lambda known: "ESCALATE", talks)  # which the sender cannot
    with pytest.raises(ParameterError, match="for sender of type 'high'"):
        behaviour_of(unroll(talks), [policy, policy])


def test_a_function_that_fails_is_told_with_its_place(kuhn: CompiledGame) -> None:
    policy = FunctionPolicy(lambda known: {}["nothing"], kuhn, "mine.py:play")
    with pytest.raises(ParameterError, match=r"policy = 'mine\.py:play': expected an answer .*KeyError.*test_function"):
        behaviour_of(unroll(kuhn), [policy, policy])


def test_states_that_do_not_tell_the_past_or_are_of_another_game_are_refused(kuhn: CompiledGame) -> None:
    policy, none = FunctionPolicy(tight, kuhn), np.zeros(1, dtype=np.int64)
    states = InformationStates(0, none, none, np.zeros((1, 10), np.float32), np.ones((1, 2), np.bool_))
    with pytest.raises(ValueError, match="without recent_edges"):
        policy.action_probabilities(states)
    war = load_preset("war-example").compile()
    with pytest.raises(ValueError, match="another game"):
        behaviour_of(unroll(war), [policy, policy])
