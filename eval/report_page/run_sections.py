"""A run: what was run, how it learned, how far it ended from each equilibrium, and why."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.agents.registry import find_learner
from olivebranch.eval.details import details_of
from olivebranch.eval.explain.causes import Cause
from olivebranch.eval.explain.explanation import NEGLIGIBLE, Explanation, explain_run
from olivebranch.eval.report_page.game_sections import equilibria_section, game_section
from olivebranch.eval.report_page.known_game import KnownGame
from olivebranch.eval.report_page.line_chart import learning_chart
from olivebranch.eval.report_page.markup import (
    Section,
    bullets,
    estimate,
    folded,
    heading,
    join,
    number,
    paragraph,
    swatch,
    table,
)
from olivebranch.eval.runs import RunReport, report_run
from olivebranch.theory.tree.profiles import BehaviourProfile
from olivebranch.train.run import Run, load_run

Report = Callable[[float, int, str], None]
MOST_SEEDS = 12  # whose causes are told one by one


def read_text(path: Path) -> str:
    """The text of a file of results, or that it is not there."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return f"{path.name} is not there"


def what_was_run(folder: Path, title: str = "What was run, and with what") -> Section:
    """Config and provenance of any folder that has them."""
    body, sources = Markup(""), ["config.yaml"]
    try:
        record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        record = None
    if isinstance(record, dict):
        sources.append("run.json")
        rows = [(key, str(record[key])) for key in ("command", "commit", "seeds") if key in record]
        versions = record.get("versions")
        if isinstance(versions, dict):
            rows += [(f"version of {name}", str(value)) for name, value in versions.items()]
        if rows:
            body += table("How it was started", ("what", "value"), rows)
    scrolls = Markup('<pre role="region" aria-label="config.yaml" tabindex="0">{}</pre>')  # a keyboard reaches its end
    config = scrolls.format(read_text(folder / "config.yaml"))
    return Section(title, body + folded("The whole config", config), tuple(sources))


def run_page(folder: Path, report: Report) -> tuple[str, list[Section]]:
    """Title and sections of a run folder."""
    report(0, 4, "the game and its equilibria")
    run = load_run(folder)
    known = KnownGame.of(run.config.game.named())
    report(1, 4, "learned play")
    found = report_run(run)
    title = f"{run.config.name}: {found.label} on {found.game}"
    report(2, 4, "causes")
    sections = [
        what_was_run(folder),
        summary_section(found),
        game_section(known, learned_profiles(known, run), "run", _policies(run)),
        equilibria_section(known),
        learning_section(found),
        distances_section(known, run, found),
        causes_section(run, lambda done, total: report(2 + done / max(total, 1), 4, "causes")),
    ]
    report(3, 4, "writing")
    return title, sections


def _policies(run: Run) -> tuple[str, ...]:
    return ("config.yaml (the game)", f"seed-*/{answer_of(run)}/*.safetensors (learned play)")


def answer_of(run: Run) -> str:
    """The kind of policy that the learner's theory is about, where the run has it."""
    declared = find_learner(run.config.learner.kind).answer
    return declared if run.seeds and declared in run.seeds[0].policies else "last"


def learned_profiles(known: KnownGame, run: Run, which: str | None = None) -> list[BehaviourProfile]:
    """Learned play of every seed on the tree of the game."""
    return [behaviour_of(known.tree, seed.policies[which or answer_of(run)]) for seed in run.seeds]


def summary_section(found: RunReport) -> Section:
    """The outcome in one table."""
    rows = []
    for which, profile in found.profiles.items():
        one = profile.summary
        reached = ", ".join(
            f"{name} {round(frequency.value * one.seeds)}/{one.seeds}"
            for name, frequency in one.reached.items()
            if frequency.value
        )
        rows.append(
            (
                which,
                str(one.seeds),
                estimate(one.nash_conv.as_list(), 4),
                estimate(one.on_path.as_list()) if one.on_path else number(None),
                estimate(one.off_path.as_list()) if one.off_path else number(None),
                reached,
            )
        )
    body = paragraph(
        "NashConv is what all players together could gain by best responses: 0 in equilibrium. Distances are total "
        "variation to the nearest known equilibrium. Brackets hold 95 % bootstrap intervals of the mean over seeds."
    )
    head = ("policy", "seeds", "NashConv", "distance on the path", "off the path", "reached")
    body += table("Learned play in one table", head, rows)
    if found.missing_seeds:
        body += paragraph(f"Seeds that are not trained yet: {', '.join(map(str, found.missing_seeds))}.")
    return Section("The result", body, ("seed-*/*/*.safetensors, evaluated exactly by olivebranch eval",))


