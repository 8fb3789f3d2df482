"""Results as PNG pictures, for a talk or a README. The one place that knows matplotlib, which is an extra."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from spinfer.bench.metrics import BY_NAME, Better, Metric
from spinfer.bench.statistics import describe
from spinfer.bench.summary import CellSummary, Summary, value_of
from spinfer.errors import ConfigError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8c6d00")
"""Okabe and Ito's palette, which people with any kind of colour vision can tell apart (2008)."""
_INK, _SOFT, _RULE = "#1d2733", "#5b6875", "#e3e8ec"

QUALITY = ("correct", "json_valid", "log_probability", "greedy_likeness", "characters")
SPEED = ("e2e", "decode_tps", "ttft")
_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.labelsize": 11,
    "axes.edgecolor": "#aab4be",
    "axes.labelcolor": _INK,
    "axes.titlelocation": "left",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": _RULE,
    "text.color": _INK,
    "xtick.color": _SOFT,
    "ytick.color": _SOFT,
    "figure.dpi": 100,
    "savefig.dpi": 160,
    "legend.frameon": False,
}


def write(summary: Summary, folder: Path) -> list[Path]:
    """The pictures that these results allow; where they are. Raises ConfigError without matplotlib."""
    try:
        import matplotlib as mpl  # noqa: PLC0415 - an extra, and slow to import
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError as e:
        raise ConfigError(
            "pictures cannot be drawn: the package `matplotlib` is not installed",
            cure="pip install 'spinfer[bench]'",
        ) from e
    drawn = []
    with mpl.rc_context(_STYLE):
        for name, draw in _PICTURES.items():
            figure = Figure(layout="constrained")
            if draw(summary, figure):
                path = folder / "plots" / f"{name}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                figure.suptitle(_caption(summary), x=0.01, ha="left", fontsize=10, color=_SOFT)
                # nothing in the file but the picture: the same results give the same bytes
                figure.savefig(path, metadata={"Software": None})
                drawn.append(path)
    return drawn


def _caption(summary: Summary) -> str:
    models = ", ".join(dict.fromkeys(cell.cell.model for cell in summary.cells))
    text = f"model {models}: {summary.asked:,} requests in {len(summary.cells):,} cells"
    return f"{text} (partial)" if summary.partial else text


def effects(summary: Summary, figure: Figure) -> bool:
    """A row for each of a quality and a speed, a column for each parameter: means, and how sure they are."""
    axes = summary.varying[:4]
    rows = [metric for names in (QUALITY, SPEED) if (metric := differing(summary, names)) is not None]
    if not axes or not rows:
        return False
    figure.set_size_inches(1.2 + 3.3 * len(axes), 0.4 + 2.7 * len(rows))
    grid = figure.subplots(len(rows), len(axes), sharey="row", squeeze=False)
    for row, metric in enumerate(rows):
        for column, axis in enumerate(axes):
            place = grid[row][column]
            _effect(place, summary, axis, metric)
            if column == 0:
                place.set_ylabel(f"{named(metric)}\nmean and 95 % interval")
            if row == len(rows) - 1:
                place.set_xlabel(axis.replace("_", " "))
    return True


def _effect(place: Axes, summary: Summary, axis: str, metric: Metric) -> None:
    values = axis_values(summary, axis)
    for at, value in enumerate(values):
        cells = [cell for cell in summary.cells if value_of(cell.cell, axis) == value]
        stats = describe([mean for cell in cells if (mean := scaled(cell, metric)) is not None])
        if stats is None:
            continue
        if stats.ci is not None:
            place.vlines(at, stats.ci.low, stats.ci.high, color=COLOURS[0], linewidth=1.6)
        place.plot(at, stats.mean, "o", color=COLOURS[0], markersize=7)
    means = [
        fmean(found)
        for value in values
        if (found := [m for cell in _with(summary, axis, value) if (m := scaled(cell, metric)) is not None])
    ]
    if len(means) == len(values) and all(isinstance(value, int | float) for value in values):
        place.plot(range(len(values)), means, color=COLOURS[0], linewidth=2)
    place.set_xticks(range(len(values)), [said(value) for value in values])
    place.margins(x=0.12)
    if len(values) > 8:
        place.tick_params(axis="x", labelrotation=45)


def heat_map(summary: Summary, figure: Figure) -> bool:
    """The two parameters that matter most, and the mean of a number at each pair of their values."""
    metric = differing(summary, (*QUALITY, *SPEED))
    if len(summary.varying) < 2 or metric is None:
        return False
    x, y = sorted(summary.varying, key=lambda axis: -effect_size(summary, axis, metric))[:2]
    columns, rows = axis_values(summary, x), axis_values(summary, y)
    means = [[_mean_at(summary, {x: column, y: row}, metric) for column in columns] for row in rows]
    figure.set_size_inches(2.6 + 0.75 * len(columns), 1.6 + 0.5 * len(rows))
    place = figure.subplots()
    shown = [[float("nan") if mean is None else mean for mean in row] for row in means]
    image = place.imshow(shown, origin="lower", aspect="auto", cmap="viridis")
    low, high = image.get_clim()
    for j, row in enumerate(means):
        for i, mean in enumerate(row):
            if mean is not None:
                dark = high > low and (mean - low) / (high - low) > 0.55
                place.text(
                    i, j, short(mean), ha="center", va="center", color=_INK if dark else "white", fontsize=9
                )
    place.set_xticks(range(len(columns)), [said(value) for value in columns])
    place.set_yticks(range(len(rows)), [said(value) for value in rows])
    place.set_xlabel(x.replace("_", " "))
    place.set_ylabel(y.replace("_", " "))
    place.grid(visible=False)
    figure.colorbar(image, ax=place, label=named(metric))
    return True


