"""What the host does not have, through a real guest: an error that names it, not a trap."""

import pytest

from factors.services.conftest import Run


def test_mysql_and_mqtt_are_refused_by_name(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    said = run(
        """
        address = "mysql://root@127.0.0.1/db"
        said["mysql"] = [failing(mysql.Connection.open, address) for _ in range(2)]
        said["query"] = failing(mysql_unversioned.query, address, "SELECT 1", [])
        said["execute"] = failing(mysql_unversioned.execute, address, "SELECT 1", [])
        said["mqtt"] = failing(mqtt.Connection.open, "mqtt://127.0.0.1", "me", "secret", 5)
        """,
        allowed=["*://*:*"],
    )
    mysql = ["ConnectionFailed", "spinfer does not speak MySQL: fermyon:spin/mysql is refused"]
    assert said == {
        "mysql": [mysql, mysql],
        "query": mysql,
        "execute": mysql,
        "mqtt": ["ConnectionFailed", "spinfer does not speak MQTT: fermyon:spin/mqtt is refused"],
    }
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [
        "component `probe` asks for MySQL, which spinfer does not have: it is refused",
        "component `probe` asks for MQTT, which spinfer does not have: it is refused",
    ]
