"""From a config and a game to the play of a language model: asked, or taken from its transcript."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from olivebranch.agents.language_model.asking import Asker, Spent, estimate
from olivebranch.agents.language_model.beliefs import StatedBelief, stated_beliefs
from olivebranch.agents.language_model.elicitation import Elicitation, Elicited, planned_asks
from olivebranch.agents.language_model.episodes import Play
from olivebranch.agents.language_model.label_probabilities import LabelPlay, label_play, profile_of
from olivebranch.agents.language_model.settings import PlayerSettings
from olivebranch.agents.language_model.text_agent import TextAgent
from olivebranch.agents.language_model.texts.prompts import Prompter
from olivebranch.agents.language_model.transcript import Transcript
from olivebranch.agents.policies.registry import find_policies
from olivebranch.core.errors import ParameterError
from olivebranch.core.extras import import_for
from olivebranch.core.files import alone_in
from olivebranch.games.information import Policy
from olivebranch.games.registry import NamedGame
from olivebranch.theory.tree.histories import GameTree, TreeTooLarge, unroll
from olivebranch.theory.tree.profiles import BehaviourProfile

TRANSCRIPT = "transcript.jsonl"


class LimitReached(Exception):
    """A limit allows no answer at all; the message says which."""


@dataclass(frozen=True)
class Connection:
    """How a model may be reached.

    Attributes:
        offline: play again from transcripts, and send nothing.
        allow_hosts: hosts other than this machine to which a key may be sent.
        agent: asked instead of a server: a function from the text of a question to the answer.
        watch: called after each new answer with the number of answers and of those that are expected.
    """

    offline: bool = False
    allow_hosts: tuple[str, ...] = ()
    agent: Callable[[str], str] | None = None
    watch: Callable[[int, int], None] = lambda answered, expected: None


@dataclass(frozen=True)
class ModelPlay:
    """The play of a model in one frame of one game.

    Attributes:
        game, tree: the game.
        settings: the model, the frame, and how it was asked.
        folder: where the transcript is.
        elicited: what was sampled.
        profile: its play: the shares of what was sampled, or label probabilities that stood the check.
        labels: of the method ``label-probabilities``, else None.
        beliefs: what it says that it believes; empty unless asked.
        repeated: what was sampled in each round of repeated play; empty unless asked.
        spent: what all of it cost.
        faults: what went wrong since the start and was tried again, by name.
    """

    game: NamedGame
    tree: GameTree
    settings: PlayerSettings
    folder: Path
    elicited: Elicited
    profile: BehaviourProfile
    labels: LabelPlay | None
    beliefs: tuple[StatedBelief, ...]
    repeated: tuple[Elicited, ...]
    spent: Spent
    faults: dict[str, int]

    @property
    def sampled(self) -> bool:
        """Whether ``profile`` comes from samples, so that intervals follow from their number."""
        return self.labels is None or bool(self.labels.refused)


def folder_of(game: NamedGame, settings: PlayerSettings) -> Path:
    """Where the transcript of a model in a frame of a game is kept."""
    said = json.dumps([game.kind, _plain(game.parameters.as_dict())], sort_keys=True, default=str)
    mark = sha256(said.encode()).hexdigest()[:8]
    return Path(settings.folder) / f"{settings.model.name}_{settings.frame.name}_{game.label}-{mark}"


def estimate_of(game: NamedGame, settings: PlayerSettings) -> Spent:
    """What asking would cost at most if nothing is answered yet, limits left aside.

    Repeated play and episodes are counted without the growing conversation of their later stages.
    """
    tree, ask = _tree(game), settings.ask
    asker = Asker(settings.model, ask, _Nothing(), None)  # type: ignore[arg-type]
    samples = {"samples": ask.samples, "label-probabilities": ask.samples + 6, "episodes": 0}[ask.method]
    prompter = Prompter(game, settings.frame)
    asks = list(planned_asks(tree, prompter, asker, max(samples, 1)))
    one = asks[: max(1, len(asks) // max(samples, 1))]
    if ask.method == "episodes":
        asks = [one[k % len(one)] for k in range(ask.episodes * tree.n_stages)]
    asks += [one[k % len(one)] for k in range(ask.repeated * ask.repetitions * tree.n_stages)]
    if ask.beliefs:
        asks += [one[k % len(one)] for k in range(12 * ask.belief_samples)]
    return estimate(settings.model, asks)


class _Nothing:
    """A transcript without answers, for estimates."""

    records: dict[str, Any] = {}  # noqa: RUF012 - never written


def play_of(
    game: NamedGame,
    settings: PlayerSettings,
    connection: Connection | None = None,
) -> ModelPlay:
    """Ask a model for its play in a game, going on where an earlier process stopped.

    Args:
        game: any game whose tree fits into memory.
        settings: the model, the frame, and how to ask.
        connection: how the model may be reached.

    Raises:
        ParameterError: the frame does not fit the game, the key is missing or may not be sent, the transcript does not
            answer a question offline, or no answer at all is a move.
        ServerTrouble: the server does not answer.
        LimitReached: a limit was reached before there was an answer.
    """
    connection = connection or Connection()
    tree, ask = _tree(game), settings.ask
    prompter = Prompter(game, settings.frame)
    folder = folder_of(game, settings)
    if not connection.offline:
        folder.mkdir(parents=True, exist_ok=True)
    elif not folder.is_dir():
        raise ParameterError("transcript", str(folder / TRANSCRIPT), "a transcript to play again from")
    client: Any = None
    with alone_in(folder), Transcript(folder / TRANSCRIPT, connection.offline) as transcript:
        if connection.agent is not None and not connection.offline:
            client = TextAgent(connection.agent)
        elif not connection.offline:
            module = import_for("a language model", "olivebranch.agents.language_model.client")
            client = module.ChatClient(settings.model, connection.allow_hosts)
        expected = estimate_of(game, settings).requests
        asker = Asker(settings.model, ask, transcript, client, lambda answered: connection.watch(answered, expected))
        try:
            return _played(game, tree, settings, folder, prompter, asker)
        finally:
            if client is not None:
                client.close()


def _played(
    game: NamedGame,
    tree: GameTree,
    settings: PlayerSettings,
    folder: Path,
    prompter: Prompter,
    asker: Asker,
) -> ModelPlay:
    ask, elicitation = settings.ask, Elicitation(tree, prompter, asker)
    others = _others(game, ask.opponent)
    labels: LabelPlay | None = None
    if ask.method == "episodes":
        elicited = Play(tree, prompter, asker, others, ask.seed).episodes(ask.episodes)
    else:
        if ask.method == "label-probabilities":
            labels = label_play(elicitation, ask.checked, ask.checks)
        if labels is None or labels.refused:
            elicited = (
                elicitation.adaptive(ask.samples, ask.rounds)
                if ask.allocation == "adaptive"
                else elicitation.even(ask.samples)
            )
        else:
            elicited = elicitation.result()
    profile = elicited.play.shares
    if labels is not None and not labels.refused:
        profile = profile_of(elicitation, labels.mixtures)
    elif not any(table.any() for table in elicited.play.stages):
        if asker.stopped:
            raise LimitReached(asker.stopped)
        raise ParameterError("language model", settings.model.name, f"an answer that is a move; {elicited.answers}")
    beliefs = stated_beliefs(elicitation, profile, ask.belief_samples) if ask.beliefs else ()
    repeated = (
        Play(tree, prompter, asker, others, ask.seed).repeated(ask.repeated, ask.repetitions) if ask.repeated else ()
    )
    return ModelPlay(
        game, tree, settings, folder, elicited, profile, labels, beliefs, repeated, asker.spent, dict(asker.faults)
    )


def _others(game: NamedGame, spec: str | None) -> list[Policy | None]:
    """By seat who plays it in episodes and repeated play: the named policy all but the first, None for the model."""
    if spec is None:
        return [None] * game.compiled.n_players
    return [None, *find_policies(spec, game, "opponent").one("opponent")[1:]]


def _tree(game: NamedGame) -> GameTree:
    try:
        return unroll(game.compiled)
    except TreeTooLarge as error:
        raise ParameterError("game", game.spec, f"a game whose tree fits ({error})") from None


def _plain(value: Any) -> Any:
    return {str(key): _plain(each) for key, each in value.items()} if hasattr(value, "items") else value
