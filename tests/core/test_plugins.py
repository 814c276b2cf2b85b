"""Whose code runs: a user's own, from the working directory or the Python path, and never from a folder of results."""

from pathlib import Path

import pytest

from olivebranch.core.errors import ParameterError
from olivebranch.core.plugins import Code, code_of, is_plugin, load_plugin, require_unchanged

MARK = "ran.txt"
SOURCE = f"from pathlib import Path\nPath({MARK!r}).write_text('ran')\nclass Thing:\n    pass\nNUMBER = 3\n"


def is_class(found: object) -> bool:
    return isinstance(found, type)


def load(spec: str) -> tuple[object, Code]:
    return load_plugin("thing", spec, "a class", is_class)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path / "on_path"))
    return tmp_path


def results_folder(parent: Path, mark: str) -> Path:
    folder = parent / "results"
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text("name: results\n")
    (folder / mark).mkdir() if "." not in mark else (folder / mark).write_text("{}")
    return folder


@pytest.mark.parametrize("spec", ["a.py:Thing", "sub/a.py:Thing", "a:Thing", "a.b:Thing"])
def test_both_forms_are_plugins(spec: str) -> None:
    assert is_plugin(spec)


@pytest.mark.parametrize("spec", ["preset", "a.yaml", "equilibrium:low-talks", "a.py", "a:b c", ":Thing", "a b:Thing"])
def test_other_texts_are_not(spec: str) -> None:
    assert not is_plugin(spec)
    with pytest.raises(ParameterError, match=r"module:Name or file\.py:Name"):
        load(spec)


def test_a_file_of_the_working_directory_is_loaded_once_and_hashed(here: Path) -> None:
    (here / "mine.py").write_text(SOURCE)
    first, code = load("mine.py:Thing")
    assert load("mine.py:Thing")[0] is first
    # sha256sum of the same bytes, by another route than the module's own
    import hashlib

    assert code == Code("mine.py:Thing", hashlib.sha256(SOURCE.encode()).hexdigest())


def test_changed_code_is_loaded_anew_and_refused_where_the_old_one_was_recorded(here: Path) -> None:
    (here / "mine.py").write_text(SOURCE)
    first, before = load("mine.py:Thing")
    (here / "mine.py").write_text(SOURCE + "# changed\n")
    second, after = load("mine.py:Thing")
    assert first is not second
    require_unchanged("thing", before, before)
    with pytest.raises(ParameterError, match="it has changed"):
        require_unchanged("thing", before, after)


def test_the_code_behind_a_spec_is_told_without_running_it(here: Path) -> None:
    (here / "mine.py").write_text(SOURCE)
    (here / "package_for_code_of").mkdir()
    (here / "package_for_code_of" / "__init__.py").write_text("")
    (here / "package_for_code_of" / "inner.py").write_text(SOURCE)
    (here / "game.yaml").write_text(SOURCE)
    specs = ("mine.py:Thing", "package_for_code_of.inner:Thing", "game.yaml")
    assert [code_of("thing", spec) for spec in specs] == [Code(spec, load("mine.py:Thing")[1].sha256) for spec in specs]
    (here / MARK).unlink()  # load ran it
    assert [code_of("thing", spec).spec for spec in specs] == list(specs)
    assert not (here / MARK).exists()
    with pytest.raises(ParameterError, match="a file that exists"):
        code_of("thing", "absent.py:Thing")
    with pytest.raises(ParameterError, match="a module on the Python path"):
        code_of("thing", "absent_module_for_test:Thing")


def test_a_module_of_the_working_directory_or_the_python_path_is_found(here: Path) -> None:
    (here / "local_module_for_test.py").write_text(SOURCE)
    (here / "on_path" / "package_for_test").mkdir(parents=True)
    (here / "on_path" / "package_for_test" / "__init__.py").write_text("")
    (here / "on_path" / "package_for_test" / "inner.py").write_text(SOURCE)
    assert load("local_module_for_test:Thing")[1].sha256 == load("package_for_test.inner:Thing")[1].sha256


@pytest.mark.parametrize("mark", ["run.json", "chunks", "runs"])
def test_code_inside_a_folder_of_results_never_runs(here: Path, mark: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = results_folder(here, mark)
    deep = folder / "seed-0000"
    deep.mkdir()
    (deep / "evil_for_test.py").write_text(SOURCE)
    with pytest.raises(ParameterError, match="outside of folders of results"):
        load("results/seed-0000/evil_for_test.py:Thing")
    monkeypatch.syspath_prepend(str(deep))
    with pytest.raises(ParameterError, match="outside of folders of results"):
        load("evil_for_test:Thing")
    monkeypatch.chdir(deep)
    with pytest.raises(ParameterError, match="outside of folders of results"):
        load("evil_for_test.py:Thing")
    assert not list(here.rglob(MARK))


def test_a_link_into_a_folder_of_results_does_not_hide_it(here: Path) -> None:
    folder = results_folder(here, "run.json")
    (folder / "evil.py").write_text(SOURCE)
    (here / "innocent.py").symlink_to(folder / "evil.py")
    with pytest.raises(ParameterError, match="outside of folders of results"):
        load("innocent.py:Thing")
    assert not list(here.rglob(MARK))


def test_a_file_elsewhere_is_refused(here: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "theirs.py"
    elsewhere.write_text(SOURCE)
    with pytest.raises(ParameterError, match="working directory"):
        load(f"{elsewhere}:Thing")


@pytest.mark.parametrize(
    "content,spec,message",
    [
        ("", "mine.py:Thing", "'Thing' is none"),
        ("Thing = 3", "mine.py:Thing", "expected a class"),
        ("1/0", "mine.py:Thing", "ZeroDivisionError"),
        ("def", "mine.py:Thing", "SyntaxError"),
        ("", "missing.py:Thing", "a file that exists"),
        ("", "missing_module_for_test:Thing", "a module on the Python path"),
    ],
)
def test_what_cannot_be_loaded_is_one_line(here: Path, content: str, spec: str, message: str) -> None:
    (here / "mine.py").write_text(content)
    with pytest.raises(ParameterError, match=message) as caught:
        load(spec)
    assert "\n" not in str(caught.value)
