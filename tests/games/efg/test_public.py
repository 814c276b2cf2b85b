"""What is public in a game tree, and which node forbids that it is a game of the class."""

import hashlib
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from efg_oracles import openspiel, ours

from olivebranch.core.errors import ParameterError
from olivebranch.games.base import compile_game
from olivebranch.games.efg import EfgParameters, import_efg
from olivebranch.games.registry import find_game
from olivebranch.theory.tree.export import to_efg

PLAYERS = 'EFG 2 R "t" { "A" "B" }\n'

# Both choose at once; the file puts one after the other and hides the first move from the second.
PENNIES = f"""{PLAYERS}
p "" 1 1 "" {{ "heads" "tails" }} 0
p "" 2 1 "" {{ "heads" "tails" }} 0
t "" 1 "even" {{ 1 -1 }}
t "" 2 "odd" {{ -1 1 }}
p "" 2 1 0
t "" 2
t "" 1
"""
# A card that nobody sees changes the odds of a die that everybody sees, and what is paid.
HIDDEN = f"""{PLAYERS}
c "" 1 "" {{ "x" 1/3 "y" 2/3 }} 0
p "" 1 1 "" {{ "in" "out" }} 0
c "" 2 "die" {{ "low" 1/4 "high" 3/4 }} 0
p "" 2 1 "" {{ "l" "r" }} 0
t "" 2 "" {{ 4 1 }}
t "" 3 "" {{ 0 2 }}
p "" 2 2 "" {{ "l" "r" }} 0
t "" 4 "" {{ 1 0 }}
t "" 5 "" {{ 3 5 }}
t "" 6 "" {{ 1 1 }}
p "" 1 1 0
c "" 3 "die" {{ "low" 1/2 "high" 1/2 }} 0
p "" 2 1 0
t "" 7 "" {{ -2 3 }}
t "" 8 "" {{ 6 -2 }}
p "" 2 2 0
t "" 9 "" {{ 2 2 }}
t "" 10 "" {{ 0 -1 }}
t "" 11 "" {{ 0 3 }}
"""


def jury() -> str:
    """Three voters, each with a signal of a state that nobody sees, vote at once; two votes convict."""
    lines, outcomes = ['EFG 2 R "jury" { "A" "B" "C" }', 'c "" 1 "" { "guilty" 1/2 "innocent" 1/2 } 0'], 0
    signals = list(product("gi", repeat=3))

    def vote(truth: str, drawn: tuple[str, ...], votes: tuple[int, ...]) -> None:
        nonlocal outcomes
        if len(votes) == 3:
            outcomes += 1
            convicted, guilty = sum(votes) >= 2, truth == "g"
            pays = 1 if convicted == guilty else -3 if convicted else -1
            lines.append(f't "" {outcomes} "" {{ {pays} {pays} {pays} }}')
            return
        number = 1 + "gi".index(drawn[len(votes)])
        lines.append(f'p "" {len(votes) + 1} {number} "" {{ "acquit" "convict" }} 0')
        for choice in (0, 1):
            vote(truth, drawn, (*votes, choice))

    for event, truth in enumerate("gi", 2):
        odds = [3 ** sum(signal == truth for signal in drawn) for drawn in signals]  # each is right with 3/4
        dealt = " ".join(f'"{", ".join(drawn)}" {weight}/64' for drawn, weight in zip(signals, odds, strict=True))
        lines.append(f'c "" {event} "" {{ {dealt} }} 0')
        for drawn in signals:
            vote(truth, drawn, ())
    return "\n".join(lines)


def test_moves_that_the_next_player_does_not_see_are_made_at_once() -> None:
    game = compile_game(import_efg(PENNIES))
    assert (game.n_states, game.n_types, game.max_stages) == (2, (1, 1), 1)
    assert game.acts[0].all()
    edges = game.edge_start[0]
    assert game.edge_reward[edges, 0, 0].tolist() == [1.0, -1.0, -1.0, 1.0]
    assert game.game.name == "t"
    assert game.game.action_names == ("heads", "tails")


