"""The table of known models."""

from spinfer.config import model_name
from spinfer.config.model_source import HubSource
from spinfer.model_store import known


def test_the_names_that_spin_speaks_of_are_known() -> None:
    assert {"llama2-chat", "codellama-instruct", "all-minilm-l6-v2"} <= set(known.models())


def test_every_row_can_be_pulled_by_its_name() -> None:
    for name, model in known.models().items():
        assert model_name.fits(name)
        assert isinstance(model.source, HubSource)
        assert "\n" not in model.about
