"""What reports say of runs whose numbers are known."""

from __future__ import annotations

import csv as csvs
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from fakes.bench_journals import journal
from spinfer.bench import session
from spinfer.bench.cells import Cell, TargetKind
from spinfer.bench.metrics import BY_NAME
from spinfer.bench.output import csv, document, html, markdown, plots, terminal
from spinfer.bench.prompts import Prompt
from spinfer.bench.summary import Summary, summarize

AXES = (("temperature", (0, 0.5, 1)), ("top_k", (1, 40)))
BOTH = (TargetKind.GUEST, TargetKind.DIRECT)


def gap(cell: Cell, number: int) -> float:
    return 0.01 + 0.005 * float(dict(cell.settings)["temperature"])


def answer(cell: Cell) -> str:
    return "yes" if dict(cell.settings)["temperature"] == 0 else "<script>alert('no')</script>"


@pytest.fixture(scope="module")
def summary() -> Summary:
    return summarize(journal(AXES, gap, text=answer, targets=BOTH))


def data(page: str) -> dict:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_a_page_has_every_cell_and_needs_no_network(summary: Summary) -> None:
    page = html.report(summary)
    found = data(page)
    assert len(found["cells"]) == len(found["rows"]) == 12
    assert found["axes"] == ["target", "temperature", "top_k"]
    assert found["cells"][0]["stats"]["decode_tps"] == [100]
    assert not re.search(r"(src|href)\s*=\s*[\"']?(https?:)?//", page)
    assert "<script>alert" not in page, "answers are data"
    assert [sample["text"] for sample in found["samples"]] == ["Good?", "Bad?"]
    assert len(found["samples"][0]["answers"]) == 12


def test_histograms_count_every_request(summary: Summary) -> None:
    found = {each["name"]: each for each in data(html.report(summary))["histograms"]}
    assert set(found) == {"ttft", "e2e", "itl", "tpot"}
    for name, times in (("e2e", 1), ("itl", 9)):
        counts = [sum(count for _, count in cell) for cell in found[name]["cells"]]
        assert counts == [6 * times] * 12
    edges = found["tpot"]["edges"]
    for cell, each in zip(found["tpot"]["cells"], summary.cells, strict=True):
        ((bin_, _),) = cell
        below = edges[bin_ - 1] if bin_ else 0
        assert below < each.stats["tpot"].mean <= edges[bin_] * 1.0001


def test_a_thousand_cells_make_a_page_of_less_than_5_mb() -> None:
    axes = (("temperature", tuple(n / 10 for n in range(10))), ("top_k", tuple(range(1, 101))))
    prompts = tuple(Prompt(f"Question {n}?") for n in range(4))
    big = summarize(journal(axes, gap, prompts=prompts, repetitions=1, text=lambda cell: "words " * 150))
    assert len(big.cells) == 1000
    assert len(html.report(big).encode()) < 5_000_000


def test_partial_and_noisy_runs_say_so(summary: Summary) -> None:
    made = journal(AXES, gap, ended=False)
    for block in made.blocks:
        block["others_cpu_s"] = block["wall_s"]
    noisy = summarize(made)
    for text in (markdown.report(noisy), html.report(noisy), shown(noisy)):
        assert "Partial: interrupted after 36 of 36 requests" in text
        assert "The machine was not quiet: 1.00 cores" in text
    assert "Partial" not in markdown.report(summary)
    assert "not quiet" not in markdown.report(summary)


def shown(summary: Summary, width: int = 200) -> str:
    out = io.StringIO()
    terminal.show(summary, Console(file=out, width=width))
    return " ".join(out.getvalue().split())


def test_a_terminal_shows_what_fits_and_says_what_does_not(summary: Summary) -> None:
    wide, narrow = shown(summary, 300), shown(summary, 80)
    assert "guest's own cost" in wide
    assert "100.0" in wide
    assert "Not shown" not in wide
    assert "Not shown, for want of room" in narrow


def test_tables_hold_numbers_that_other_programs_read(summary: Summary) -> None:
    cells = list(csvs.DictReader(io.StringIO(csv.cells(summary))))
    assert len(cells) == 12
    assert float(cells[0]["decode_tps_mean"]) == 100
    assert (cells[0]["target"], cells[0]["temperature"], cells[0]["max_tokens"]) == ("guest", "0", "")
    requests = list(csvs.DictReader(io.StringIO(csv.requests(summary))))
    assert len(requests) == 72
    assert {row["answer"] for row in requests} == {"yes", "<script>alert('no')</script>"}
    assert float(requests[0]["tpot"]) in (0.01, 0.0125, 0.015)


def test_a_table_in_markdown_has_as_many_columns_in_every_row(summary: Summary) -> None:
    lines = [line for line in markdown.report(summary).splitlines() if line.startswith("| ")]
    speed = lines[: 2 + 12]
    assert len({line.count("|") for line in speed}) == 1
    assert "decode (tokens/s)" in speed[0]


def test_a_document_holds_the_whole_run(tiny_run: Path, tmp_path: Path) -> None:
    journal_ = session.resume(tiny_run)
    whole = summarize(journal_)
    path = tmp_path / "results.json"
    path.write_text(document.report(whole, journal_))
    again = document.read(path)
    assert summarize(again) == whole
    assert document.report(summarize(again), again) == path.read_text()


def test_pictures_are_drawn_and_are_the_same_again(summary: Summary, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    found = [plots.write(summary, tmp_path / name) for name in ("a", "b")]
    assert [path.name for path in found[0]] == ["effects.png", "heat-map.png", "latency.png", "trade-off.png"]
    for one, other in zip(*found, strict=True):
        content = one.read_bytes()
        assert content.startswith(b"\x89PNG")
        assert content == other.read_bytes()


def test_one_cell_has_no_effects_to_draw(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    alone = summarize(journal(()))
    assert [path.name for path in plots.write(alone, tmp_path)] == ["latency.png"]
    assert data(html.report(alone))["axes"] == []


def test_the_front_is_what_nothing_beats() -> None:
    points = [(1.0, 1.0), (2.0, 3.0), (3.0, 2.0), (4.0, 5.0), (0.5, 0.5)]
    assert plots.pareto(points, more_x=False) == [(0.5, 0.5), (1.0, 1.0), (2.0, 3.0), (4.0, 5.0)]
    assert plots.pareto(points, more_x=True) == [(4.0, 5.0)]


def test_throughput_and_goodput(summary: Summary) -> None:
    cell = summary.cells[0]
    assert cell.wall_s == pytest.approx(3.0)
    assert cell.requests_per_s == pytest.approx(2)
    assert cell.tokens_per_s == pytest.approx(20)
    assert cell.goodput is None
    assert replace(cell, goodput_share=0.5).goodput == pytest.approx(1)
    assert BY_NAME["tpot"].shown(0.0125) == "12.50"
