"""The play of a language model as a policy: usable wherever a policy is, and kept in a file like any other."""

from pathlib import Path
from typing import Any, ClassVar

from olivebranch.agents.language_model.playing import Connection, LimitReached, ModelPlay, folder_of, play_of
from olivebranch.agents.language_model.settings import PlayerSettings
from olivebranch.agents.policies.lookup import LookupPolicy, lookup_policies
from olivebranch.core.errors import ParameterError
from olivebranch.core.extras import import_for
from olivebranch.core.files import waiting_in
from olivebranch.games.base import FloatArray
from olivebranch.games.information import Float32Array
from olivebranch.games.registry import NamedGame


class LanguageModelPolicy(LookupPolicy):
    """What a model did in one seat: the mixtures that its answers amount to. It asks nothing any more.

    Args:
        seat, observations, probabilities: see :class:`LookupPolicy`.
        model: the name by which the server knows the model.
        frame: the name of the frame in which it was asked.
    """

    kind: ClassVar[str] = "language-model"

    def __init__(
        self, seat: int, observations: Float32Array, probabilities: FloatArray, model: str, frame: str
    ) -> None:
        super().__init__(seat, observations, probabilities)
        self.model, self.frame = model, frame

    def description(self) -> dict[str, Any]:
        """What a file says about it, beside :meth:`tensors`."""
        return {**super().description(), "model": self.model, "frame": self.frame}

    @classmethod
    def rebuild(cls, description: dict[str, Any], tensors: dict[str, Any]) -> "LanguageModelPolicy":
        """The inverse of :meth:`description` and :meth:`tensors`."""
        seat, model, frame = int(description["seat"]), str(description["model"]), str(description["frame"])
        return cls(seat, tensors["observations"], tensors["probabilities"], model, frame)


def policies_of_play(play: ModelPlay) -> tuple[LanguageModelPolicy, ...]:
    """One policy a seat that plays as the model did; uniform in situations that it was not asked about."""
    model, frame = play.settings.model.model, play.settings.frame.name
    return tuple(
        LanguageModelPolicy(each.seat, each.observations, each.probabilities, model, frame)
        for each in lookup_policies(play.profile)
    )


def language_model_policies(path: str, game: NamedGame) -> tuple[LanguageModelPolicy, ...]:
    """The policies that ``language-model:PATH`` names: the model of a YAML file is asked, if its transcript does not
    answer already.

    Raises:
        ParameterError: see :func:`~olivebranch.agents.language_model.playing.play_of`; or the server does not answer.
    """
    trouble = import_for("a language model", "olivebranch.agents.language_model.client").ServerTrouble
    settings = PlayerSettings.read(Path(path))
    folder = folder_of(game, settings)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with waiting_in(folder.with_name(f"{folder.name}.lock")):  # processes that train against it ask at once
            return policies_of_play(play_of(game, settings, Connection()))
    except LimitReached as error:
        raise ParameterError("ask", path, f"limits that allow an answer ({error})") from None
    except trouble as error:
        raise ParameterError("language model", path, f"a server that answers ({error})") from None
