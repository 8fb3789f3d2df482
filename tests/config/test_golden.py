"""spinfer.toml beside its values or its error."""

import json
from pathlib import Path

import pytest

from golden import files
from spinfer.config.spinfer_toml import load
from spinfer.errors import ConfigError


@pytest.mark.parametrize("case", files.cases("config"), ids=lambda case: case.stem)
def test_config(case: Path, tmp_path: Path) -> None:
    file = tmp_path / "spinfer.toml"
    file.write_bytes(case.read_bytes())
    try:
        config = load(file)
    except ConfigError as e:
        files.check(case, ".err", str(e))
    else:
        text = json.dumps(config.model_dump(mode="json", exclude_defaults=True), indent=2)
        files.check(case, ".json", text.replace(str(tmp_path), "FOLDER"))