def test_voters_with_private_signals_of_a_state_that_nobody_sees() -> None:
    rules, game, by_set, evaluation = ours(jury())
    assert game.n_types == (2, 2, 2)
    assert game.max_stages == 1
    # Pr(all three see g) = (27 + 1) / 128
    assert game.prior[0] == pytest.approx(28 / 128)
    values, nash_conv = openspiel(rules.tree.form, by_set)
    np.testing.assert_allclose(evaluation.values, values, atol=1e-9)
    assert evaluation.nash_conv == pytest.approx(nash_conv, abs=1e-9)


def test_what_nobody_sees_is_averaged_and_what_all_see_is_a_public_outcome() -> None:
    game = compile_game(import_efg(HIDDEN))
    assert game.n_types == (1, 1)
    start = game.edge_start[0, game.joint_index(np.array([0, 0]))]
    assert [game.edge_labels[start + k] for k in range(2)] == ["low", "high"]
    # Pr(low) = 1/3 * 1/4 + 2/3 * 1/2
    assert game.edge_probability[start : start + 2, 0].tolist() == pytest.approx([5 / 12, 7 / 12])
    after_low = int(game.edge_next[start])
    left = game.edge_start[after_low, game.joint_index(np.array([0, game.game.action_names.index("l")]))]
    # Pr(x | low) = (1/12) / (5/12) = 1/5: A gets 4/5 - 2 * 4/5, B gets 1/5 + 3 * 4/5
    assert game.edge_reward[left, :, 0].tolist() == pytest.approx([-0.8, 2.6])
    out = game.edge_start[0, game.joint_index(np.array([game.game.action_names.index("out"), 0]))]
    assert game.edge_reward[out, :, 0].tolist() == pytest.approx([1 / 3, 1 / 3 + 2])
    assert game.game.describe(game.states[after_low]) == "A: in; low"


def test_what_is_public_of_the_deal_is_a_first_outcome() -> None:
    """The coin is seen by all, the card by A alone: A has two types, not four."""
    cards = """c "" {event} "" {{ "jack" 1/2 "king" 1/2 }} 0
    p "" 1 {jack} "" {{ "bet" "pass" }} 0
    p "" 2 {reply} "" {{ "call" "fold" }} 0 t "" 1 "" {{ -2 2 }} t "" 2 "" {{ 1 -1 }} t "" 3 "" {{ -1 1 }}
    p "" 1 {king} "" {{ "bet" "pass" }} 0
    p "" 2 {reply} "" {{ "call" "fold" }} 0 t "" 4 "" {{ 2 -2 }} t "" 2 t "" 2
    """
    text = PLAYERS + 'c "coin" 1 "" { "heads" 1/3 "tails" 2/3 } 0\n'
    text += cards.format(event=2, jack=1, king=2, reply=1) + cards.format(event=3, jack=3, king=4, reply=2)
    rules, game, by_set, evaluation = ours(text)
    assert game.game.type_names == (("jack", "king"), ("only",))
    assert not game.acts[0].any()
    assert [game.edge_labels[edge] for edge in range(2)] == ["heads", "tails"]
    np.testing.assert_allclose(game.edge_probability[:2], [[1 / 3] * 2, [2 / 3] * 2])
    values, nash_conv = openspiel(rules.tree.form, by_set)
    np.testing.assert_allclose(evaluation.values, values, atol=1e-9)
    assert evaluation.nash_conv == pytest.approx(nash_conv, abs=1e-9)


def test_the_last_movers_card_is_not_made_public() -> None:
    """In Kuhn poker nobody moves after an answer to a bet; the cards stay types, and the states stay few."""
    game = find_game("kuhn-poker").compiled
    back = compile_game(import_efg(to_efg(game)))
    assert back.n_types == (3, 3)
    assert back.n_states == 4 + 1
    assert back.max_outcomes == 1


