"""A submission: a folder of policy tables and a manifest, from which every number can be computed again by anybody.

==============================  ======================================================================================
``manifest.yaml``               format, name, track, budget, answer, settings, versions, and, for each table, its
                                game, seed, SHA-256 and the NashConv that it claims
``GAME/seed-0000/*.table``      the tables, see :mod:`olivebranch.train.benchmark.table`
==============================  ======================================================================================

Every learner of a benchmark folder leaves such a folder (``runs/LEARNER/BUDGET``), so that our own figures go through
the same door as a stranger's. Reading a submission runs no code of its author's.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.agents.policies.registry import find_policies
from olivebranch.core.errors import ParameterError, one_of
from olivebranch.core.files import write_bytes
from olivebranch.eval.benchmark.judging import JudgedGame, Judgement
from olivebranch.train.benchmark.table import NAME, read_table, write_table
from olivebranch.train.benchmark.tracks import TRACKS, Budget
from olivebranch.train.config import read_values
from olivebranch.train.provenance import provenance

FORMAT = "olivebranch-submission-1"
MANIFEST = "manifest.yaml"
AGREEMENT = 1e-12  # between what is claimed and what is computed again
KEYS = ("format", "name", "track", "budget", "answer", "settings", "versions", "commit", "command", "code", "tables")
NO_BUDGET = "none"  # of a policy that was written down, not learned

Report = Callable[[int, int], None]


@dataclass(frozen=True)
class Scored:
    """One table of a submission, judged.

    Attributes:
        name, track, budget: of the submission.
        game: in which.
        seed: of the run.
        judgement: what it is worth.
        claimed: the NashConv that the manifest says.
    """

    name: str
    track: str
    budget: str
    game: JudgedGame
    seed: int
    judgement: Judgement
    claimed: float


def write_manifest(
    folder: Path,
    *,
    name: str,
    track: str,
    budget: str,
    answer: str,
    settings: Mapping[str, Any],
    games: Mapping[str, JudgedGame],
    code: Sequence[Mapping[str, str]] = (),
    command: str = "",
    record: Mapping[str, Any] | None = None,
) -> dict[tuple[str, int], Judgement]:
    """Judge the tables in a folder and write the manifest that goes with them.

    Args:
        folder: which holds ``GAME/seed-0000/answer.table``.
        name, track, budget, answer, settings, code: what the manifest says.
        games: in which the tables are judged, by name; a folder of another name is refused.
        command: by which this was made.
        record: versions, commit and command, where they are known already.

    Returns:
        The judgements, by game and seed.

    Raises:
        ParameterError: there is no table, one is damaged, or one is of a game that is not among ``games``.
    """
    found: dict[tuple[str, int], Judgement] = {}
    tables = []
    for path in sorted(folder.glob(f"*/seed-*/{NAME}")):
        game, seed = path.parent.parent.name, int(path.parent.name.removeprefix("seed-"))
        if game not in games:
            raise ParameterError("game", game, one_of(games, game))
        judged = games[game].judge(read_table(games[game].tree, path, games[game].sha256))
        found[game, seed] = judged
        content = path.read_bytes()
        tables.append(
            {"game": game, "seed": seed, "sha256": hashlib.sha256(content).hexdigest(), "nash_conv": judged.nash_conv}
        )
    if not tables:
        raise ParameterError("submission", str(folder), f"tables GAME/seed-0000/{NAME}")
    manifest = {
        "format": FORMAT,
        "name": name,
        "track": track,
        "budget": budget,
        "answer": answer,
        "settings": dict(settings),
        **(record or provenance(command)),
        "code": list(code),
        "tables": tables,
    }
    write_bytes(
        folder / MANIFEST, yaml.safe_dump(manifest, sort_keys=False, width=200, default_flow_style=None).encode()
    )
    return found


def submit_policy(
    spec: str, folder: Path, games: Mapping[str, JudgedGame], *, name: str, track: str, command: str = ""
) -> Path:
    """Write down a policy, such as ``module:function``, in every game as a submission.

    Args:
        spec: a policy spec (:mod:`olivebranch.agents.policies.registry`).
        folder: of the submission; must not hold anything.
        games: by name.
        name: of the submission.
        track: in which it takes part.
        command: by which this was made.

    Raises:
        ParameterError: the folder holds something, or the policy does not answer in one of the games.
    """
    require_empty(folder)
    code: dict[str, str] | None = None
    for game in games.values():
        found = find_policies(spec, game.game, "submission")
        try:
            profile = behaviour_of(game.tree, found.one("submission"))
        except ParameterError:
            raise
        except (ValueError, IndexError, RuntimeError) as error:
            message = " ".join(str(error).split())
            raise ParameterError("submission", spec, f"a policy of the game {game.name!r} ({message})") from error
        path = folder / game.name / "seed-0000" / NAME
        path.parent.mkdir(parents=True)
        write_table(profile, path, game.sha256)
        code = {"spec": found.code.spec, "sha256": found.code.sha256} if found.code is not None else None
    write_manifest(
        folder,
        name=name,
        track=track,
        budget=NO_BUDGET,
        answer="last",
        settings={"policy": spec},
        games=games,
        code=[code] if code is not None else [],
        command=command,
    )
    return folder


def require_empty(folder: Path) -> None:
    """Raises :class:`ParameterError` where a folder holds something already."""
    if folder.exists() and any(folder.iterdir()):
        raise ParameterError("output", str(folder), "a folder that does not exist yet, or is empty")


def rescore(folder: Path, games: Mapping[str, JudgedGame], report: Report = lambda done, total: None) -> list[Scored]:
    """Compute everything again from the tables of a submission.

    Args:
        folder: of the submission.
        games: in which it is judged, by name.
        report: called with the tables done, and all there are.

    Raises:
        ParameterError: the manifest cannot be read; a table is missing, is not the one of the manifest, is of another
            game than it says, or is not worth what is claimed, to 1e-12; a table is there twice.
    """
    manifest = read_manifest(folder)
    found: list[Scored] = []
    seen: set[tuple[str, int]] = set()
    for entry in manifest["tables"]:
        game, seed = str(entry["game"]), int(entry["seed"])
        if game not in games:
            raise ParameterError(f"{folder / MANIFEST}: game", game, one_of(games, game))
        if (game, seed) in seen:
            raise ParameterError(f"{folder / MANIFEST}: tables", f"{game}, seed {seed}", "each game and seed once")
        seen.add((game, seed))
        path = folder / games[game].name / f"seed-{seed:04d}" / NAME
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ParameterError("table", str(path), f"a file that can be read ({error.strerror})") from None
        digest = hashlib.sha256(content).hexdigest()
        if digest != entry["sha256"]:
            raise ParameterError("table", str(path), f"the SHA-256 of the manifest, {entry['sha256']}; it is {digest}")
        judged = games[game].judge(read_table(games[game].tree, path, games[game].sha256))
        claimed = float(entry["nash_conv"])
        if not abs(judged.nash_conv - claimed) <= AGREEMENT * max(1.0, abs(claimed)):
            raise ParameterError(
                "table", str(path), f"a NashConv of {claimed!r}, as is claimed; it is {judged.nash_conv!r}"
            )
        found.append(
            Scored(manifest["name"], manifest["track"], manifest["budget"], games[game], seed, judged, claimed)
        )
        report(len(found), len(manifest["tables"]))
    return found


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a submission. Raises :class:`ParameterError`."""
    path = folder / MANIFEST
    if not path.is_file():
        raise ParameterError(
            "submission", str(folder), f"a folder with a {MANIFEST}; olivebranch benchmark submit makes it"
        )
    values = read_values(path)
    for key in KEYS:
        if key not in values:
            raise ParameterError(f"{path}: {key}", None, "a value, but it is missing")
    if values["format"] != FORMAT:
        raise ParameterError(f"{path}: format", values["format"], FORMAT)
    if values["track"] not in TRACKS:
        raise ParameterError(f"{path}: track", values["track"], one_of(TRACKS, values["track"]))
    if values["budget"] != NO_BUDGET:
        Budget.from_label(str(values["budget"]))
    entries = values["tables"]
    if not isinstance(entries, list) or not all(
        isinstance(entry, dict) and {"game", "seed", "sha256", "nash_conv"} <= entry.keys() for entry in entries
    ):
        raise ParameterError(f"{path}: tables", "...", "a list of mappings with game, seed, sha256 and nash_conv")
    return values
