"""`--key-value` and `--sqlite`: what they put into stores, and what they refuse."""

import pytest

from spinfer.config.seeds import Script, Seeds
from spinfer.errors import ConfigError


def test_pairs(tmp_path):
    assert Seeds.parse(["a=1", "b=x=y", "c="], [], tmp_path).pairs == (("a", "1"), ("b", "x=y"), ("c", ""))


def test_scripts(tmp_path):
    (tmp_path / "schema.sql").write_text("\ufeffCREATE TABLE t (x);")
    parsed = Seeds.parse([], ["SELECT 1", "@schema.sql", f"@{tmp_path}/schema.sql: other "], tmp_path).scripts
    where = f"--sqlite: {tmp_path}/schema.sql"
    assert parsed == (
        Script("default", "SELECT 1"),
        Script("default", "CREATE TABLE t (x);", where),
        Script("other", "CREATE TABLE t (x);", where),
    )


@pytest.mark.parametrize(
    ("pairs", "scripts", "said"),
    [
        (["nothing"], [], "--key-value: `nothing` sets no key\n  Write KEY=VALUE, as in greeting=hello"),
        (["=x"], [], "--key-value: `=x` sets no key"),
        ([], ["@"], "--sqlite: `@` names no file"),
        ([], ["@a.sql:"], "--sqlite: `@a.sql:` names no label"),
        ([], ["@none.sql"], "none.sql: cannot be read: No such file or directory"),
        ([], ["@latin.sql"], "latin.sql: it is not a text in UTF-8"),
    ],
)
def test_mistakes(tmp_path, pairs, scripts, said):
    (tmp_path / "latin.sql").write_bytes(b"SELECT '\xe9'")
    with pytest.raises(ConfigError) as refused:
        Seeds.parse(pairs, scripts, tmp_path)
    assert said in str(refused.value)
