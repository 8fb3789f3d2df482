"use strict";
// The sections of the report: each takes the data that html.py wrote, and draws itself anew when a choice changes.

const DATA = JSON.parse(document.getElementById("data").textContent);
const METRIC = Object.fromEntries(DATA.metrics.map((metric) => [metric.name, metric]));
const present = (name) => DATA.cells.some((cell) => cell.stats[name]);
const named = (metric) => (metric.unit ? `${metric.label} (${metric.unit})` : metric.label);
const shown = (metric, value) => (value * metric.scale).toLocaleString("en",
  { minimumFractionDigits: metric.digits, maximumFractionDigits: metric.digits });
const mean = (cell, metric) => (cell.stats[metric.name] ? cell.stats[metric.name][0] * metric.scale : null);
const average = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const label = (value) => (value === null ? "not set" : String(value));

function order(a, b) { return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)); }

function valuesOf(axis) { return [...new Set(DATA.cells.map((cell) => cell.at[axis]))].sort(order); }

function choice(text, options, chosen, changed) {
  const select = element("select", { onchange: () => changed(select.value) },
    ...options.map(([value, name]) => element("option", { value, text: name })));
  select.value = chosen;
  return element("label", { text }, select);
}

function metricChoice(text, names, chosen, changed) {
  return choice(text, names.filter(present).map((name) => [name, named(METRIC[name])]), chosen, changed);
}

function section(id, title, about, draw) {
  const body = element("div", {});
  const made = element("section", { id }, element("h2", { text: title }), element("p", { class: "about", text: about }), body);
  document.getElementById("report").append(made);
  document.getElementById("contents").append(element("a", { href: `#${id}`, text: title }));
  draw(body);
}

// Of these metrics the first that differs between cells, else the first that is there.
function first(...names) {
  const differs = (name) => {
    const means = DATA.cells.map((cell) => mean(cell, METRIC[name])).filter((value) => value !== null);
    const [low, high] = [Math.min(...means), Math.max(...means)];
    return high - low > 0.005 * Math.max(Math.abs(low), Math.abs(high));
  };
  const there = names.filter(present);
  return there.find(differs) || there[0];
}

const SPEED = DATA.metrics.filter((metric) => metric.group === "speed").map((metric) => metric.name);
const OUTPUT = DATA.metrics.filter((metric) => metric.group === "output").map((metric) => metric.name);
const ALL = DATA.metrics.map((metric) => metric.name);

// ------------------------------------------------------------------------------------------------ main effects

function effects(body) {
  let metric = first("correct", "json_valid", "log_probability", "greedy_likeness", "decode_tps", "e2e");
  const charts = element("div", { class: "charts" });
  const draw = () => {
    const found = DATA.axes.map((axis) => [axis, effectOf(axis, METRIC[metric])]).filter(([, groups]) => groups.length);
    const reach = found.flatMap(([, groups]) => groups.flatMap((group) => [group.mean - group.half, group.mean + group.half]));
    charts.replaceChildren(...found.map(([axis, groups]) => effect(axis, METRIC[metric], groups, padded(reach))));
  };
  body.append(element("div", { class: "controls" }, metricChoice("Show", ALL, metric, (name) => { metric = name; draw(); })), charts);
  draw();
}

// The mean at each value of an axis, and half of where 95 of 100 such means would lie.
function effectOf(axis, metric) {
  return valuesOf(axis).map((value) => {
    const means = DATA.cells.filter((cell) => cell.at[axis] === value).map((cell) => mean(cell, metric)).filter((each) => each !== null);
    const middle = means.length ? average(means) : null;
    const spread = Math.sqrt(average(means.map((each) => (each - middle) ** 2)));
    return { value, means, mean: middle, half: means.length > 1 ? 1.96 * spread / Math.sqrt(means.length - 1) : 0 };
  }).filter((group) => group.means.length);
}

