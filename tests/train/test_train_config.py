"""The config schema: files, overrides, and errors of one line that name key, value and expectation."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from olivebranch.games import ParameterError
from olivebranch.games.registry import find_game, load_preset, preset_names
from olivebranch.games.talks import TalksParameters
from olivebranch.train.config import TrainConfig, apply_overrides, load_config, parse_config

FOLDER = Path(__file__).parents[2] / "configs"
# The other folders hold configs of other commands, with tests of their own.
TRAINED = ("demo", "findings", "learners", "talks", "war")
CONFIGS = [path for name in TRAINED for path in sorted((FOLDER / name).glob("*.yaml"))]


def values(**others: Any) -> dict[str, Any]:
    return {"name": "trial", "game": {"preset": "desperate-first"}, "learner": {"kind": "q-learning"}} | others


def test_defaults_fill_the_rest_and_round_trip_through_yaml() -> None:
    config = parse_config(values(seeds=3))
    assert config.seeds == (0, 1, 2)
    assert config.game.named().parameters_as(TalksParameters) == load_preset("desperate-first").parameters
    assert parse_config(yaml.safe_load(config.as_yaml())) == config
    assert "temperature" in config.as_yaml()


def test_parameters_may_be_given_outright() -> None:
    parameters = load_preset("desperate-first").parameters
    config = parse_config(values(game={"parameters": parameters.as_dict()}))
    assert config.game.named().parameters_as(TalksParameters) == parameters
    assert config.game.compile().game.name == "talks"


def test_overrides_are_dotted_and_read_as_yaml(tmp_path: Path) -> None:
    path = tmp_path / "trial.yaml"
    path.write_text(yaml.safe_dump(values()))
    config = load_config(
        path,
        ["learner.episodes=1000", "seeds=[4, 2]", "learner.temperature.start=1e-1", "learner.temperature.end=1e-3"],
    )
    assert config.learner.episodes == 1000
    assert config.seeds == (4, 2)
    assert config.learner.temperature.at(1.0) == pytest.approx(1e-3)
    assert load_config(path).learner.episodes != 1000


def test_overrides_do_not_touch_what_they_are_given() -> None:
    given = values()
    assert apply_overrides(given, ["game.preset=costly-escalation"])["game"] == {"preset": "costly-escalation"}
    assert given["game"] == {"preset": "desperate-first"}


@pytest.mark.parametrize(
    "override, message",
    [
        ("learner.episodes=many", "learner.episodes = 'many': expected a whole number of at least 1"),
        ("learner.episodes=0", "learner.episodes = 0: expected a whole number of at least 1"),
        ("learner.epsilon.start=-1", "learner.epsilon.start = -1: expected a number of at least 0"),
        ("learner.discount=2", "learner.discount = 2: expected a number in (0, 1]"),
        ("learner.temperature=hot", "learner.temperature = 'hot': expected a number, or a mapping with start and end"),
        ("learner.temperature=[1]", "learner.temperature = [1]: expected a mapping of keys to values"),
        (
            "learner.temperature={start: 1, end: 1, shape: lineer}",
            "expected one of linear, geometric; did you mean 'linear'?",
        ),
        ("learner.zeal=1", "learner.zeal = 1: expected a known key: one of episodes, batch, "),
        ("learner.lerning_rate=1", "; did you mean 'learning_rate'?"),
        (
            "learnerr=1",
            "learnerr = 1: expected a known key: one of name, game, learner, opponents, seeds, evaluations; did you",
        ),
        ("learner.kind=guess", "learner.kind = 'guess': expected one of cfr, cfr+, deep-psro, ewa, exp3, "),
        ("learner.kind=q_learning", "; did you mean 'q-learning'?"),
        ("learner={}", "learner.kind = None: expected one of cfr, cfr+, deep-psro, ewa, exp3, "),
        ("learner=fast", "learner = 'fast': expected a mapping of keys to values"),
        ("learner={kind: ppo, hidden: [8, wide]}", "learner.hidden.1 = 'wide': expected a whole number"),
        ("learner={kind: ppo, hidden: 8}", "learner.hidden = 8: expected a list"),
        ("learner={kind: ppo, normalise_advantages: 7}", "learner.normalise_advantages = 7: expected true or false"),
        ("learner={kind: psro, meta_solver: nsh}", "one of nash, uniform, projected-replicator-dynamics; did you mean"),
        ("learner={kind: sb3-a2c, batch: 7}", "expected a batch that is a multiple of environments = 500, not 7"),
        (
            "name=../elsewhere",
            "name = '../elsewhere': expected a name of letters, digits, '.', '_' and '-' that begins",
        ),
        ("name=7", "name = 7: expected text"),
        ("seeds=[1, 1]", "seeds = [1, 1]: expected distinct whole numbers"),
        ("seeds=0", "seeds = 0: expected a list of seeds, or how many there are: a whole number of at least 1"),
        ("seeds=-2", "seeds = -2: expected a list of seeds, or how many there are"),
        ("seeds=[]", "seeds = []: expected a list of seeds, or how many there are"),
        ("seeds=many", "seeds = 'many': expected a list of seeds, or how many there are"),
        ("seeds=[0, 1.5]", "seeds.1 = 1.5: expected a whole number"),
        ("game.preset=nowhere", "preset = 'nowhere': expected one of"),
        ("game.preset=desparate-first", "; did you mean 'desperate-first'?"),
        ("game.parameters={prior_high: 2}", "game = "),
        ("game={parameters: {prior_high: 2}}", "game.loss_high = None: expected a number in [0, 1], but it is missing"),
        ("game=null", "game = None: expected"),
        ("learner", "override = 'learner': expected dotted.key=value"),
        ("name.first=x", "name.first = 'x': expected a key that exists"),
        ("seeds=[1", "seeds = '[1': expected a YAML value"),
    ],
)
def test_errors_name_key_value_and_expectation(override: str, message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        parse_config(apply_overrides(values(), [override]))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    words = ("Input", "should", "valid", "Tuple", "string", "integer", "dictionary", "instance", "pattern", "after")
    assert not [word for word in words if word in str(caught.value)], "a library's own words"


def test_missing_keys_and_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="name = None: expected a value, but it is missing"):
        parse_config({"game": {"preset": "desperate-first"}, "learner": {"kind": "q-learning"}})
    with pytest.raises(ParameterError, match="expected a file that can be read"):
        load_config(tmp_path / "none.yaml")
    (tmp_path / "bad.yaml").write_text("a: [1")
    with pytest.raises(ParameterError, match="expected YAML"):
        load_config(tmp_path / "bad.yaml")
    (tmp_path / "list.yaml").write_text("- 1")
    with pytest.raises(ParameterError, match="expected a mapping of keys to values"):
        load_config(tmp_path / "list.yaml")


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_committed_config_is_valid_and_named_after_its_file(path: Path) -> None:
    config = load_config(path)
    assert isinstance(config, TrainConfig)
    assert config.name == path.stem


@pytest.mark.parametrize("preset", ["war-example", "costly-signal", "kuhn-poker"])
def test_a_preset_of_any_game_will_do(preset: str) -> None:
    config = parse_config({"name": "a", "game": {"preset": preset}, "learner": {"kind": "q-learning"}})
    assert config.game.kind == load_preset(preset).game
    assert config.game.compile().n_states == load_preset(preset).compile().n_states
    with pytest.raises(ParameterError, match="a game of the kind 'talks'"):
        config.game.named().parameters_as(TalksParameters)


def test_rules_with_parameters_outright_and_what_can_be_wrong_with_them() -> None:
    preset = load_preset("war-example").parameters
    game = {"rules": "war", "parameters": preset.as_dict()}
    config = parse_config({"name": "a", "game": game, "learner": {"kind": "q-learning"}})
    assert config.game.parsed() == preset
    assert parse_config(yaml.safe_load(config.as_yaml())).game.parsed() == preset
    for wrong, message in [
        ({"rules": "chess", "parameters": {}}, r"game\.rules = 'chess': expected one of "),
        ({"rules": "war", "preset": "war-example"}, "a preset knows its own"),
        ({"rules": "war", "parameters": {**preset.as_dict(), "grid": 0}}, r"game\.grid = 0: expected"),
    ]:
        with pytest.raises(ParameterError, match=message):
            parse_config({"name": "a", "game": wrong, "learner": {"kind": "q-learning"}})


def test_every_war_has_a_config_that_says_what_to_expect() -> None:
    files = sorted((FOLDER / "war").glob("*.yaml"))
    assert {load_config(path).game.preset for path in files} == set(preset_names("war"))
    for path in files:
        comment = "".join(line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#"))
        assert "Expect" in comment
        assert "NashConv" in comment


@pytest.fixture
def own_game(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a talks game of the user's own in ``mine.yaml``."""
    monkeypatch.chdir(tmp_path)
    values = {"game": "talks", "parameters": load_preset("desperate-first").parameters.as_dict()}
    Path("mine.yaml").write_text(yaml.safe_dump(values))
    return tmp_path


