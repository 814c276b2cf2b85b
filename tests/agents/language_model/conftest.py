import pytest


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults of the stub pass at once, so waiting for them would only take time."""
    from olivebranch.agents.language_model import client

    monkeypatch.setattr(client, "FIRST_WAIT", 0.001)