function effect(axis, metric, groups, [low, high]) {
  const chart = new Chart(360, 260, { names: groups.map((group) => label(group.value)), name: axis.replaceAll("_", " ") },
    { low, high, name: named(metric) });
  const numeric = groups.every((group) => typeof group.value === "number");
  if (numeric) chart.line(groups.map((group, place) => [chart.x(place), chart.y(group.mean)]), { stroke: colour(0) });
  const many = groups.length > 24;
  if (many) chart.band(groups.map((group, place) => [chart.x(place), chart.y(group.mean - group.half), chart.y(group.mean + group.half)]), colour(0));
  groups.forEach((group, place) => {
    if (group.half && !many) chart.whisker(chart.x(place), chart.y(group.mean - group.half), chart.y(group.mean + group.half), colour(0));
    chart.dot(chart.x(place), chart.y(group.mean),
      `${axis} ${label(group.value)}\n${named(metric)}: ${short(group.mean)}\n${group.means.length} cells`, { fill: colour(0), r: many ? 2 : 4.5, "stroke-width": many ? 0 : 1.2 });
  });
  return figure("", chart.svg);
}

// -------------------------------------------------------------------------------------------------- heat map

function heat(body) {
  let metric = first("correct", "json_valid", "log_probability", "greedy_likeness", "decode_tps", "e2e");
  let [x, y] = [...DATA.axes].sort((one, other) => size(other, METRIC[metric]) - size(one, METRIC[metric]));
  const place = element("div", {});
  const draw = () => place.replaceChildren(heatMap(x, y, METRIC[metric]));
  const options = DATA.axes.map((axis) => [axis, axis.replaceAll("_", " ")]);
  body.append(element("div", { class: "controls" },
    metricChoice("Colour", ALL, metric, (name) => { metric = name; draw(); }),
    choice("Across", options, x, (axis) => { x = axis; draw(); }),
    choice("Up", options, y, (axis) => { y = axis; draw(); })), place);
  draw();
}

// How far apart the means at an axis' values are.
function size(axis, metric) {
  const means = valuesOf(axis).map((value) => {
    const found = DATA.cells.filter((cell) => cell.at[axis] === value).map((cell) => mean(cell, metric)).filter((each) => each !== null);
    return found.length ? average(found) : null;
  }).filter((each) => each !== null);
  return Math.max(...means) - Math.min(...means);
}