def test_labels_that_tell_nothing_become_numbers() -> None:
    text = f"""{PLAYERS}
    p "" 1 1 "" {{ "" "" }} 0
    p "" 2 1 "" {{ "same" "same" }} 0 t "" 1 "" {{ 1 2 }} t "" 2 "" {{ 3 4 }}
    t "" 3 "" {{ 5 6 }}"""
    game = compile_game(import_efg(text))
    assert game.game.action_names == ("1", "2")
    assert game.edge_reward[game.edge_start[1, [0, 1]], :, 0].tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_types_may_name_one_public_action_differently() -> None:
    """B sees whether A moved left or right; the file calls left "l1" at one type of A and "l2" at the other."""
    text = f"""{PLAYERS}
    c "" 1 "" {{ "h" 1/2 "w" 1/2 }} 0
    p "" 1 1 "" {{ "l1" "r1" }} 0
    p "" 2 1 "" {{ "x" "y" }} 0 t "" 1 "" {{ 1 0 }} t "" 2 "" {{ 2 0 }}
    p "" 2 2 "" {{ "x" "y" }} 0 t "" 3 "" {{ 3 0 }} t "" 4 "" {{ 4 0 }}
    p "" 1 2 "" {{ "l2" "r2" }} 0
    p "" 2 1 0 t "" 5 "" {{ 5 0 }} t "" 6 "" {{ 6 0 }}
    p "" 2 2 0 t "" 7 "" {{ 7 0 }} t "" 8 "" {{ 8 0 }}"""
    game = compile_game(import_efg(text))
    assert game.game.type_names[0] == ("h", "w")
    left = game.edge_next[game.edge_start[0, game.joint_index(np.array([0, 0]))]]
    replies = [game.joint_index(np.array([0, game.game.action_names.index(name)])) for name in "xy"]
    assert game.edge_reward[game.edge_start[left, replies], 0].tolist() == [[1.0, 5.0], [2.0, 6.0]]


def test_branches_that_chance_never_takes_are_left_out() -> None:
    text = f"""{PLAYERS}
    c "" 1 "" {{ "never" 0 "always" 1 }} 0
    p "" 2 1 "" {{ "x" "y" }} 0 t "" 1 "" {{ 1 1 }} t "" 1
    p "" 1 1 "" {{ "x" "y" }} 0 t "" 2 "" {{ 2 2 }} t "" 3 "" {{ 3 3 }}"""
    game = compile_game(import_efg(text))
    assert (game.n_profiles, game.n_states) == (1, 2)
    assert sorted(game.edge_reward[:, 0, 0].tolist()) == [2.0, 3.0]


