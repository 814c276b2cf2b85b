"""The section "Results" of docs/claims-learned.md, and what two ledgers disagree on."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from olivebranch.core.errors import ParameterError
from olivebranch.core.files import write_bytes
from olivebranch.theory.claims.play import PLACES
from olivebranch.theory.claims.reading import READINGS
from olivebranch.train.ledger.config import LedgerConfig

MARKER = "<!-- results: written by `olivebranch claims --page`; do not edit below -->"
Entry = Mapping[str, Any]


def results(config: LedgerConfig, report: Sequence[Entry]) -> str:
    """All results as Markdown."""
    return "\n".join(_lines(config, report)) + "\n"


def write_page(path: Path, config: LedgerConfig, report: Sequence[Entry]) -> None:
    """Replace what follows the marker in a page; the protocol above it stays as it is.

    Raises:
        ParameterError: the file cannot be read, or has no marker.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterError("page", str(path), f"a page to complete ({error})") from None
    if MARKER not in text:
        raise ParameterError("page", str(path), f"a page with the line {MARKER}")
    write_bytes(path, (text[: text.index(MARKER)] + MARKER + "\n\n" + results(config, report)).encode())


def differences(ours: Sequence[Entry], theirs: Sequence[Entry]) -> list[dict[str, str]]:
    """Where two ledgers give other verdicts: ``claim``, ``of`` (a learner, ``all learners`` or a reading), ``here`` and
    ``there``; learners that one of them lacks are left out."""
    found = []
    for one, other in zip(ours, theirs, strict=True):
        pairs = [("all learners", one["learned"]["verdict"], other["learned"]["verdict"])]
        pairs += [(f"theory, {r}", one["theory"]["verdicts"][r], other["theory"]["verdicts"][r]) for r in READINGS]
        shared = [name for name in one["learned"]["learners"] if name in other["learned"]["learners"]]
        rows = [entry["learned"]["learners"] for entry in (one, other)]
        pairs += [(name, rows[0][name]["verdict"], rows[1][name]["verdict"]) for name in shared]
        found += [
            {"claim": one["claim"], "of": of, "here": str(here), "there": str(there)}
            for of, here, there in pairs
            if here != there
        ]
    return found


def _lines(config: LedgerConfig, report: Sequence[Entry]) -> Iterator[str]:
    wars = ", ".join(f"{count:,} with T = {horizon}" for horizon, count in sorted(config.wars.items()))
    yield "## Results"
    yield ""
    yield (
        f"Master seed {config.seed}; {config.games:,} games in each sample; wars inside: {wars}; {config.patrons:,} "
        f"with a patron; {config.elsewhere:,} at each edge and outside; {config.draws:,} draws for each check of the "
        "theory column."
    )
    yield ""
    yield "### Verdicts"
    yield ""
    yield "| claim | PBE | D1 | passive | logit limit | learned | agree / depart / undecided |"
    yield "|---|---|---|---|---|---|---|"
    for entry in report:
        verdicts = [row["verdict"] for row in entry["learned"]["learners"].values()]
        counts = " / ".join(str(verdicts.count(verdict)) for verdict in ("agrees", "departs", "undecided"))
        theory = " | ".join(entry["theory"]["verdicts"][reading] or "–" for reading in READINGS)
        yield f"| {entry['claim']} {entry['title']} | {theory} | **{entry['learned']['verdict']}** | {counts} |"
    for entry in report:
        yield ""
        yield f"### {entry['claim']} {entry['title']}"
        for statement in entry["theory"]["statements"]:
            yield from _statement(entry, statement)


def _statement(entry: Entry, statement: Entry) -> Iterator[str]:
    key = statement["key"]
    yield ""
    yield f"**{key}: {statement['event']}.** Theory: the share of games in which some, and every, equilibrium has it."
    yield ""
    yield "| games | " + " | ".join(READINGS) + " |"
    yield "|---" * (1 + len(READINGS)) + "|"
    for place in PLACES:
        answers = [statement["shares"][place][reading] for reading in READINGS]
        yield f"| {place} | " + " | ".join(_answer(answer) for answer in answers) + " |"
    yield ""
    learners = {name: row["statements"][key] for name, row in entry["learned"]["learners"].items()}
    changes = any("change_of_talks" in row for row in learners.values())
    split = "inside_forced" in next(iter(learners.values()))
    columns = ["learner", "games", *PLACES, "inside less outside"]
    columns += ["inside, every equilibrium", "inside, not every"] if split else []
    columns += ["change of Pr(talks), inside"] if changes else []
    yield "| " + " | ".join([*columns, "verdict"]) + " |"
    yield "|---" * (len(columns) + 1) + "|"
    for name, row in learners.items():
        cells = [
            name,
            f"{row['inside']['games']:,}",
            *(_share(row[place]) for place in PLACES),
            _share(row["difference"]),
        ]
        if split:
            cells += [_share(row["inside_forced"]), _share(row["inside_free"])]
        if changes:
            value = row.get("change_of_talks")
            cells.append("–" if value is None else f"{value[0]:+.2f} [{value[1]:+.2f}, {value[2]:+.2f}]")
        yield "| " + " | ".join([*cells, row["verdict"]]) + " |"
    if key in ("C10.1", "C11.1"):
        yield from _wars(key, entry, learners)


def _wars(key: str, entry: Entry, learners: Mapping[str, Entry]) -> Iterator[str]:
    rows = {f"{solver} (theory)": found for solver, found in entry["theory"]["numerical"].items()}
    rows |= {name: row["horizons"] for name, row in learners.items()}
    horizons = sorted(next(iter(rows.values())), key=int)
    for horizon in horizons:
        yield ""
        if key == "C10.1":
            yield f"Hazard of a first offer, T = {horizon}, mean over sides: resilient; weak. NashConv: median."
            yield ""
            yield "| who | " + " | ".join(f"period {t}" for t in range(1, int(horizon) + 1)) + " | NashConv |"
            yield "|---" * (int(horizon) + 2) + "|"
            for name, found in rows.items():
                hazard = found[horizon]["hazard"]
                pairs = zip(hazard["resilient"], hazard["weak"], strict=True)
                cells = [f"{_interval(strong)}; {_interval(weak)}" for strong, weak in pairs]
                yield "| " + " | ".join([name, *cells, _gap(found[horizon]["nash_conv"])]) + " |"
        else:
            yield "After the patron's aid; after its push, where both occur. NashConv: median."
            yield ""
            yield "| who | belief that it is resolute | the opponent escalates | the opponent offers | NashConv |"
            yield "|---|---|---|---|---|"
            for name, found in rows.items():
                cells = [
                    "; ".join(_interval(found[horizon][what][move]) for move in ("after_aid", "after_push"))
                    for what in ("belief_resolute", "opponent_escalates", "opponent_offers")
                ]
                yield "| " + " | ".join([name, *cells, _gap(found[horizon]["nash_conv"])]) + " |"


def _answer(answer: Entry | None) -> str:
    if answer is None or answer["some"] is None:
        return "–"
    left_out = f" ({answer['undecided']} undecided)" if answer["undecided"] else ""
    return f"{answer['some']:.2f}, {answer['every']:.2f}{left_out}"


def _share(share: Entry) -> str:
    return "–" if share["value"] is None else f"{share['value']:.2f} [{share['low']:.2f}, {share['high']:.2f}]"


def _interval(value: Sequence[float] | None) -> str:
    return "–" if value is None else f"{value[0]:.2f} [{value[1]:.2f}, {value[2]:.2f}]"


def _gap(value: float | None) -> str:
    return "–" if value is None else f"{value:.1e}"
