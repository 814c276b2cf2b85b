"""From the runs of a study of signalling experiments to ``scores.json`` and a page's section."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from olivebranch.core.files import write_bytes
from olivebranch.eval.humans.predictions import judge
from olivebranch.eval.humans.scores import Fitter, Precision, Theory, land
from olivebranch.eval.intervals import wilson
from olivebranch.eval.sections import table
from olivebranch.games.base import FloatArray
from olivebranch.games.signalling import SignallingGame
from olivebranch.train.humans.config import HumanConfig, HumansConfig
from olivebranch.train.humans.run import load_part

MISSING = "not transcribed"
SHORT = {
    "intuitive": "intuitive",
    "d1": "D1",
    "d2": "D2",
    "universal_divinity": "universal divinity",
    "never_weak_best_response": "NWBR",
    "rationality_compatible": "RCE",
    "passive": "passive",
    "logit_limit": "logit limit",
}


def write_report(
    config: HumansConfig, folder: Path, report: Callable[[int, int], None] = lambda done, total: None
) -> dict[str, Any]:
    """Score every run, and write ``scores.json`` and ``report.md`` into the folder.

    Returns:
        What ``scores.json`` holds: ``games``, by label, each with ``equilibria``, ``learners`` and ``people``; and
        ``predictions``, with verdicts.
    """
    games = {}
    forms = config.forms()
    for number, (label, form) in enumerate(forms.items()):
        report(number, len(forms))
        games[label] = _one(config, folder, label, form)
    report(len(forms), len(forms))
    result: dict[str, Any] = {
        "name": config.name,
        "seeds": config.seeds,
        "sample_seeds": config.sample_seeds,
        "games": games,
    }
    result["predictions"] = judge(config.settings, games)
    write_bytes(folder / "scores.json", (json.dumps(result, indent=1) + "\n").encode())
    write_bytes(folder / "report.md", (section(result) + "\n").encode())
    return result


def _one(config: HumansConfig, folder: Path, label: str, form: SignallingGame) -> dict[str, Any]:
    theory, fitter = Theory.of(form), Fitter(form)
    learners = {}
    for learner in config.settings:
        played = load_part(config, folder, label, learner)
        learners[learner] = {which: _landed(theory, fitter, play) for which, play in played.items()}
    people = config.people.get(label)
    return {
        "types": list(form.type_names),
        "messages": list(form.message_names),
        "responses": list(form.response_names),
        "equilibria": [
            {"name": name, "kind": component.kind, "dimension": component.dimension, "refinements": verdicts}
            for name, component, verdicts in zip(theory.names, theory.components, theory.verdicts, strict=True)
        ],
        "learners": learners,
        "people": None if people is None else _people(people, form, fitter),
    }


def _landed(theory: Theory, fitter: Fitter, play: Any) -> dict[str, Any]:
    landed = land(theory, play)
    runs = len(landed.reached)
    counts = {name: int((landed.reached == k).sum()) for k, name in enumerate(theory.names)}
    return {
        "runs": runs,
        "reached": {name: wilson(count, runs).as_list() for name, count in counts.items()},
        "none": wilson(int((landed.reached < 0).sum()), runs).as_list(),
        "supported_off_path": landed.supported,
        "sender": landed.mean.sender.tolist(),
        "receiver": landed.mean.receiver.tolist(),
        "logit": _fit(fitter.fit_play(landed.mean)),
    }


def _people(people: HumanConfig, form: SignallingGame, fitter: Fitter) -> dict[str, Any]:
    sender, receiver = people.tables(form)
    return {
        "source": people.source,
        "sender": _shares(sender),
        "receiver": _shares(receiver),
        "logit": _fit(fitter.fit(sender, receiver)) if people.counts else None,
    }


def _shares(counts: FloatArray) -> list[list[float] | None]:
    """Frequencies by row; None for a row of which nothing was reported."""
    return [(row / row.sum()).tolist() if row.sum() > 0 else None for row in counts]


def _fit(found: Precision | None) -> dict[str, Any] | None:
    return None if found is None else found.as_dict()


def section(result: Mapping[str, Any]) -> str:
    """What a page shows of ``scores.json``."""
    parts = [
        f"`olivebranch humans` made this. Stacked learners have {result['seeds']} seeds a game, the others "
        f"{result['sample_seeds']}. Frequencies are of the last play of a run; 95 % intervals are in `scores.json`."
    ]
    if result["predictions"]:
        told = "\n".join(f"- {one['text']} **{one['verdict']}**" for one in result["predictions"])
        parts.append(f"**Predictions.**\n\n{told}")
    parts += [f"### {label}\n\n{_game(values)}" for label, values in result["games"].items()]
    return "\n\n".join(parts)


def _game(values: Mapping[str, Any]) -> str:
    names = [one["name"] for one in values["equilibria"]]
    theory = [
        [
            one["name"],
            one["kind"],
            _rejections(one["refinements"]),
            {True: "yes", False: "no", None: "undecided"}[one["refinements"]["logit_limit"]],
        ]
        for one in values["equilibria"]
    ]
    people = values["people"]
    head = ["who", *(f"near {name}" for name in names), "near none", *_choices(values), "precision", "explained"]
    rows = []
    for learner, found in values["learners"].items():
        last = found["last"]
        shares = [f"{100 * share[0]:.0f} %" for share in (*last["reached"].values(), last["none"])]
        rows.append([learner, *shares, *_frequencies(last["sender"], last["receiver"]), *_precision(last["logit"])])
    empty = [MISSING] * len(_choices(values))
    if people is None:
        rows.append(["people", *["–"] * (len(names) + 1), *empty, MISSING, "–"])
    else:
        filled = _frequencies(people["sender"], people["receiver"])
        rows.append(["people", *["–"] * (len(names) + 1), *filled, *_precision(people["logit"])])
    parts = [table(["equilibrium", "kind", "rejected by", "logit limit"], theory), table(head, rows)]
    if people is not None:
        parts.append(f"People: {people['source']}")
    return "\n\n".join(parts)


def _rejections(verdicts: Mapping[str, bool | None]) -> str:
    """The refinements that reject an equilibrium; the logit limit, which names one only, has a column of its own."""
    found = [SHORT[name] for name, survives in verdicts.items() if survives is False and name != "logit_limit"]
    return ", ".join(found) or "none"


def _choices(values: Mapping[str, Any]) -> list[str]:
    sent = [f"{kind}: {', '.join(values['messages'])}" for kind in values["types"]]
    return sent + [f"after {message}: {', '.join(values['responses'])}" for message in values["messages"]]


def _frequencies(sender: list[list[float] | None], receiver: list[list[float] | None]) -> list[str]:
    return [MISSING if row is None else " ".join(f"{share:.2f}" for share in row) for row in (*sender, *receiver)]


def _precision(fit: Mapping[str, Any] | None) -> list[str]:
    if fit is None:
        return ["–", "–"]
    upper = "∞" if fit["upper"] is None else f"{fit['upper']:.3g}"
    explained = "–" if fit["explained"] is None or np.isnan(fit["explained"]) else f"{fit['explained']:.2f}"
    return [f"{fit['precision']:.3g} [{fit['lower']:.3g}, {upper}]", explained]
