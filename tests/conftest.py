"""What every test may ask for."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)  # tests never fail by the clock: machines are shared
settings.load_profile("untimed")

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The evaluation data; a test that needs it skips where it is absent."""
    folder = Path(os.environ.get("SIMFILTER_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no evaluation data in {folder}")
    return folder


def pytest_make_parametrize_id(val: object) -> str | None:
    """Bytes are named by their number: a gzip holds the time, and all workers must give a test one name."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None