def learning_section(found: RunReport) -> Section:
    """NashConv over training."""
    body = paragraph(
        "The thick line is the mean over seeds with its 95 % bootstrap interval, thin lines are seeds"
        + ("; dashed: the time average." if "average" in found.profiles else ".")
    )
    curves = {which: profile.learning for which, profile in found.profiles.items()}
    return Section("Learning curves", body + learning_chart(curves, found.label), ("seed-*/metrics.jsonl",))


def distances_section(known: KnownGame, run: Run, found: RunReport) -> Section:
    """Learned play of every seed against each component, and in the words of its kind of game."""
    body = Markup("")
    details = details_of(known.named)
    for which, profile in found.profiles.items():
        played = learned_profiles(known, run, which)
        rows: list[Sequence[str]] = []
        for component in known.reference.components:
            for seed, one in zip(profile.seeds, played, strict=True):
                gaps = component.distances(one)
                name = swatch(known.colour(component.name)) + component.name
                cells = (number(gaps.on_path), number(gaps.off_path), number(gaps.widest))
                nearest = profile.nearest[profile.seeds.index(seed)]
                verdict = "nearest" if nearest.component == component.name else ""
                rows.append((name, str(seed), *cells, "reached" if verdict and nearest.reached else verdict))
        if rows:
            head = ("equilibrium", "seed", "on the path", "off the path", "widest gap", "")
            body += table(f"Distance of the {which} policy to each equilibrium", head, rows)
        else:
            body += paragraph(f"No equilibrium is known to compare with: {known.reference.note}.")
        gains = [
            (str(seed), number(e.nash_conv, 4), *(number(gain, 4) for gain in e.gains.tolist()))
            for seed, e in zip(profile.seeds, profile.evaluations, strict=True)
        ]
        players = found.players
        body += table(f"What a best response to the {which} policy gains", ("seed", "all", *players), gains)
        if details is not None and profile.details:
            columns = list(profile.details[0].play)
            lines: list[Sequence[str]] = [
                (str(seed), *(number(detail.play[name]) for name in columns))
                for seed, detail in zip(profile.seeds, profile.details, strict=True)
            ]
            names = ("seed", *(name.replace("_", " ") for name in columns))
            body += table(f"Play of the {which} policy: probabilities", names, lines)
    return Section("Learned play against each equilibrium", body, ("seed-*/*/*.safetensors, by olivebranch eval",))


def causes_section(run: Run, report: Callable[[int, int], None] = lambda done, total: None) -> Section:
    """Why each seed ended where it did."""
    which = answer_of(run)
    found = explain_run(run, which, report)
    body = paragraph(
        f"Causes of the {which} policy, strongest first. The strength is the share of NashConv, or of the distance, "
        "that the cause's counterfactual removes (docs/explain.md)."
    )
    rows = [
        (
            str(one.seed),
            "an equilibrium" if one.arrived else "no equilibrium",
            number(one.nash_conv, 4),
            one.nearest.component,
            f"{one.first} ({one.causes[0].strength:.0%})",
        )
        for one in found
    ]
    body += table("Departures, seed by seed", ("seed", "ended at", "NashConv", "nearest", "first cause"), rows)
    body += join(_explanation(one, place == 0) for place, one in enumerate(found[:MOST_SEEDS]))
    if len(found) > MOST_SEEDS:
        body += paragraph(f"{len(found) - MOST_SEEDS} more seeds: `olivebranch explain` tells their causes.")
    sources = (
        f"seed-*/{which}/*.safetensors",
        "seed-*/record.safetensors",
        "seed-*/metrics.jsonl, by olivebranch explain",
    )
    return Section("Why did it end there?", body, sources)


def _explanation(one: Explanation, opened: bool) -> Markup:
    shown = [cause for cause in one.causes if cause.strength >= NEGLIGIBLE] or list(one.causes[:1])
    parts = [_cause(place, cause) for place, cause in enumerate(shown, 1)]
    ruled_out = [cause.cause for cause in one.causes if cause not in shown]
    if ruled_out:
        parts.append(paragraph(f"Nothing speaks for: {', '.join(ruled_out)}."))
    parts += [paragraph(f"Not known: {text}") for text in one.missing]
    return folded(f"Seed {one.seed}: {one.first}", join(parts), opened)


def _cause(place: int, cause: Cause) -> Markup:
    body = heading(4, f"{place}. {cause.cause}, strength {cause.strength:.0%}") + paragraph(cause.evidence)
    body += bullets(cause.where)
    numbers: list[tuple[str, Any]] = list(cause.numbers.items())
    if numbers:
        body += table(
            "Figures behind it", ("figure", "value"), [(n.replace("_", " "), number(v, 4)) for n, v in numbers]
        )
    return body