def test_a_game_spec_with_what_differs_from_it_survives_yaml(own_game: Path) -> None:
    game = {"spec": "mine.yaml", "parameters": {"pressure": 0.25}}
    config = parse_config({"name": "a", "game": game, "learner": {"kind": "q-learning"}})
    assert parse_config(yaml.safe_load(config.as_yaml())) == config
    assert yaml.safe_load(config.as_yaml())["game"] == game
    assert config.game.label == "mine"
    assert config.game.named().parameters_as(TalksParameters).pressure == 0.25
    (code,) = config.code()
    assert code == find_game("mine.yaml").code


def test_presets_and_parameters_outright_have_no_code_and_the_old_labels() -> None:
    for game, label in (
        ({"preset": "kuhn-poker"}, "kuhn-poker"),
        ({"spec": "kuhn-poker"}, "kuhn-poker"),
        ({"rules": "kuhn", "parameters": {}}, "custom"),
    ):
        config = parse_config({"name": "a", "game": game, "learner": {"kind": "q-learning"}})
        assert (config.game.label, config.code()) == (label, ())


@pytest.mark.parametrize(
    "game, message",
    [
        ({"spec": "kuhn-pocker"}, "game.spec = 'kuhn-pocker': expected a .yaml or .efg file, module:Class"),
        ({"spec": "gone.yaml"}, "game.spec = 'gone.yaml': expected a file that can be read"),
        ({"spec": "gone.py:Game"}, "game.spec = 'gone.py:Game': expected a file that exists"),
        ({"spec": "json:loads"}, "expected a subclass of olivebranch.games.Game, and 'loads' is none"),
        ({"spec": "mine.yaml", "parameters": {"presure": 1}}, "presure = 1: expected a known key"),
        ({"spec": "mine.yaml", "preset": "kuhn-poker"}, "either spec, or preset, or rules, and one of them only"),
        ({"spec": 3}, "game.spec = 3: expected text"),
    ],
)
def test_what_is_wrong_with_a_game_spec_is_one_line(own_game: Path, game: dict, message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        parse_config({"name": "a", "game": game, "learner": {"kind": "q-learning"}})
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_key_of_very_many_steps_is_refused_in_one_line() -> None:
    with pytest.raises(ParameterError, match="a key of at most 50 steps"):
        apply_overrides({}, [".".join(["a"] * 100_000) + "=1"])
    with pytest.raises(ParameterError, match=r"^seeds = '9{20}': expected a YAML value .*not below 2\*\*63"):
        apply_overrides({}, ["seeds=99999999999999999999"])


@pytest.mark.parametrize(
    "override, message",
    [
        ("seeds=1000000", "seeds = 1000000: expected a list of seeds, or how many"),
        ("evaluations=1000000000000", "evaluations = 1000000000000: expected a whole number in [1, 1000000]"),
        ("learner={kind: ppo, hidden: [1000000, 1000000]}", "1,000,002,000,000 weights or 3,725.3 GiB"),
    ],
)
def test_what_would_take_all_memory_is_refused_with_its_size(override: str, message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        parse_config(apply_overrides(values(), [override]))
    assert message in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_war_of_very_many_periods_is_refused() -> None:
    known = find_game("war-example").parameters
    with pytest.raises(ParameterError, match="horizon = 1000000: expected"):
        type(known).from_mapping({**known.as_dict(), "horizon": 1_000_000})
