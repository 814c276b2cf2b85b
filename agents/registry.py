"""Every way to name a learner: one text, its *kind*, which stands in the ``learner`` section of a config.

===========================  =========================================================================================
kind                         what it names
===========================  =========================================================================================
``q-learning``               one of ours
``my_learner.py:Mine``       a class in a file of the working directory (docs/learners.md says what it must have)
``my_package.learn:Mine``    the same in a module on the Python path
any other name               one that an installed distribution declares in the entry-point group
                             ``olivebranch.learners``
===========================  =========================================================================================

One of ours is a module of a family's folder, and its kind is the module's name with hyphens (``-plus`` at the end is
written ``+``). It is found here by itself, so a new learner is one file; to know the names, no learner is imported.
What the learners of a family share is in the folder ``parts``.
"""

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Annotated, get_args

from pydantic import BeforeValidator, SerializeAsAny, ValidationError, create_model

import olivebranch.agents as agents
from olivebranch.agents.learner import Answer, Learner, LearnerClass
from olivebranch.agents.settings import Settings
from olivebranch.agents.validation import first_error
from olivebranch.core.errors import ParameterError, one_of
from olivebranch.core.extras import import_for
from olivebranch.core.plugins import Code, entry_point, entry_point_names, is_plugin, load_plugin
from olivebranch.games.base import CompiledGame

ENTRY_POINTS = "olivebranch.learners"
FAMILIES: Mapping[str, str] = {"tabular": "", "tree": "", "deep": "", "sb3": "sb3-"}  # folder: how its kinds begin
METHODS = ("update", "policies", "state", "restore")


@dataclass(frozen=True)
class FoundLearner:
    """A learner that somebody named.

    Attributes:
        kind: by which it was named.
        learner: the class.
        settings: the class of its settings, which has a field ``kind``.
        code: where it is a user's own.
    """

    kind: str
    learner: LearnerClass
    settings: type[Settings]
    code: Code | None = None

    @property
    def answer(self) -> Answer:
        """Which of its policies the learner is judged by: what its class says, else ``last``."""
        answer: Answer = getattr(self.learner, "answer", "last")
        return answer


def learner_kinds(family: str | None = None) -> tuple[str, ...]:
    """The kinds of all our learners, or of those of one family (a folder), sorted."""
    return tuple(sorted(kind for kind, (folder, _) in _modules().items() if family in (None, folder)))


def find_learner(kind: str, key: str = "kind") -> FoundLearner:
    """The learner of that kind; see the module for what a kind may be.

    Args:
        kind: by which a config asks for it.
        key: what errors name.

    Raises:
        ParameterError: there is none, it cannot be imported, or its class lacks what a learner has.
    """
    if kind in _modules():
        return _shipped(kind)
    spec = kind if is_plugin(kind) else entry_point(ENTRY_POINTS, kind)
    if spec is None:
        raise ParameterError(key, kind, _known_kinds(kind))
    found, code = load_plugin(key, spec, "a class of learners", lambda found: isinstance(found, type))
    learner = _checked(found, key, kind)
    return FoundLearner(kind, learner, _with_kind(learner.settings_class), code)


def parse_settings(values: object) -> Settings:
    """The settings that a mapping with the key ``kind`` describes, every default filled in.

    Raises:
        ParameterError: the learner is not known, or a value does not fit its settings.
        ValueError: ``values`` are no mapping.
    """
    if isinstance(values, Settings):
        return values
    if not isinstance(values, Mapping):
        raise ValueError("a mapping of keys to values")
    kind = values.get("kind")
    if not isinstance(kind, str):
        raise ParameterError("kind", kind, _known_kinds(kind))
    settings = find_learner(kind).settings
    try:
        return settings.model_validate(dict(values))
    except ValidationError as error:
        raise first_error(settings, error, "") from None


LearnerSettings = Annotated[SerializeAsAny[Settings], BeforeValidator(parse_settings)]


def make_learner(game: CompiledGame, settings: Settings, seed: int) -> Learner:
    """The learner that ``settings`` describe. Raises :class:`ParameterError` where their kind is not known."""
    return find_learner(settings.kind).learner(game, settings, seed)


def _known_kinds(value: object) -> str:
    return one_of([*learner_kinds(), *entry_point_names(ENTRY_POINTS), "module:Class", "file.py:Class"], value)


@cache
def _modules() -> Mapping[str, tuple[str, str]]:
    """Family and module of each of our learners, by kind."""
    found = {}
    for family, beginning in FAMILIES.items():
        for module in pkgutil.iter_modules([f"{folder}/{family}" for folder in agents.__path__]):
            if not module.ispkg:
                name = beginning + module.name.replace("_", "-")
                kind = f"{name.removesuffix('-plus')}+" if name.endswith("-plus") else name
                found[kind] = (family, f"{agents.__name__}.{family}.{module.name}")
    return found


@cache
def _shipped(kind: str) -> FoundLearner:
    """One of ours: the one class of learners that its module defines."""
    module = import_for(f"the learner {kind!r}", _modules()[kind][1])
    (own,) = (found for found in vars(module).values() if _defines(module, found))
    learner = _checked(own, "kind", kind)
    return FoundLearner(kind, learner, learner.settings_class)


def _defines(module: ModuleType, found: object) -> bool:
    return isinstance(found, type) and found.__module__ == module.__name__ and hasattr(found, "settings_class")


def _checked(found: object, key: str, kind: str) -> LearnerClass:
    """``found`` as a class of learners. Raises :class:`ParameterError`, which says what it lacks."""
    assert isinstance(found, type)
    missing = [name for name in METHODS if not callable(getattr(found, name, None))]
    missing += ["total_updates"] if not hasattr(found, "total_updates") else []
    if missing:
        raise ParameterError(key, kind, f"a class of learners, and it has no {' and no '.join(missing)}")
    settings = getattr(found, "settings_class", None)
    if not (isinstance(settings, type) and issubclass(settings, Settings)):
        raise ParameterError(
            key, kind, "a class of learners whose settings_class is a subclass of olivebranch.agents.settings.Settings"
        )
    answer = getattr(found, "answer", "last")
    if answer not in get_args(Answer):
        raise ParameterError(key, kind, f"a class of learners whose answer is {one_of(get_args(Answer), answer)}")
    learner: LearnerClass = found  # type: ignore[assignment]  # checked above; how it is made shows when it is
    return learner


class _Named(Settings):
    kind: str


@cache
def _with_kind(settings: type[Settings]) -> type[Settings]:
    """``settings`` with a field for the kind, first of all, where it has none."""
    if "kind" in settings.model_fields:
        return settings
    named: type[Settings] = create_model(settings.__name__, __base__=(settings, _Named), __module__=settings.__module__)
    return named
