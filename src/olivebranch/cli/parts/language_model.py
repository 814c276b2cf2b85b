"""What ``olivebranch study`` does with a config that asks language models."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from olivebranch.cli.parts.games import read_parameters
from olivebranch.cli.parts.progress import Progress
from olivebranch.core.errors import ParameterError
from olivebranch.core.extras import require
from olivebranch.core.yaml_text import read_yaml_file

if TYPE_CHECKING:
    from olivebranch.games.registry import NamedGame

SECTION = "language_model"


def asks_language_models(path: Path) -> bool:
    """Whether a config has a section ``language_model``; errors in it are for whoever reads it in earnest."""
    try:
        content = read_yaml_file(path, "config")
    except ParameterError:
        return False
    return isinstance(content, dict) and SECTION in content


def study_language_models(
    path: Path,
    games: "Sequence[NamedGame]",
    overrides: Sequence[str],
    output: Path,
    offline: bool,
    estimate: bool,
    allow_hosts: tuple[str, ...],
    as_json: bool,
    x: str,
    y: str,
) -> None:
    """Ask, score and write the page; see the options of ``olivebranch study``."""
    if not offline and not estimate:
        require("a language model", "httpx")
    with Progress("study", "parts", quiet=estimate) as progress:
        from olivebranch.eval.language_model.study import StudyConfig, estimate_study, run_study

        config = StudyConfig.read(path, games, list(read_parameters(overrides).items()))
        if estimate:
            parts = estimate_study(config, output)
            _say_estimate([(cell.name, spent) for cell, spent in parts], as_json)
            return
        from olivebranch.eval.language_model.report import page, write_report

        try:
            report = run_study(config, output, offline, allow_hosts, progress.update)
        except Exception as error:
            if type(error).__name__ != "ServerTrouble":  # its module needs httpx, which offline does without
                raise
            kept = "what was answered is kept, and the same command goes on from there"
            raise ParameterError("language model", str(path), f"a server that answers ({error}); {kept}") from None
        written = write_report(report, output, x, y)
    if report.faults:
        counted = ", ".join(f"{name} {count} times" for name, count in sorted(report.faults.items()))
        typer.echo(f"Tried again after faults: {counted}.", err=True)
    typer.echo(json.dumps(report.as_dict()) if as_json else page(report, False))
    if not as_json:
        typer.echo("\n".join(["Results:", *(f"  {each.resolve()}" for each in written)]))


def _say_estimate(parts: "Sequence[tuple[str, object]]", as_json: bool) -> None:
    from olivebranch.agents.language_model.asking import Spent

    spent = [(name, each) for name, each in parts if isinstance(each, Spent)]
    money: dict[str, float] = {}
    for _, each in spent:
        money[each.currency] = money.get(each.currency, 0.0) + each.cost
    total = {
        "requests": sum(each.requests for _, each in spent),
        "input_tokens": sum(each.input_tokens for _, each in spent),
        "output_tokens": sum(each.output_tokens for _, each in spent),
        "cost": money,
    }
    if as_json:
        typer.echo(json.dumps({"parts": [{"name": name, **each.as_dict()} for name, each in spent], "total": total}))
        return
    for name, each in spent:
        typer.echo(f"{name}: at most {each}")
    costs = ", ".join(f"{value:.2f} {currency}" for currency, value in money.items())
    typer.echo(
        f"In all at most {total['requests']:,} requests, {total['input_tokens']:,} + {total['output_tokens']:,} "
        "tokens, "
        f"{costs}."
    )