function heatMap(x, y, metric) {
  const [columns, rows] = [valuesOf(x), valuesOf(y)];
  const found = new Map();
  for (const cell of DATA.cells) {
    const value = mean(cell, metric);
    const key = `${columns.indexOf(cell.at[x])} ${rows.indexOf(cell.at[y])}`;
    if (value !== null) found.set(key, [...(found.get(key) || []), value]);
  }
  const means = [...found.values()].map(average);
  if (!means.length) return element("p", { text: "No cell has this number." });
  const [low, high] = [Math.min(...means), Math.max(...means)];
  const side = Math.max(7, Math.min(86, 900 / columns.length)), height = Math.max(9, Math.min(48, 560 / rows.length));
  const left = 26 + Math.max(...rows.map((row) => label(row).length)) * 7.5 + 12;
  const width = left + side * columns.length + 120, bottom = 8 + height * rows.length;
  const svg = shape("svg", { viewBox: `0 0 ${width} ${bottom + 50}`, role: "img", style: `max-width:${width}px` });
  const put = (...args) => { const made = shape(...args); svg.append(made); return made; };
  columns.forEach((column, i) => rows.forEach((row, j) => {
    const values = found.get(`${i} ${j}`);
    const at = { x: left + i * side, y: bottom - (j + 1) * height };
    if (!values) { put("rect", { ...at, width: side - 1, height: height - 1, fill: "#f0f2f4" }); return; }
    const value = average(values), part = high > low ? (value - low) / (high - low) : 0.5;
    const text = `${x} ${label(column)}, ${y} ${label(row)}\n${named(metric)}: ${short(value)}\n${values.length} cells`;
    tipped(put("rect", { ...at, width: side - 1, height: height - 1, fill: ramp(part) }), text);
    if (side >= 34 && height >= 18) {
      put("text", { x: at.x + side / 2, y: at.y + height / 2 + 4, "text-anchor": "middle", "font-size": 12,
        style: `fill:${part > 0.55 ? "#111" : "#fff"};pointer-events:none`, text: short(value) });
    }
  }));
  const every = Math.ceil((Math.max(...columns.map((column) => label(column).length)) * 7.5 + 8) / side);
  columns.forEach((column, i) => {
    if (i % every === 0) put("text", { x: left + (i + 0.5) * side, y: bottom + 17, "text-anchor": "middle", class: "tick", text: label(column) });
  });
  const upEvery = Math.ceil(15 / height);
  rows.forEach((row, j) => j % upEvery === 0 && put("text", { x: left - 8, y: bottom - (j + 0.5) * height + 4, "text-anchor": "end", class: "tick", text: label(row) }));
  put("text", { x: left + side * columns.length / 2, y: bottom + 40, "text-anchor": "middle", class: "name", text: x.replaceAll("_", " ") });
  const middle = bottom / 2 + 4;
  put("text", { x: 14, y: middle, "text-anchor": "middle", class: "name", text: y.replaceAll("_", " "), transform: `rotate(-90 14 ${middle})` });
  const from = left + side * columns.length + 18, tall = Math.min(bottom - 12, 220), steps = 40;
  for (let step = 0; step < steps; step++) {
    put("rect", { x: from, y: 8 + tall - ((step + 1) * tall) / steps, width: 14, height: tall / steps + 0.6, fill: ramp(step / (steps - 1)) });
  }
  put("text", { x: from + 20, y: 18, class: "tick", text: short(high) });
  put("text", { x: from + 20, y: 8 + tall, class: "tick", text: short(low) });
  return figure(named(metric), svg, "Mean over all cells with these two values.");
}

// --------------------------------------------------------------------------------------------- distributions

function distributions(body) {
  let [metric, group] = [DATA.histograms.find((each) => each.name === "ttft") ? "ttft" : DATA.histograms[0].name, DATA.groups[0]];
  const place = element("div", {});
  const draw = () => place.replaceChildren(...distribution(DATA.histograms.find((each) => each.name === metric), group));
  body.append(element("div", { class: "controls" },
    choice("Show", DATA.histograms.map((each) => [each.name, named(METRIC[each.name] || each)]), metric, (name) => { metric = name; draw(); }),
    choice("One line for each", DATA.groups.map((axis) => [axis, axis.replaceAll("_", " ")]), group, (axis) => { group = axis; draw(); })), place);
  draw();
}

function distribution(histogram, group) {
  const values = valuesOf(group).slice(0, 24);
  const lines = values.map((value) => {
    const counts = new Array(histogram.edges.length).fill(0);
    DATA.cells.forEach((cell, place) => {
      if (cell.at[group] === value) for (const [bin, count] of histogram.cells[place]) counts[bin] += count;
    });
    return { value, counts, total: counts.reduce((sum, count) => sum + count, 0) };
  }).filter((line) => line.total);
  const used = lines.flatMap((line) => line.counts.map((count, bin) => (count ? bin : -1)).filter((bin) => bin >= 0));
  const [from, to] = [Math.min(...used), Math.max(...used)];
  const edge = (bin) => histogram.edges[Math.max(0, Math.min(bin, histogram.edges.length - 1))] * 1000;
  const low = edge(from - 1), high = Math.max(edge(to), low * 1.5);
  const chart = new Chart(1110, 420, { low, high, log: true, name: `${histogram.label} (ms, logarithmic)` },
    { low: 0, high: 100, name: "requests at most this long (%)".replace("requests", histogram.of) });
  lines.forEach((line, place) => {
    let sum = 0;
    const points = [[chart.x(low), chart.y(0)]];
    for (let bin = from; bin <= to; bin++) {
      sum += line.counts[bin];
      points.push([chart.x(edge(bin)), chart.y((100 * sum) / line.total)]);
    }
    chart.line(points, { stroke: colour(place), "stroke-dasharray": dash(place) });
  });
  const names = lines.map((line) => `${group.replaceAll("_", " ")} ${label(line.value)}`);
  return [legend(names), figure("", chart.svg, "Cumulative share; further left is faster, steeper is steadier.")];
}

