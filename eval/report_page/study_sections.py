"""A study: its runs in one table, then each run by itself, grouped by game."""

from collections.abc import Callable
from pathlib import Path

from markupsafe import Markup

from olivebranch.core.errors import ParameterError
from olivebranch.eval.report import counts
from olivebranch.eval.report_page.game_sections import equilibria_section, game_section
from olivebranch.eval.report_page.known_game import KnownGame
from olivebranch.eval.report_page.markup import Section, estimate, folded, heading, join, paragraph, swatch, table
from olivebranch.eval.report_page.run_sections import (
    Report,
    answer_of,
    causes_section,
    distances_section,
    learned_profiles,
    learning_section,
    summary_section,
    what_was_run,
)
from olivebranch.eval.runs import RunReport, report_run
from olivebranch.theory.equilibria.reference import NO_COMPONENT
from olivebranch.train.run import Run, load_run

MOST_RUNS = 24  # of which a page tells everything; further ones have a row in the table
Told = tuple[Path, Run, RunReport]


def run_folders(folder: Path) -> list[Path]:
    """The run folders within a folder, at any depth."""
    return sorted(path.parent for path in folder.rglob("config.yaml") if any(path.parent.glob("seed-*")))


def study_page(folder: Path, report: Report) -> tuple[str, list[Section]]:
    """Title and sections of a folder of runs."""
    paths = run_folders(folder)
    told: list[Told] = []
    for place, path in enumerate(paths):
        report(place, 2 * len(paths), path.name)
        run = load_run(path)
        told.append((path, run, report_run(run)))
    games = list(dict.fromkeys(found.named for _, _, found in told))
    if not games:
        raise ParameterError("folder", str(folder), "a folder with finished runs in it")
    sections = [_table(folder, told)]
    done = len(paths)
    for number, named in enumerate(games):
        known = KnownGame.of(named)
        own = [one for one in told if one[2].named == named]
        label = own[0][2].game
        path, run, found = own[0]
        source = f"{path.relative_to(folder)}/seed-*/{answer_of(run)}/*.safetensors (learned play: {found.label})"
        game = game_section(known, learned_profiles(known, run), f"game-{number}", (source,))
        sections += [Section(f"The game {label}", game.body, game.sources)]
        equilibria = equilibria_section(known)
        sections.append(Section(f"{equilibria.title}: {label}", equilibria.body, equilibria.sources))
        for path, run, found in own:
            report(done, 2 * len(paths), path.name)
            done += 1
            if done - len(paths) <= MOST_RUNS:
                sections.append(_run(folder, path, run, found, known))
    if len(told) > MOST_RUNS:
        note = (
            f"{len(told) - MOST_RUNS} further runs have a row in the table above; `olivebranch report RUN` tells all."
        )
        sections.append(Section("Further runs", paragraph(note), ("*/config.yaml",)))
    return f"Study {folder.resolve().name}: {len(told)} runs", sections


def _table(folder: Path, told: list[Told]) -> Section:
    rows = []
    for path, _, found in told:
        for which, profile in found.profiles.items():
            one = profile.summary
            rows.append(
                (
                    str(path.relative_to(folder)),
                    found.game,
                    f"{found.label}, {which}",
                    str(one.seeds),
                    estimate(one.nash_conv.as_list(), 4),
                    estimate(one.on_path.as_list()) if one.on_path else "–",
                    counts(one),
                )
            )
    head = ("run", "game", "learner, policy", "seeds", "NashConv", "distance on the path", "equilibria reached")
    body = paragraph("Means over seeds with 95 % bootstrap intervals; reached: within 0.05 on and off the path.")
    return Section("All runs", body + table("The runs against theory", head, rows), ("*/seed-*/, by olivebranch eval",))


def _run(folder: Path, path: Path, run: Run, found: RunReport, known: KnownGame) -> Section:
    name = str(path.relative_to(folder))
    make: list[Callable[[], Section]] = [
        lambda: what_was_run(path),
        lambda: summary_section(found),
        lambda: distances_section(known, run, found),
        lambda: causes_section(run),
    ]
    curves = learning_section(found)
    parts: list[Markup] = [_outcome(found, known), curves.body]
    sources = [f"{name}/{source}" for source in curves.sources]
    for one in (made() for made in make):
        parts.append(folded(one.title, one.body))
        sources += [f"{name}/{source}" for source in one.sources]
    return Section(f"{run.config.name}: {found.label}", join(parts), tuple(dict.fromkeys(sources)))


def _outcome(found: RunReport, known: KnownGame) -> Markup:
    which, profile = list(found.profiles.items())[-1]
    best = max(profile.summary.reached.items(), key=lambda pair: pair[1].value)
    name = "near none of the known equilibria" if best[0] == NO_COMPONENT else best[0]
    patch = swatch(known.colour(best[0])) if best[0] != NO_COMPONENT else Markup("")
    return heading(3, "Where most seeds ended") + Markup("<p>{}{}: {} of {} seeds ({} policy).</p>").format(
        patch, name, round(best[1].value * profile.summary.seeds), profile.summary.seeds, which
    )
