"""What the page has to know beside formulas: parameters, presets, colours and recorded learning, as one script."""

import json
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from olivebranch.eval.palette import COLOURS, set_colour, to_rgb
from olivebranch.games.demonstration import DemonstrationParameters
from olivebranch.games.registry import Preset, load_preset, preset_names
from olivebranch.games.talks import RANGES
from olivebranch.theory.talks.existence import MEANINGS
from olivebranch.theory.talks.kernel import ROWS

# Symbol and plain words for each parameter of the talks game.
WORDS = {
    "prior_high": ("π", "share of strong states"),
    "loss_high": ("ℓ_H", "what an escalation takes from the strong"),
    "loss_low": ("ℓ_L", "what an escalation takes from the weak"),
    "escalation_cost": ("k", "what escalating costs the enemy"),
    "sender_dividend": ("b_S", "what talks are worth to the state"),
    "receiver_dividend": ("b_R", "what talks are worth to the enemy"),
    "pressure": ("λ", "pressure: loss suffered while fighting on"),
    "shelter": ("s", "shelter: loss spared at the table"),
    "face_cost": ("f", "face lost by a rebuffed offer"),
    "guarantee": ("g", "a mediator's guarantee against escalation"),
    "demonstration_cost_high": ("κ_H", "what a demonstration costs the strong"),
    "demonstration_cost_low": ("κ_L", "what a demonstration costs the weak"),
}
START = "rival-expectations"
SHOWN = ("talks", "demonstration", "war")  # kinds of games


def parameter_table() -> list[dict[str, Any]]:
    """Every parameter with its range, as the page shows it."""
    ranges = DemonstrationParameters.ranges
    table = []
    for name, (symbol, words) in WORDS.items():
        low, low_in, high, high_in, meaning = ranges[name]
        table.append(
            {
                "name": name,
                "symbol": symbol,
                "words": words,
                "meaning": meaning,
                "low": low,
                "low_in": low_in,
                "high": high if np.isfinite(high) else None,
                "high_in": high_in,
                "talks": name in RANGES,
            }
        )
    return table


def preset_entry(preset: Preset) -> dict[str, Any]:
    """A preset for the page; the parameters of wars stay behind, for the page cannot change them."""
    entry: dict[str, Any] = {
        "name": preset.name,
        "game": preset.game,
        "title": preset.title,
        "stands_for": " ".join(preset.stands_for.split()),
        "source": " ".join(preset.source.split()),
        "facts": [list(fact) for fact in preset.facts],
        "assumptions": list(preset.assumptions),
        "wrong_if": list(preset.wrong_if),
    }
    if preset.game in ("talks", "demonstration"):
        entry["parameters"] = dict(preset.parameters.as_dict())
    return entry


def set_colours() -> list[str]:
    """The colour of every set of components, by its number (bit i is row i of the table)."""
    found = []
    for code in range(1 << len(ROWS)):
        names = tuple(name for row, name in enumerate(ROWS) if code >> row & 1)
        red, green, blue = (round(255 * part) for part in to_rgb(set_colour(names)))
        found.append(f"#{red:02X}{green:02X}{blue:02X}")
    return found


@cache
def recorded() -> dict[str, Any]:
    """What :mod:`olivebranch.explore.record` found: trained populations, and wars in equilibrium."""
    text = (resources.files("olivebranch.explore") / "page" / "recorded.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@cache
def page_data() -> str:
    """The script, which defines ``OB.data``."""
    content = {
        "parameters": parameter_table(),
        "presets": [preset_entry(load_preset(name)) for name in preset_names() if load_preset(name).game in SHOWN],
        "start": START,
        "colours": dict(COLOURS),
        "setColours": set_colours(),
        "meanings": MEANINGS,
        "recorded": recorded(),
    }
    text = json.dumps(content, ensure_ascii=False).replace("</", "<\\/")
    return f'"use strict";\nvar OB = typeof OB === "undefined" ? {{}} : OB;\nOB.data = {text};\n'
