"""The lines of ``olivebranch enumerate``: the contract that scripts rely on."""

import json
from fractions import Fraction

import numpy as np
import pytest

from olivebranch.core.errors import ParameterError
from olivebranch.theory.signalling.as_json import enumerate_line
from olivebranch.theory.signalling.certificate import Certificate, check_certificate
from olivebranch.theory.signalling.game import SignallingGame
from olivebranch.theory.signalling.refinements import FILTERS


def random_line(rng: np.random.Generator, shape: tuple[int, int, int], integers: bool = False) -> dict:
    sender, receiver = rng.integers(-2, 3, size=(2, *shape)) if integers else rng.normal(size=(2, *shape))
    prior = rng.dirichlet(np.ones(shape[0]))
    return {"prior": prior.tolist(), "sender_payoffs": sender.tolist(), "receiver_payoffs": receiver.tolist()}


def regrets(line: dict, entry: dict) -> tuple[float, float]:
    """Largest loss of a sender's type by a message it uses, and of the receiver by a response after a used message."""
    prior, u, v = (np.array(line[key], dtype=float) for key in ("prior", "sender_payoffs", "receiver_payoffs"))
    sigma, rho = np.array(entry["sender_strategy"]), np.array(entry["receiver_strategy"])
    by_message = np.einsum("tma,ma->tm", u, rho)
    lost = (by_message.max(axis=1, keepdims=True) - by_message)[sigma > 1e-9]
    mass = prior[:, None] * sigma
    by_response = np.einsum("tm,tma->ma", mass, v)
    missed = (by_response.max(axis=1, keepdims=True) - by_response)[rho > 1e-9]
    return float(lost.max()), float(missed.max())


@pytest.mark.parametrize("shape, games", [((2, 2, 2), 60), ((2, 4, 2), 10), ((3, 3, 3), 3)])
@pytest.mark.parametrize("integers", [False, True])
def test_the_contract(shape: tuple[int, int, int], games: int, integers: bool) -> None:
    rng = np.random.default_rng(1)
    for _ in range(games):
        line = random_line(rng, shape, integers)
        answer = json.loads(json.dumps(enumerate_line(line)))
        entries, connected = answer["components"], answer["connected_components"]
        pairs = [json.dumps([entry["sender_support"], entry["receiver_support"]]) for entry in entries]
        assert len(pairs) == len(set(pairs)) > 0
        for entry in entries:
            for supports, strategy in (
                (entry["sender_support"], entry["sender_strategy"]),
                (entry["receiver_support"], entry["receiver_strategy"]),
            ):
                assert supports == [[i for i, p in enumerate(row) if p > 0] for row in strategy]
                np.testing.assert_allclose(np.sum(strategy, axis=1), 1)
            assert max(regrets(line, entry)) < 1e-9
            assert set(entry["refinements"]) == set(FILTERS) >= {"intuitive", "d1", "d2"}
            assert all(isinstance(survives, bool) for survives in entry["refinements"].values())
            assert entry["dimension"] >= 0
        members = [member for part in connected for member in part["members"]]
        assert members == list(range(len(entries)))
        for number, part in enumerate(connected):
            mine = [entries[member] for member in part["members"]]
            assert {entry["connected_component"] for entry in mine} == {number}
            assert part["dimension"] == max(entry["dimension"] for entry in mine)
            assert set(part["reasons"]) == set(FILTERS)
            for outcome in part["outcomes"]:
                np.testing.assert_allclose(np.sum(outcome, axis=(1, 2)), line["prior"])
            if not part["knife_edges"]:
                ((outcome),) = part["outcomes"]
                for entry in mine:
                    sent = np.array(line["prior"])[:, None] * np.array(entry["sender_strategy"])
                    implied = sent[..., None] * np.array(entry["receiver_strategy"])
                    np.testing.assert_allclose(outcome, implied, atol=1e-12)
            for name, survives in part["refinements"].items():
                assert survives or not any(entry["refinements"][name] for entry in mine)
            certificate = Certificate.from_dict(part["certificate"])
            assert check_certificate(SignallingGame.from_json(line), certificate) == []


def test_fractions_and_decimals_mean_the_same() -> None:
    one = {"prior": ["1/4", "3/4"], "sender_payoffs": [[[1, 0.1], [0, 2]], [[0, 2], ["1/2", 3]]]}
    two = {"prior": [0.25, 0.75], "sender_payoffs": [[["1", "1/10"], [0, 2]], [[0, 2], [0.5, 3]]]}
    receiver = {"receiver_payoffs": [[[1, 0], [1, 0]], [[0, 1], [0, 1]]]}
    assert enumerate_line(one | receiver) == enumerate_line(two | receiver)


def test_off_path_beliefs_are_listed() -> None:
    # beer and quiche (Cho and Kreps 1987): the duel that deters quiche takes a belief in weak of 1/2 or more
    line = {
        "prior": ["1/10", "9/10"],
        "sender_payoffs": [[[1, 3], [0, 2]], [[0, 2], [1, 3]]],
        "receiver_payoffs": [[[1, 0], [1, 0]], [[0, 1], [0, 1]]],
    }
    beer = [entry for entry in enumerate_line(line)["components"] if entry["sender_support"] == [[1], [1]]]
    duel = next(entry for entry in beer if entry["receiver_support"] == [[0], [1]])
    assert sorted(duel["beliefs"]["0"]) == [[0.5, 0.5], [1.0, 0.0]]
    assert [entry["dimension"] for entry in beer] == [0, 1]


def test_a_knife_edge_is_told() -> None:
    # a sender who does not care, and a receiver who does not either
    line = {"prior": [0.5, 0.5], "sender_payoffs": [[[0, 0]] * 2] * 2, "receiver_payoffs": [[[0, 0]] * 2] * 2}
    answer = enumerate_line(line)
    (part,) = answer["connected_components"]
    assert part["dimension"] == 4
    assert len(answer["components"]) == 3**4
    assert part["knife_edges"]
    assert sum(entry["knife_edge"] for entry in answer["components"]) == len(answer["components"])


def test_a_prior_of_almost_one_in_sum_is_scaled() -> None:
    line = {"prior": [0.1, 0.2, 0.7 + 1e-12], "sender_payoffs": [[[1]]] * 3, "receiver_payoffs": [[[1]]] * 3}
    assert sum(SignallingGame.from_json(line).prior) == Fraction(1)
    assert len(enumerate_line(line)["components"]) == 1


def test_bad_lines_are_refused_by_name() -> None:
    with pytest.raises(ParameterError, match=r"^prior = "):
        enumerate_line({"prior": [0.5], "sender_payoffs": [[[0]]] * 2, "receiver_payoffs": [[[0]]] * 2})