REFUSED = {
    "absent-minded": (
        'p "" 1 1 "" { "on" "off" } 0\np "" 1 1 0\nt "" 1 "" { 0 0 } t "" 2 "" { 4 4 } t "" 3 "" { 1 1 }',
        "line 2 the information set of 'A' also holds the node in line 3, which has another public history",
    ),
    "forgets what it did": (
        'p "" 1 1 "" { "a" "b" } 0\np "" 1 2 "" { "c" "d" } 0\nt "" 1 "" { 0 0 } t "" 2 "" { 4 4 }\np "" 1 2 0\n'
        't "" 1 t "" 2',
        "line 3 'A' moves again before all have seen its last move",
    ),
    "sees less than all of a move": (
        'p "" 1 1 "" { "a" "b" "c" } 0\np "" 2 1 "" { "l" "r" } 0 t "" 1 "" { 0 0 } t "" 1\n'
        'p "" 2 1 0 t "" 1 t "" 1\np "" 2 2 "" { "l" "r" } 0 t "" 1 t "" 1',
        "line 5 'B' tells this node from that in line 3 by something that neither all have seen nor the deal has told",
    ),
    "what can be done depends on the type": (
        'c "" 1 "" { "x" 1/2 "y" 1/2 } 0\np "rich" 1 1 "" { "a" "b" } 0\np "" 2 1 "" { "l" "r" } 0\n'
        't "" 1 "" { 0 0 } t "" 1\nt "" 1\np "poor" 2 1 0 t "" 1 t "" 1',
        "line 3 ('rich') 'A' has 2 actions, and after the same public history in line 7 ('poor') 'B' has 2 actions",
    ),
    "learns its type late": (
        'p "" 1 1 "" { "a" "b" } 0\nc "" 1 "" { "x" 1/2 "y" 1/2 } 0\n'
        'p "" 2 1 "" { "l" "r" } 0\np "" 1 2 "" { "u" "d" } 0 t "" 1 "" { 0 0 } t "" 1\nt "" 1\n'
        'p "" 2 2 "" { "l" "r" } 0\np "" 1 2 0 t "" 1 t "" 1\nt "" 1\nt "" 1',
        "line 7 'B' tells this node from that in line 4 by something that neither all have seen nor the deal",
    ),
    "knows its type here and not there": (
        'c "" 1 "" { "x" 1/2 "y" 1/2 } 0\n'
        'p "" 2 1 "" { "a" "b" } 0\np "" 1 1 "" { "l" "r" } 0 t "" 1 "" { 0 0 } t "" 1\n'
        'p "" 1 2 "" { "l" "r" } 0\np "" 2 4 "" { "l" "r" } 0 t "" 1 t "" 1\nt "" 1\n'
        'p "" 2 1 0\np "" 1 1 0 t "" 1 t "" 1\np "" 1 3 "" { "l" "r" } 0\np "" 2 4 0 t "" 1 t "" 1\nt "" 1',
        "line 10 'A' tells this node from that in line 5 by its type, and elsewhere it cannot tell the same types",
    ),
    "nothing to choose": ('c "" 1 "" { "x" 1/2 "y" 1/2 } 0\nt "" 1 "" { 0 0 }\nt "" 1', "line 2 nobody has a choice"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_game_outside_of_the_class_is_refused_by_its_node(name: str) -> None:
    body, message = REFUSED[name]
    with pytest.raises(ParameterError) as caught:
        import_efg(PLAYERS + body, "mine.efg")
    assert str(caught.value).startswith("game = 'mine.efg': expected a finite multi-stage game with observed actions")
    assert f"; in {message}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_tree_that_would_take_for_ever_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("olivebranch.games.efg.public.MOST_WORK", 20)
    with pytest.raises(ParameterError, match="too deep and too wide"):
        import_efg(jury())


def test_more_numbers_than_fit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("olivebranch.games.efg.rules.MOST_NUMBERS", 100)
    with pytest.raises(ParameterError, match="a smaller tree, or fewer types"):
        import_efg(jury())


def test_where_labels_are_too_many_actions_go_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("olivebranch.games.efg.rules.MOST_CELLS", 10)
    assert import_efg(HIDDEN).action_names == ("1", "2")


def test_a_file_is_a_game_spec_and_its_bytes_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pennies.efg").write_text(PENNIES)
    game = find_game("pennies.efg")
    assert (game.kind, game.label, game.preset) == ("efg", "pennies", None)
    assert game.code is not None
    assert game.code.sha256 == hashlib.sha256(PENNIES.encode()).hexdigest()
    assert game.compiled.n_states == 2
    parameters = game.parameters_as(EfgParameters)
    assert EfgParameters.from_mapping(parameters.as_dict()) == parameters
    with pytest.raises(ParameterError, match="stake = 3: expected no parameters"):
        find_game("pennies.efg", {"stake": 3})
    Path("pennies.efg").write_text(PENNIES.replace("-1 1", "-2 2"))
    with pytest.raises(ParameterError, match="it has changed"):
        EfgParameters.from_mapping(parameters.as_dict())
    assert find_game("pennies.efg").parameters != parameters
    Path("pennies.efg").write_bytes(b"\xff\xfe\x00")
    for spec, message in (("pennies.efg", "text in UTF-8"), ("missing.efg", "a file that can be read")):
        with pytest.raises(ParameterError, match=message):
            find_game(spec)
