"""No test depends on the machine or on luck: Hypothesis waits as long as it takes and draws the same each time."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("patient", deadline=None, derandomize=True)  # Hypothesis, too, waits as long as it takes.
settings.load_profile("patient")

VARIABLE = "OLIVEBRANCH_CACHE"  # see olivebranch.theory.equilibria.cache


@pytest.fixture(scope="session", autouse=True)
def cache_of_the_test_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Numerical equilibria are kept in a folder of the test run; child processes inherit it."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = str(tmp_path_factory.mktemp("cache"))
    yield
    if before is None:
        del os.environ[VARIABLE]
    else:
        os.environ[VARIABLE] = before
