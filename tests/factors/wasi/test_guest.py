"""A guest built by componentize-py, on nothing but the host's own WASI."""

import os
import time

import pytest

import leftovers
from spinfer.bindings.traps import Exited
from spinfer.bindings.values import Err, Ok
from spinfer.config.models import MockConfig
from spinfer.factors.llm.access import ModelAccess
from spinfer.factors.llm.factor import LlmFactor
from spinfer.factors.wasi.filesystem.open_file import MAX_OPEN
from spinfer.factors.wasi.grants import Mount
from spinfer.inference.backends.mock import MockBackend


@pytest.fixture
def shown(tmp_path):
    folder = tmp_path / "shown"
    folder.mkdir()
    (folder / "a.txt").write_text("for all to read")
    return Mount(folder, "/shown")


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    return Mount(folder, "/data", writable=True)


def test_it_sees_its_arguments_and_environment(run):
    seen = run("show", "a b", "ü", environment=(("LANG", "C"), ("EMPTY", ""))).printed
    assert seen["arguments"] == ["probe", "show", "a b", "ü"]
    assert seen["environment"] == [["LANG", "C"], ["EMPTY", ""]]
    assert seen["cwd"] is None


def test_it_reads_standard_input_to_the_end(run):
    assert run("shout", stdin=b"hello\n" * 50_000).printed == "HELLO\n" * 50_000
    assert run("shout").printed == ""


def test_standard_output_and_error_are_apart_and_closed_in_the_end(run):
    ran = run("complain")
    assert ran.err == b"something is wrong\n"
    assert ran.printed is None
    assert sorted(ran.closed) == ["err", "out"]


def test_its_ending_arrives(run):
    assert run("show").result == Ok(None)
    assert run("fail").result == Err(None)
    with pytest.raises(Exited) as exited:
        run("leave")
    assert exited.value.status == 1  # WASI 0.2 knows success and failure only


def test_clocks_run(run):
    before = time.time()
    told = run("clocks").printed
    assert told["slept_ns"] >= 2_000_000
    assert before - 1 <= told["wall_s"] <= time.time() + 1


def test_chance_differs_between_instances(run):
    one, other = run("chance").printed, run("chance").printed
    assert len(bytes.fromhex(one[0])) == 16
    assert one[0] != other[0]


def test_it_works_with_files(run, data):
    seen = run("files", mounts=(data,)).printed
    assert seen == {
        "wrote": 140_000,
        "read": 140_003,
        "tail": "end",
        "size": 140_003,
        "times": [1.0, 2.0],
        "link": "b.txt",
        "same": True,
        "through": "hello",
        "listed": ["b.txt", "c.txt", "folder", "folder-link"],
        "walked": [["/data", [], ["b.txt", "folder-link"]]],
    }
    assert (data.host / "b.txt").read_text() == "hello"
    assert os.stat(data.host / "b.txt").st_mtime >= 2


def test_it_gets_no_further_than_it_may(run, shown, data):
    (data.host / "passwd").symlink_to("/etc/passwd")
    (data.host / "everything").symlink_to("/")
    (data.host / "up").symlink_to("../..")
    (data.host / "endless").symlink_to("endless")
    (data.host / "full" / "inside").mkdir(parents=True)
    assert run("refused", mounts=(shown, data)).printed == {
        "write where only reading is granted": "EROFS",
        "create where only reading is granted": "EROFS",
        "remove where only reading is granted": "EROFS",
        "rename out of there": "EROFS",
        "link out of there": "EROFS",
        "go up": "EPERM",
        "another root": "ENOENT",
        "through a link of the host's to a file": "EPERM",
        "through a link of the host's to a folder": "EPERM",
        "through a link that goes up": "EPERM",
        "make a link to elsewhere": "EPERM",
        "a missing file": "ENOENT",
        "a folder as a file": "EISDIR",
        "a file as a folder": "ENOTDIR",
        "a link to itself": "ELOOP",
        "a folder that is there": "EEXIST",
        "a folder that is not empty": "ENOTEMPTY",
        "a file's name that is too long": "ENAMETOOLONG",
        "a socket": "EACCES",
        "an address": "EACCES",
    }
    assert (shown.host / "a.txt").read_text() == "for all to read"


def test_it_cannot_hoard_the_hosts_files_and_leaves_none_open(run, shown):
    before = leftovers.files()
    held, error = run("hoard", mounts=(shown,)).printed
    assert MAX_OPEN / 2 - 2 <= held <= MAX_OPEN
    assert error == "EDQUOT"
    assert leftovers.files() <= before


def test_the_ask_example_answers_on_it(ask):
    models = {"llama2-chat": MockBackend("llama2-chat", MockConfig(default="Paris, I believe."))}
    access = {"ask": ModelAccess(frozenset({"llama2-chat"}))}
    ran = ask("What is the capital of France?", factors=(LlmFactor(models, access),))
    assert ran.result == Ok(None)
    assert ran.out.decode().splitlines()[0] == "Paris, I believe."
    refused = ask("And of Spain?", factors=(LlmFactor(models, {}),))
    assert refused.result == Err(None)
    assert "does not have access to use 'llama2-chat'" in refused.err.decode()
