"""The one page of a study of language models, as Markdown, with its picture."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from olivebranch.agents.language_model.label_probabilities import LabelPlay
from olivebranch.core.files import write_bytes
from olivebranch.eval.explain.explanation import NEGLIGIBLE
from olivebranch.eval.intervals import Estimate
from olivebranch.eval.language_model.scores import MODEL, PlayScore, repeated_scores
from olivebranch.eval.language_model.study import StudyReport
from olivebranch.games.talks import TalksParameters
from olivebranch.theory.equilibria.reference import NO_COMPONENT

PAGE, RESULTS, PICTURE = "report.md", "results.json", "regions.png"
REACHED_OFTEN = 0.95


def write_report(report: StudyReport, folder: Path, x: str = "pressure", y: str = "escalation_cost") -> list[Path]:
    """Write page, JSON and, where there are talks games, the picture; gives their paths."""
    import json

    folder.mkdir(parents=True, exist_ok=True)
    written = [folder / PAGE, folder / RESULTS]
    pictured = any(score.behaviour is not None for score in report.scores)
    write_bytes(written[0], page(report, pictured).encode())
    write_bytes(written[1], (json.dumps(report.as_dict(), indent=1) + "\n").encode())
    if pictured:
        from olivebranch.eval.figures.comparison import draw_comparison, save_figure
        from olivebranch.eval.runs import FigureRow
        from olivebranch.theory.talks.solve import solve_talks

        rows: list[FigureRow] = []
        for game in report.config.games:
            played = [score for score in report.scores if score.play.game == game and score.behaviour is not None]
            if not played:
                continue
            parameters = game.parameters_as(TalksParameters)
            learned = {
                each.spec: list(each.behaviour) for each in report.beside if each.game == game.label and each.behaviour
            }
            for score in played:
                assert score.behaviour is not None
                learned[f"{score.play.settings.model.name}, {score.play.settings.frame.name}"] = [score.behaviour]
            rows.append((game.label, parameters, solve_talks(parameters), learned))
        written.append(folder / PICTURE)
        save_figure(draw_comparison(rows, x, y), written[-1])
    return written


def page(report: StudyReport, pictured: bool) -> str:
    """The page as Markdown."""
    confidence = f"{report.config.ask.confidence:.0%}"
    said = [
        "# Language models against the equilibria",
        f"Every figure with brackets is an estimate from samples with its {confidence} interval. NashConv is what "
        "all players "
        "together could gain by best responses: it is zero in an equilibrium.",
        *(["![Play on the equilibrium regions](regions.png)"] if pictured else []),
        "## Play",
        _table(
            ("game", "model", "frame", "NashConv", "guaranteed", "nearest equilibrium", "reached"),
            (
                (
                    score.play.game.label, score.play.settings.model.name, score.play.settings.frame.name,
                    _estimate(score.nash_conv), _range(score.guaranteed), _nearest(score), _reached(score),
                )
                for score in report.scores
            ),
        ),
        *_beside(report),
        *_departures(report),
        *_events(report),
        *_invariance(report),
        *_claims(report),
        *_beliefs(report),
        *_repeated(report),
        "## Answers and costs",
        _total(report),
        _table(
            ("game", "model", "frame", "moves", "refusals", "invalid", "cut off", "empty", "cost", "stopped by"),
            (
                (
                    score.play.game.label, score.play.settings.model.name, score.play.settings.frame.name,
                    *map(str, score.play.elicited.answers.values()), str(score.play.spent),
                    score.play.elicited.stopped or "-",
                )
                for score in report.scores
            ),
        ),
        *_labels(report),
    ]  # fmt: skip
    return "\n\n".join(said) + "\n"


def _total(report: StudyReport) -> str:
    """What all parts cost together, by currency, and why no more was asked."""
    costs: dict[str, float] = {}
    for each in report.spent:
        costs[each.currency] = costs.get(each.currency, 0.0) + each.cost
    tokens_in, tokens_out = (sum(getattr(s, name) for s in report.spent) for name in ("input_tokens", "output_tokens"))
    money = ", ".join(f"{value:.2f} {currency}" for currency, value in costs.items())
    requests = sum(each.requests for each in report.spent)
    said = f"In all {requests:,} requests, {tokens_in:,} + {tokens_out:,} tokens, {money}."
    return said + (f" The study was stopped: {report.stopped}." if report.stopped else "")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]
    return "\n".join(lines)


def _estimate(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"


def _range(ends: tuple[float, float] | None) -> str:
    return "-" if ends is None else f"[{ends[0]:.3f}, {ends[1]:.3f}]"


def _nearest(score: PlayScore) -> str:
    name = score.nearest.component
    if name == NO_COMPONENT:
        return "none is known"
    on_path, off_path = score.distances[name]
    return f"{name}, at {_estimate(on_path)}" + (f", off the path {_estimate(off_path)}" if off_path else "")


def _reached(score: PlayScore) -> str:
    """A component only if nearly all profiles that could be behind the samples reach it."""
    best = max(score.reached, key=lambda name: score.reached[name])
    return best if score.reached[best] >= REACHED_OFTEN else f"not decided ({best}: {score.reached[best]:.0%} of draws)"


def _beside(report: StudyReport) -> list[str]:
    if not report.beside:
        return []
    rows = (
        (
            each.game,
            each.spec,
            each.refused if each.nash_conv is None else f"{each.nash_conv:.3f}",
            ", ".join(f"{n} of {name}" for name, n in each.reached.items()) or "-",
        )
        for each in report.beside
    )
    return ["Beside them, exactly:", _table(("game", "policy", "NashConv", "seeds that reach it"), rows)]


def _departures(report: StudyReport) -> list[str]:
    """The strongest cause of each play, and what else has weight."""
    rows = []
    for score in report.scores:
        first, *others = score.explanation.causes
        also = ", ".join(f"{cause.cause} {cause.strength:.0%}" for cause in others if cause.strength >= NEGLIGIBLE)
        rows.append(
            (score.play.game.label, score.play.settings.model.name, score.play.settings.frame.name,
             "why this one" if score.explanation.arrived else "why none", f"{first.cause} {first.strength:.0%}",
             first.evidence, "; ".join(first.where) or "-", also or "-")
        )  # fmt: skip
    head = ("game", "model", "frame", "question", "strongest cause", "evidence", "where", "also")
    return [
        "## Departures",
        "In the words of `olivebranch explain` (docs/explain.md), as far as play alone can tell: what makes the "
        "observed shares no equilibrium, or why they are this one.",
        _table(head, rows),
    ]


def _events(report: StudyReport) -> list[str]:
    said = []
    for title, name in (("Escalations in a play", "escalations"), ("Talks open", "talks")):
        rows = []
        for score in report.scores:
            found: dict[str, Estimate] = getattr(score, name)
            if not found:
                continue
            others = ", ".join(f"{key} {value.value:.3f}" for key, value in found.items() if key != MODEL)
            rows.append(
                (score.play.game.label, score.play.settings.model.name, score.play.settings.frame.name,
                 _estimate(found[MODEL]), others or "none is known")
            )  # fmt: skip
        if rows:
            said += [f"## {title}", _table(("game", "model", "frame", "as the model plays", "in equilibrium"), rows)]
    return said


def _invariance(report: StudyReport) -> list[str]:
    if not report.invariances:
        return []
    rows = (
        (
            each.game,
            each.model,
            ", ".join(each.frames),
            f"{each.moved:.3f} ({each.where})",
            f"{each.by_chance:.3f}",
            f"{each.p:.3f}",
        )
        for each in report.invariances
    )
    head = ("game", "model", "frames", "most that play moves", "exceeded by chance in 5 %", "p")
    return [
        "## Frame invariance",
        "The game is the same in every frame; only words, labels and order differ. The largest total variation "
        "distance "
        "between two frames in one situation stands beside what sampling alone would bring.",
        _table(head, rows),
    ]


def _claims(report: StudyReport) -> list[str]:
    if not report.claims:
        return []
    rows = (
        (f"{each.claim.key} {each.claim.title}", each.game, each.model, each.frame, each.claim.says,
         _estimate(each.difference), each.verdict)
        for each in report.claims
    )  # fmt: skip
    head = ("claim", "game", "model", "frame", "what it expects", "difference", "as the model plays")
    return ["## The claims", _table(head, rows)]


def _beliefs(report: StudyReport) -> list[str]:
    rows = [
        (
            score.play.game.label, score.play.settings.model.name, score.play.settings.frame.name,
            f"{belief.player} about {belief.about} being {belief.type}, after: {belief.history}",
            "no answer" if belief.stated is None else f"{belief.stated:.2f} ± {belief.spread:.2f}",
            f"{belief.prior:.2f}", "never reached" if belief.bayes is None else f"{belief.bayes:.2f}",
        )
        for score in report.scores
        for belief in score.play.beliefs
    ]  # fmt: skip
    behind = [
        (
            score.play.game.label,
            score.play.settings.model.name,
            score.play.settings.frame.name,
            f"after {each.message}",
            "never sent" if each.bayes is None else f"{each.bayes:.2f}",
            "no belief"
            if each.rationalising is None
            else f"[{each.rationalising[0]:.2f}, {each.rationalising[1]:.2f}]",
        )
        for score in report.scores
        for each in score.replies
    ]
    replies = [
        "Probabilities of the high type that would justify the model's own replies, to within 0.01 of the stake:",
        _table(("game", "model", "frame", "message", "Bayes' rule from its own play", "justified by"), behind),
    ]
    if not rows:
        return ["## Beliefs", *replies] if behind else []
    head = ("game", "model", "frame", "question", "stated", "prior", "Bayes' rule from its own play")
    return ["## Beliefs", _table(head, rows), *(replies if behind else [])]


def _repeated(report: StudyReport) -> list[str]:
    rows = [
        (
            score.play.game.label,
            score.play.settings.model.name,
            score.play.settings.frame.name,
            str(number),
            _estimate(estimate),
        )
        for score in report.scores
        for number, estimate in enumerate(repeated_scores(score.play), 1)
    ]
    return (
        ["## Repeated play with feedback", _table(("game", "model", "frame", "round", "NashConv"), rows)]
        if rows
        else []
    )


def _label_verdict(labels: LabelPlay) -> str:
    return f"refused: {labels.refused}" if labels.refused else f"used; smallest p of the checks {labels.least_p:.3f}"


def _labels(report: StudyReport) -> list[str]:
    rows = [
        (score.play.game.label, score.play.settings.model.name, score.play.settings.frame.name,
         _label_verdict(score.play.labels))
        for score in report.scores
        if score.play.labels is not None
    ]  # fmt: skip
    return ["## Log-probabilities", _table(("game", "model", "frame", "verdict"), rows)] if rows else []