// -------------------------------------------------------------------------------------------------- trade-off

function tradeOff(body) {
  let x = first("e2e", "decode_tps", "ttft"), y = first("correct", "json_valid", "log_probability", "greedy_likeness", "characters");
  let group = DATA.axes[0];
  const place = element("div", {});
  const draw = () => place.replaceChildren(...scatter(METRIC[x], METRIC[y], group));
  body.append(element("div", { class: "controls" },
    metricChoice("Across: speed", SPEED, x, (name) => { x = name; draw(); }),
    metricChoice("Up: output", OUTPUT, y, (name) => { y = name; draw(); }),
    choice("Colour", DATA.axes.map((axis) => [axis, axis.replaceAll("_", " ")]), group, (axis) => { group = axis; draw(); })), place);
  draw();
}

function front(points, x, y) {
  const across = x.better === "more" ? -1 : 1, up = y.better === "less" ? 1 : -1;
  const sorted = [...points].sort((a, b) => across * (a.x - b.x) || up * (a.y - b.y));
  let best = Infinity;
  return sorted.filter((point) => up * point.y < best && ((best = up * point.y), true));
}

function scatter(x, y, group) {
  const points = DATA.cells.map((cell) => ({ cell, x: mean(cell, x), y: mean(cell, y) })).filter((point) => point.x !== null && point.y !== null);
  if (!points.length) return [element("p", { text: "No cell has both numbers." })];
  const [left, right] = padded(points.map((point) => point.x)), [low, high] = padded(points.map((point) => point.y));
  const chart = new Chart(1110, 470, { low: left, high: right, name: named(x) }, { low, high, name: named(y) });
  const best = front(points, x, y), values = valuesOf(group);
  chart.line(best.map((point) => [chart.x(point.x), chart.y(point.y)]), { stroke: "#1d2733", "stroke-width": 1.6, "stroke-dasharray": "5 4" });
  const fill = (cell) => values.length > COLOURS.length ? ramp(values.indexOf(cell.at[group]) / (values.length - 1)) : colour(values.indexOf(cell.at[group]));
  for (const point of points) {
    const text = () => `${point.cell.label}\n${named(x)}: ${short(point.x)}\n${named(y)}: ${short(point.y)}`;
    const outlined = best.includes(point) ? { stroke: "#1d2733", "stroke-width": 2, r: 6.5 } : { r: points.length > 300 ? 3.2 : 4.5 };
    chart.dot(chart.x(point.x), chart.y(point.y), text, { fill: fill(point.cell), ...outlined });
  }
  const few = values.length <= COLOURS.length ? [legend(values.map((value) => `${group.replaceAll("_", " ")} ${label(value)}`), true)] : [];
  const shades = few.length ? "" : ` Darker is less ${group.replaceAll("_", " ")}, lighter is more.`;
  const direction = `${x.better === "more" ? "right" : "left"} and ${y.better === "less" ? "down" : "up"}`;
  return [...few, figure("", chart.svg,
    `A dot is a cell. Ringed, on the dashed line, is the Pareto front: no cell is better in both (better is ${direction}).${shades}`), ...frontTable(best, x, y)];
}

function frontTable(best, x, y) {
  const rows = best.slice(0, 20).map((point) => element("tr", {}, element("td", { text: point.cell.label }),
    element("td", { class: "n", text: short(point.x) }), element("td", { class: "n", text: short(point.y) })));
  const head = element("tr", {}, element("th", { text: "On the front" }), element("th", { class: "n", text: named(x) }), element("th", { class: "n", text: named(y) }));
  return [element("table", { style: "margin-top:14px;width:auto" }, element("thead", {}, head), element("tbody", {}, ...rows))];
}
