"""Strict reading of answers, and what a config may say."""

from pathlib import Path

import pytest

from olivebranch.agents.language_model.answers import Kind, read_answer, read_percentage
from olivebranch.agents.language_model.settings import AskSettings, ModelSettings, PlayerSettings
from olivebranch.agents.language_model.texts.frames import Frame
from olivebranch.core.errors import ParameterError

LABELS = ("A", "B", "C")


@pytest.mark.parametrize("text", ["B", "b", " b.\n", "**B**", '"B"', "(b)", "[B]"])
def test_a_label_counts_in_any_capitals_and_within_marks(text: str) -> None:
    assert read_answer(text, LABELS).option == 1


@pytest.mark.parametrize(
    "text", ["A or B", "I choose A", "D", "option A", "AB", "A, because it is better", "42", "fight on", "A B"]
)
def test_anything_else_is_no_move(text: str) -> None:
    answer = read_answer(text, LABELS)
    assert (answer.kind, answer.option) == (Kind.INVALID, None)


@pytest.mark.parametrize("text", ["I'm sorry, but I can't choose A.", "I cannot take part in this.", "As an AI, A"])
def test_a_refusal_is_a_refusal_even_with_a_label_in_it(text: str) -> None:
    assert read_answer(text, LABELS).kind is Kind.REFUSAL


def test_what_the_server_says_of_an_answer_counts() -> None:
    assert read_answer("A", LABELS, finish="content_filter").kind is Kind.REFUSAL
    assert read_answer("A", LABELS, refused=True).kind is Kind.REFUSAL
    assert read_answer("", LABELS, finish="length").kind is Kind.TRUNCATED
    assert read_answer("Let me see", LABELS, finish="length").kind is Kind.TRUNCATED
    assert read_answer(None, LABELS).kind is Kind.EMPTY


def test_with_reasons_only_the_last_line_counts() -> None:
    assert read_answer("A is bad.\nANSWER: C", LABELS, reasoning=True).option == 2
    assert read_answer("I cannot be sure of B.\nAnswer: b.", LABELS, reasoning=True).option == 1
    assert read_answer("ANSWER: A\nOr rather not", LABELS, reasoning=True).kind is Kind.INVALID
    assert read_answer("A", LABELS, reasoning=True).kind is Kind.INVALID


@pytest.mark.parametrize(
    "text,value", [("70", 0.7), ("12.5 %", 0.125), ("100%", 1.0), ("101", None), ("about 30", None)]
)
def test_a_percentage_is_a_number_and_nothing_else(text: str, value: float | None) -> None:
    assert read_percentage(text) == value


def model(**changes: object) -> ModelSettings:
    return ModelSettings(**{"name": "m", "base_url": "http://127.0.0.1:1/v1", "model": "m", **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes,key",
    [
        ({"name": "../../etc"}, "name"),
        ({"base_url": "file:///etc/passwd"}, "base_url"),
        ({"base_url": "http://user:secret@host/v1"}, "base_url"),
        ({"base_url": "http://elsewhere.example/v1", "key_env": "SOME_API_KEY"}, "base_url"),
        ({"key_env": "sk-abc123"}, "key_env"),
        ({"key_env": "HOME"}, "key_env"),
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"workers": 0}, "workers"),
        ({"max_tokens": True}, "max_tokens"),
    ],
)
def test_a_wrong_setting_is_named(changes: dict[str, object], key: str) -> None:
    with pytest.raises(ParameterError) as error:
        model(**changes)
    assert error.value.key == key
    assert "secret" not in str(error.value)
    assert "sk-abc123" not in str(error.value)


def test_limits_and_methods_are_checked() -> None:
    for changes in ({"method": "guess"}, {"samples": 0}, {"max_cost": -1}, {"confidence": 1.0}, {"beliefs": 1}):
        with pytest.raises(ParameterError):
            AskSettings(**changes)  # type: ignore[arg-type]


def test_reasons_need_room_and_have_no_label_at_the_start() -> None:
    with pytest.raises(ParameterError, match="max_tokens"):
        PlayerSettings(model=model(), frame=Frame(reasoning=True))
    with pytest.raises(ParameterError, match="method"):
        PlayerSettings(
            model=model(max_tokens=500), frame=Frame(reasoning=True), ask=AskSettings(method="label-probabilities")
        )
    PlayerSettings(model=model(max_tokens=500), frame=Frame(reasoning=True))


@pytest.mark.parametrize(
    "text",
    [
        "model: !!python/object/apply:os.system ['touch stranger']",
        "model: {name: m, base_url: 'http://127.0.0.1/v1', model: m, key: abc}",
        "[1, 2]",
        "model: {name: m}",
        "frame: {story: neutral}",
        "model: {name: m, base_url: 'http://127.0.0.1/v1', model: m}\nframe: {story: poem}",
    ],
)
def test_a_strangers_file_is_read_as_data_or_refused_in_one_line(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.yaml").write_text(text)
    with pytest.raises(ParameterError) as error:
        PlayerSettings.read(tmp_path / "model.yaml")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "stranger").exists()