def latency(summary: Summary, figure: Figure) -> bool:
    """Cumulative shares: how many requests had their first token, and their answer, within a time."""
    axis = next(iter(summary.varying), "target")
    values = axis_values(summary, axis)[: len(COLOURS)]
    metrics = [BY_NAME[name] for name in ("ttft", "e2e") if any(name in cell.stats for cell in summary.cells)]
    if not metrics:
        return False
    figure.set_size_inches(5.2 * len(metrics), 3.8)
    for place, metric in zip(
        figure.subplots(1, len(metrics), sharey=True, squeeze=False)[0], metrics, strict=True
    ):
        for colour, value in zip(COLOURS, values, strict=False):
            times = sorted(
                v * metric.scale
                for cell in _with(summary, axis, value)
                for one in cell.requests
                if (v := one.values.get(metric.name)) is not None
            )
            shares = [100 * (n + 1) / len(times) for n in range(len(times))]
            label = f"{axis.replace('_', ' ')} {said(value)}"
            place.step(times, shares, where="post", color=colour, linewidth=2, label=label)
        place.set_xscale("log")
        place.set_xlabel(named(metric))
        _plain_ticks(place)
        place.set_ylim(0, 102)
    figure.axes[0].set_ylabel("requests within that time (%)")
    figure.axes[0].legend(loc="lower right")
    return True


def trade_off(summary: Summary, figure: Figure) -> bool:
    """Each cell by a speed and a quality; those that no other beats in both are joined."""
    quality, speed = differing(summary, QUALITY), differing(summary, SPEED)
    if quality is None or speed is None or len(summary.cells) < 2:
        return False
    axis = next(iter(summary.varying))
    values = axis_values(summary, axis)
    figure.set_size_inches(8, 4.8)
    place = figure.subplots()
    points = [(at, cell) for cell in summary.cells if (at := _both(cell, speed, quality)) is not None]
    best = pareto([at for at, _ in points], more_x=speed.better is Better.MORE)
    place.plot(
        *zip(*best, strict=True),
        color=_INK,
        linewidth=1.3,
        linestyle=(0, (5, 3)),
        zorder=2,
        label="Pareto front",
    )
    for n, value in enumerate(values):
        own = [at for at, cell in points if value_of(cell.cell, axis) == value]
        label = f"{axis.replace('_', ' ')} {said(value)}"
        x, y = [point[0] for point in own], [point[1] for point in own]
        colour = _colour(n, len(values))
        place.scatter(x, y, s=42, color=colour, edgecolors="white", zorder=3, label=label)
    place.set_xlabel(named(speed))
    place.set_ylabel(named(quality))
    place.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    return True


_PICTURES: dict[str, Callable[[Summary, Figure], bool]] = {
    "effects": effects,
    "heat-map": heat_map,
    "latency": latency,
    "trade-off": trade_off,
}


def pareto(points: Sequence[tuple[float, float]], *, more_x: bool) -> list[tuple[float, float]]:
    """Those that no other point beats in both; y is better the more it is, x the less unless `more_x`."""
    found: list[tuple[float, float]] = []
    for x, y in sorted(points, key=lambda point: (-point[0] if more_x else point[0], -point[1])):
        if not found or y > found[-1][1]:
            found.append((x, y))
    return found


def differing(summary: Summary, names: Sequence[str]) -> Metric | None:
    """Of these metrics the first that differs between cells by more than a two hundredth."""
    for name in names:
        means = [mean for cell in summary.cells if (mean := scaled(cell, BY_NAME[name])) is not None]
        if means and max(means) - min(means) > 0.005 * max(map(abs, means)):
            return BY_NAME[name]
    return None


def effect_size(summary: Summary, axis: str, metric: Metric) -> float:
    """How far apart the means at an axis' values are."""
    means = [_mean_at(summary, {axis: value}, metric) for value in axis_values(summary, axis)]
    found = [mean for mean in means if mean is not None]
    return max(found) - min(found) if found else 0.0


def axis_values(summary: Summary, axis: str) -> list[object]:
    found = {value_of(cell.cell, axis) for cell in summary.cells}
    return sorted(
        found, key=lambda value: (isinstance(value, str), value is None, value if value is not None else 0)
    )


def scaled(cell: CellSummary, metric: Metric) -> float | None:
    """The cell's mean, in the metric's unit."""
    mean = cell.mean(metric.name)
    return None if mean is None else mean * metric.scale


def named(metric: Metric) -> str:
    return f"{metric.label} ({metric.unit})" if metric.unit else metric.label


def said(value: object) -> str:
    if value is None:
        return "not set"
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _with(summary: Summary, axis: str, value: object) -> list[CellSummary]:
    return [cell for cell in summary.cells if value_of(cell.cell, axis) == value]


def _both(cell: CellSummary, x: Metric, y: Metric) -> tuple[float, float] | None:
    across, up = scaled(cell, x), scaled(cell, y)
    return None if across is None or up is None else (across, up)


def _mean_at(summary: Summary, at: dict[str, object], metric: Metric) -> float | None:
    means = [
        mean
        for cell in summary.cells
        if all(value_of(cell.cell, axis) == value for axis, value in at.items())
        and (mean := scaled(cell, metric)) is not None
    ]
    return fmean(means) if means else None


def _colour(place: int, count: int) -> str | tuple[float, ...]:
    """One of a few that differ; of many values, a place on a scale."""
    if count <= len(COLOURS):
        return COLOURS[place]
    from matplotlib import colormaps  # noqa: PLC0415

    return tuple(colormaps["viridis"](place / (count - 1)))


def _plain_ticks(place: Axes) -> None:
    """`2`, `5`, `10` rather than powers."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter  # noqa: PLC0415

    place.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=12))
    place.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    place.xaxis.set_minor_formatter(NullFormatter())
