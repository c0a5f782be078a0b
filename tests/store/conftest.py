import pytest

from alttext_local.store.database import open_database


@pytest.fixture
def db(tmp_path):
    engine = open_database(tmp_path / "alttext.sqlite")
    yield engine
    engine.dispose()
