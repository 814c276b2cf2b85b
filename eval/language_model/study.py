"""A study of language models: models by frames by games, each asked, scored and compared."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from olivebranch.agents.language_model.asking import Spent
from olivebranch.agents.language_model.playing import Connection, LimitReached, ModelPlay, estimate_of, play_of
from olivebranch.agents.language_model.policy import policies_of_play
from olivebranch.agents.language_model.settings import (
    AskSettings,
    ModelSettings,
    PlayerSettings,
    read_yaml,
    require_keys,
    section,
)
from olivebranch.agents.language_model.texts.frames import Frame
from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.agents.policies.registry import find_policies
from olivebranch.agents.policies.storage import save_policy
from olivebranch.core.errors import ParameterError
from olivebranch.eval.language_model.claims import PLAYED, ClaimPlay, PlayedClaim, decide
from olivebranch.eval.language_model.invariance import Invariance, invariance
from olivebranch.eval.language_model.scores import PlayScore, score
from olivebranch.games.registry import NamedGame, find_game
from olivebranch.games.talks import KIND as TALKS
from olivebranch.theory.equilibria.reference import NO_COMPONENT
from olivebranch.theory.talks.behaviour import TalksBehaviour
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import unroll

SECTION = "language_model"
TRANSCRIPTS = "transcripts"


@dataclass(frozen=True)
class StudyConfig:
    """What a study asks.

    Attributes:
        models, frames, games: every combination is asked.
        ask: how.
        claims: whether the claims are asked about, which takes further games.
        beside: policy specs that are shown beside the models.
    """

    models: tuple[ModelSettings, ...]
    frames: tuple[Frame, ...]
    games: tuple[NamedGame, ...]
    ask: AskSettings
    claims: bool
    beside: tuple[str, ...]

    @classmethod
    def read(
        cls, path: Path, games: Sequence[NamedGame] = (), changes: Sequence[tuple[str, Any]] = ()
    ) -> "StudyConfig":
        """From a YAML file with a section ``language_model``.

        Args:
            path: of the file.
            games: in place of those of the file, if any.
            changes: dotted keys below the section, with values.

        Raises:
            ParameterError: for whatever the file says wrong.
        """
        content = read_yaml(path)
        require_keys(content, {SECTION}, str(path))
        said = content[SECTION]
        if not isinstance(said, dict):
            raise ParameterError(SECTION, type(said).__name__, "a mapping")
        for key, value in changes:
            _change(said, key.removeprefix(f"{SECTION}."), value)
        require_keys(said, {"models", "frames", "games", "ask", "claims", "beside"}, SECTION)
        specs = _listed(said, "games", str) if not games else []
        claims = said.get("claims", False)
        if not isinstance(claims, bool):
            raise ParameterError("claims", claims, "true or false")
        config = cls(
            models=tuple(section(ModelSettings, each, "models") for each in _listed(said, "models", dict)),
            frames=tuple(section(Frame, each, "frames") for each in _listed(said, "frames", dict, [{}])),
            games=tuple(games) or tuple(find_game(spec) for spec in specs),
            ask=section(AskSettings, said.get("ask", {}), "ask"),
            claims=claims,
            beside=tuple(_listed(said, "beside", str, [])),
        )
        for name, names in (
            ("models", [model.name for model in config.models]),
            ("frames", [frame.name for frame in config.frames]),
            ("games", [game.label for game in config.games]),
        ):
            if len(set(names)) != len(names) or not names:
                raise ParameterError(name, names, "at least one, each of them once")
        return config


def _listed(said: Mapping[str, Any], name: str, kind: type, default: list[Any] | None = None) -> list[Any]:
    found = said.get(name, default)
    if not isinstance(found, list) or not all(isinstance(each, kind) for each in found):
        raise ParameterError(name, type(found).__name__, f"a list of {'mappings' if kind is dict else 'texts'}")
    return found


def _change(said: dict[str, Any], key: str, value: Any) -> None:
    *path, last = key.split(".")
    place = said
    for part in path:
        following = place.setdefault(part, {})
        if not isinstance(following, dict):
            raise ParameterError(key, value, f"a key of a mapping; {part} is none")
        place = following
    place[last] = value


@dataclass(frozen=True)
class Beside:
    """A policy that stands beside the models.

    Attributes:
        spec: by which it was named.
        game: in which.
        nash_conv: exact, as a mean over its seeds; None where it cannot play the game.
        reached: the components that its seeds reach, with how many do.
        behaviour: of the talks game its seeds' play; empty for others.
        refused: why it cannot play the game; empty if it can.
    """

    spec: str
    game: str
    nash_conv: float | None
    reached: dict[str, int]
    behaviour: tuple[TalksBehaviour, ...]
    refused: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**vars(self), "behaviour": [vars(each) for each in self.behaviour]}


@dataclass(frozen=True)
class StudyReport:
    """What a study found.

    Attributes:
        config: what was asked.
        scores: by model, frame and game.
        invariances: of each model and game with several frames.
        claims: empty unless they were asked about.
        beside: policies that stand beside the models.
        spent: what each part cost, changed games included.
        stopped: why the study ended early; empty if it did not.
        faults: what went wrong in this run and was tried again, by name; no part of the results.
    """

    config: StudyConfig
    scores: tuple[PlayScore, ...]
    invariances: tuple[Invariance, ...]
    claims: tuple[ClaimPlay, ...]
    beside: tuple[Beside, ...]
    spent: tuple[Spent, ...] = ()
    stopped: str = ""
    faults: Mapping[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "scores": [each.as_dict() for each in self.scores],
            "frame_invariance": [each.as_dict() for each in self.invariances],
            "claims": [each.as_dict() for each in self.claims],
            "beside": [each.as_dict() for each in self.beside],
            "spent": [each.as_dict() for each in self.spent],
            "stopped": self.stopped,
        }


@dataclass(frozen=True)
class Cell:
    """One model in one frame of one game, and the claim for which the game was changed."""

    game: NamedGame
    settings: PlayerSettings
    changed_for: PlayedClaim | None = None

    @property
    def name(self) -> str:
        """For progress."""
        changed = f", changed for {self.changed_for.key}" if self.changed_for else ""
        return f"{self.settings.model.name}, {self.settings.frame.name}, {self.game.label}{changed}"


def cells_of(config: StudyConfig, folder: Path) -> list[Cell]:
    """Everything that a study asks, in order."""
    found = []
    for model in config.models:
        for frame in config.frames:
            for game in config.games:
                settings = PlayerSettings(model=model, frame=frame, ask=config.ask, folder=str(folder / TRANSCRIPTS))
                found.append(Cell(game, settings))
                for claim in claims_about(game) if config.claims else ():
                    if (changed := changed_game(game, claim)) is not None:
                        plain = replace(settings, ask=replace(config.ask, beliefs=False, repeated=0))
                        found.append(Cell(changed, plain, claim))
    return found


def claims_about(game: NamedGame) -> list[PlayedClaim]:
    """The claims that a game is about."""
    return [claim for claim in PLAYED if type(game.parameters) is claim.game and claim.given(game.parameters)]


def changed_game(game: NamedGame, claim: PlayedClaim) -> NamedGame | None:
    """The other game of a claim about a change; None where there is none."""
    if claim.change is None:
        return None
    parameters: Any = game.parameters
    changed = claim.change(parameters)
    return None if changed is None else replace(game, parameters=changed, preset=None)


def estimate_study(config: StudyConfig, folder: Path) -> list[tuple[Cell, Spent]]:
    """What each part of a study would cost at most."""
    return [(cell, estimate_of(cell.game, cell.settings)) for cell in cells_of(config, folder)]


def run_study(
    config: StudyConfig,
    folder: Path,
    offline: bool = False,
    allow_hosts: tuple[str, ...] = (),
    report: Callable[[float, int, str], None] = lambda done, total, note: None,
) -> StudyReport:
    """Ask everything that is not answered yet, and score all of it.

    Args:
        config: what to ask.
        folder: of the study; transcripts and policies are kept in it.
        offline: play again from transcripts alone.
        allow_hosts: hosts other than this machine to which a key may be sent.
        report: called with how many parts are done, how many there are, and a note on the present one.

    Raises:
        ParameterError, ServerTrouble: see :func:`~olivebranch.agents.language_model.playing.play_of`.
    """
    cells = cells_of(config, folder)
    scores: list[PlayScore] = []
    claims: list[ClaimPlay] = []
    spent: list[Spent] = []
    faults: dict[str, int] = {}
    stopped = ""
    for number, cell in enumerate(cells):

        def watch(answered: int, expected: int, number: int = number, cell: Cell = cell) -> None:
            report(number + min(answered / max(expected, 1), 1.0), len(cells), f"{cell.name}, {answered} answers")

        watch(0, 1)
        connection = Connection(offline=offline, allow_hosts=allow_hosts, watch=watch)
        limits = left_of(config.ask, spent)
        try:
            if limits is None:
                raise LimitReached("the limits of the study are reached")
            asked = replace(limits, beliefs=cell.settings.ask.beliefs, repeated=cell.settings.ask.repeated)
            play = play_of(cell.game, replace(cell.settings, ask=asked), connection)
        except LimitReached as reached:
            stopped = f"{reached}; {len(cells) - number} of {len(cells)} parts were not asked, the first: {cell.name}"
            break
        spent.append(play.spent)
        for name, count in play.faults.items():
            faults[name] = faults.get(name, 0) + count
        if cell.changed_for is not None:
            claims.append(decide(cell.changed_for, scores[-1].play, play))
            continue
        scores.append(score(play))
        if not offline:
            _keep(folder, play)
        if config.claims:
            claims += [decide(claim, play) for claim in claims_about(cell.game) if claim.change is None]
    report(len(cells), len(cells), "comparing")
    groups = [
        [each for each in scores if each.play.settings.model == model and each.play.game == game]
        for model in config.models
        for game in config.games
    ]
    found = [each for each in map(invariance, groups) if each is not None]
    beside = [_beside(spec, game) for game in config.games for spec in config.beside]
    order = [claim.key for claim in PLAYED]
    claims.sort(key=lambda each: order.index(each.claim.key))
    return StudyReport(config, tuple(scores), tuple(found), tuple(claims), tuple(beside), tuple(spent), stopped, faults)


def left_of(ask: AskSettings, spent: Sequence[Spent]) -> AskSettings | None:
    """The settings with what the parts before leave of the limits of a study; None if that is nothing."""
    tokens = sum(each.input_tokens + each.output_tokens for each in spent)
    used = {"max_requests": sum(each.requests for each in spent), "max_tokens": tokens}
    left: dict[str, Any] = {
        name: getattr(ask, name) - value for name, value in used.items() if getattr(ask, name) is not None
    }
    if any(value < 1 for value in left.values()):
        return None
    if ask.max_cost is not None:
        left["max_cost"] = max(0.0, ask.max_cost - sum(each.cost for each in spent))
    return replace(ask, **left)


def _keep(folder: Path, play: ModelPlay) -> None:
    """Write the model's play down as policy files, one a seat."""
    place = folder / "policies" / play.folder.name
    place.mkdir(parents=True, exist_ok=True)
    for player, policy in zip(play.tree.game.game.players, policies_of_play(play), strict=True):
        save_policy(policy, place / f"{player}.safetensors")


def _beside(spec: str, game: NamedGame) -> Beside:
    from olivebranch.theory.equilibria.reference import reference_of

    try:
        found = find_policies(spec, game, "beside")
        tree, reference = unroll(game.compiled), reference_of(game)
        profiles = [behaviour_of(tree, each) for each in found.profiles]
    except ValueError as error:  # it is of another game: say so, and go on
        return Beside(spec, game.label, None, {}, (), " ".join(str(error).split()))
    names = [reference.nearest(profile).name_if_reached for profile in profiles]
    values = [evaluate(profile).nash_conv for profile in profiles]
    reached = {name: names.count(name) for name in (*reference.names, NO_COMPONENT) if name in names}
    behaviour = tuple(TalksBehaviour.of(profile) for profile in profiles) if game.kind == TALKS.name else ()
    return Beside(spec, game.label, sum(values) / len(values), reached, behaviour)
