"""Reading .efg text: what the format allows, and one line with its number for everything else."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from olivebranch.core.errors import ParameterError
from olivebranch.games.efg import import_efg
from olivebranch.games.efg.reading import Kind, read_efg

# A coin that player one sees; one bets or folds; two, who does not see the coin, calls or passes.
POKER = """EFG 2 R "Poker, \\"simple\\"" { "Fred" "Alice" }
"A comment
of two lines"

c "" 1 "coin" { "red" 1/2 "black" .5 } 0
p "root" 1 1 "red" { "raise" "fold" } 0
p "" 2 1 "" { "meet" "pass" } 0
t "" 1 "win big" { 2, -2.0 }
t "" 2 "win" { 1 -1 }
t "" 2
p "" 1 2 "black" { "raise" "fold" } 0
p "" 2 1 0
t "" 3 "lose big" { -2e0, 4/2 }
t "" 2 "win" { 1, -1 }
t "last" 4 "lose" { -1, +1 }
"""


def test_everything_that_the_format_allows() -> None:
    form = read_efg(POKER, "poker.efg")
    assert form.title == 'Poker, "simple"'
    assert form.players == ("Fred", "Alice")
    assert "".join(node.kind.value for node in form.nodes) == "cppttt" + "ppttt"
    assert form.nodes[0].probabilities == (0.5, 0.5)
    assert [node.payoff for node in form.nodes if node.kind is Kind.TERMINAL] == [
        (2.0, -2.0),
        (1.0, -1.0),
        (1.0, -1.0),
        (-2.0, 2.0),
        (1.0, -1.0),
        (-1.0, 1.0),
    ]
    held = [(which.player, which.number, which.actions, which.members) for which in form.information_sets]
    assert held == [
        (0, 1, ("raise", "fold"), [1]),
        (1, 1, ("meet", "pass"), [2, 7]),
        (0, 2, ("raise", "fold"), [6]),
    ]
    assert [(node.children, node.end) for node in form.nodes[:3]] == [([1, 6], 11), ([2, 5], 6), ([3, 4], 5)]
    assert form.place(1) == "line 6 ('root')"


def test_payoffs_on_the_way_and_repeated_chance_events() -> None:
    text = """EFG 2 D "" { "a" }
    c "" 7 "e" { "x" 0.25 "y" 0.75 } 1 "entry" { 3 }
    t "" 0
    c "" 7 1 t "" 2 "" { 1.5 } t "" 2"""
    form = read_efg(text, "x")
    assert [node.payoff for node in form.nodes] == [(3.0,), (0.0,), (3.0,), (1.5,), (1.5,)]
    assert form.nodes[2].probabilities == (0.25, 0.75)


def test_players_without_a_name_get_one() -> None:
    assert read_efg('EFG 2 R "" { "" " " } t "" 0', "x").players == ("player 1", "player 2")


def test_players_names_can_be_borne_by_files() -> None:
    players = read_efg('EFG 2 R "" { "../I" "a\nb" "Zoë" } t "" 0', "x").players
    assert players == ("-I", "a-b", "Zoë")


BROKEN = [
    ("", 1, "the prologue EFG 2 R, of which EFG not the end of the file"),
    ("NFG 1 R", 1, "EFG not 'NFG'"),
    ("EFG 3 R", 1, "of which 2 not '3'"),
    ('EFG 2 R "x" { }', 1, "at least one player"),
    ('EFG 2 R "x" { "a" "a" }', 1, "distinct names of players; 'a' stands twice"),
    ('EFG 2 R "x"\n{ "a }', 2, "a quotation mark that closes"),
    ('EFG 2 R "x" { "a" }\nq "" 0', 2, "a node, which begins with c, p or t, not 'q'"),
    ('EFG 2 R "x" { "a" }\nt 0', 2, "the node's name in quotes, not '0'"),
    ('EFG 2 R "x" { "a" }\nt "" -1', 2, "the number of an outcome, 0 for none, not '-1'"),
    ('EFG 2 R "x" { "a" }\nt "" 1', 2, "the payoffs of outcome 1, which has not been described yet"),
    ('EFG 2 R "x" { "a" }\nt "" 1 "" { 1 2 }', 2, "1 payoffs, one for each player, and there are 2"),
    ('EFG 2 R "x" { "a" }\nt "" 1 "" { one }', 2, "a payoff, such as 2, -0.5 or 1/3, not 'one'"),
    ('EFG 2 R "x" { "a" }\nt "" 1 "" { 1e999999999 }', 2, "a payoff, such as 2, -0.5 or 1/3, not '1e999999999'"),
    ('EFG 2 R "x" { "a" }\nt "" 1 "" { 1/0 }', 2, "a payoff, such as"),
    ('EFG 2 R "x" { "a" }\nt "" 0 "" { 1 }', 2, "no payoffs for outcome 0"),
    ('EFG 2 R "x" { "a" }\nt "" 0\nt "" 0', 3, "the end of the file, as the tree is complete, not 't'"),
    ('EFG 2 R "x" { "a" }\np "" 1 1 "" { "l" "r" } 0\nt "" 0', 3, "a node, which begins with c, p or t, not the end"),
    ('EFG 2 R "x" { "a" }\np "" 2 1 "" { "l" } 0', 2, "the number of a player, from 1 to 1, not '2'"),
    ('EFG 2 R "x" { "a" }\np "" 1 1 "" { } 0', 2, "at least one label in quotes"),
    ('EFG 2 R "x" { "a" }\np "" 1 1 0', 2, "the name and the actions of information set 1"),
    (
        'EFG 2 R "x" { "a" }\np "" 1 1 "" { "l" } 0\np "" 1 1 "" { "r" } 0',
        3,
        "the actions of information set 1 to be the same wherever it stands",
    ),
    ('EFG 2 R "x" { "a" }\nc "" 1 "" { "l" 1/2 "r" 1/3 } 0', 2, "probabilities that sum to one, and these sum to 0.83"),
    ('EFG 2 R "x" { "a" }\nc "" 1 "" { "l" 3/2 "r" -1/2 } 0', 2, "a probability >= 0"),
    ('EFG 2 R "x" { "a" }\nc "" 1 "" { "l" } 0', 2, "a probability not '}'"),
    ('EFG 2 R "x" { "a" }\nc "" 1 0', 2, "the name and the probabilities of chance event 1"),
    (
        'EFG 2 R "x" { "a" }\nc "" 1 "" { "l" 1 } 0\nc "" 1 "" { "m" 1 } 0',
        3,
        "chance event 1 to be the same wherever it stands",
    ),
    (
        'EFG 2 R "x" { "a" }\nc "" 1 "" { "l" 1/2 "r" 1/2 } 0\nt "" 1 "" { 1 }\nt "" 1 "" { 2 }',
        4,
        "outcome 1 to be the same wherever it stands",
    ),
]


@pytest.mark.parametrize("text, line, message", BROKEN)
def test_what_is_malformed_is_refused_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        read_efg(text, "broken.efg")
    assert str(caught.value).startswith(f"game = 'broken.efg': expected in line {line} ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_tree_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("olivebranch.games.efg.reading.MOST_NODES", 10)
    with pytest.raises(ParameterError, match="in line 15 at most 10 nodes"):
        read_efg(POKER, "x")


def test_a_chain_of_nodes_needs_no_recursion() -> None:
    text = 'EFG 2 R "" { "a" }\n' + 'p "" 1 1 "" { "on" } 0\n' * 20_000 + 't "" 0'
    assert read_efg(text, "x").nodes[0].end == 20_001


PIECES = st.sampled_from(
    ["c", "p", "t", '""', '"a"', '"b"', "{", "}", "0", "1", "2", "1/2", "-1", ",", '"', "\\", "\n", "EFG", "x", "1e9"]
)


@given(st.lists(PIECES, max_size=60).map(" ".join) | st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_game_or_one_line(text: str) -> None:
    for given_text in (text, 'EFG 2 R "x" { "a" "b" }\n' + text):
        with suppress(ParameterError):
            import_efg(given_text)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_game_with_something_left_out_or_replaced_is_a_game_or_one_line(data: st.DataObject) -> None:
    words = POKER.split(" ")
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(words) - 1))
        words[at : at + data.draw(st.integers(0, 2))] = data.draw(st.lists(PIECES, max_size=2))
    with suppress(ParameterError):
        import_efg(" ".join(words))
