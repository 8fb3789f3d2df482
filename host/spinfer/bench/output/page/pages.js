"use strict";
// What is read rather than looked at: answers side by side, every cell's numbers, the surroundings. Then all is drawn.

function samples(body) {
  let prompt = 0;
  const place = element("div", {});
  const short = (text) => (text.length > 70 ? `${text.slice(0, 69)}…` : text);
  const draw = () => {
    const { text, expected, answers } = DATA.samples[prompt];
    const chosen = [...new Set([0, Math.floor((answers.length - 1) / 2), answers.length - 1])];
    const expects = expected === null ? [] : [element("p", { text: `Expected: ${expected}` })];
    place.replaceChildren(element("pre", { class: "prompt", text }), ...expects,
      element("div", { class: "side" }, ...chosen.map((each) => answer(answers, each))));
  };
  const options = DATA.samples.map((sample, index) => [index, short(sample.text)]);
  body.append(element("div", { class: "controls" }, choice("Prompt", options, 0, (index) => { prompt = Number(index); draw(); })), place);
  draw();
}

function answer(answers, chosen) {
  const box = element("div", { class: "answer" });
  const draw = (index) => {
    const { cell, text, tokens, finish, seed } = answers[index];
    const select = element("select", { onchange: () => draw(Number(select.value)) },
      ...answers.map((each, place) => element("option", { value: place, text: DATA.cells[each.cell].label })));
    select.value = index;
    const end = finish === "stop" ? "ended by itself" : finish === "length" ? "cut by max tokens" : "";
    box.replaceChildren(select, element("pre", { text: text || "(nothing)" }),
      element("div", { class: "meta", text: [`${tokens} tokens`, end, `seed ${seed}`].filter(Boolean).join(", ") }));
  };
  draw(chosen);
  return box;
}

function cells(body) {
  const columns = DATA.columns;
  let [sorted, down, filter, most] = [-1, false, "", 100];
  const place = element("div", { class: "scroll" });
  const rest = element("button", { onclick: () => { most = Infinity; draw(); } });
  const number = (text) => Number(text.split(" ")[0].replaceAll(",", ""));
  function draw() {
    let rows = DATA.rows.filter((row) => !filter || row.some((text) => text.includes(filter)));
    if (sorted >= 0) {
      const numeric = columns[sorted].numeric;
      const key = (row) => (numeric ? number(row[sorted]) : row[sorted]);
      rows = [...rows].sort((a, b) => (down ? -1 : 1) * (numeric ? (key(a) || 0) - (key(b) || 0) : key(a).localeCompare(key(b))));
    }
    const heads = columns.map((column, index) => element("th", { class: column.numeric ? "n" : "",
      onclick: () => { down = sorted === index ? !down : column.numeric; sorted = index; draw(); } },
      column.head, element("small", { text: column.unit || "\u00a0" })));
    const lines = rows.slice(0, most).map((row) => element("tr", {}, ...row.map((text, index) =>
      element("td", { class: columns[index].numeric ? "n" : "", text }))));
    place.replaceChildren(element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...lines)));
    rest.hidden = rows.length <= most;
    rest.textContent = `Show all ${rows.length.toLocaleString("en")} cells`;
  }
  const input = element("input", { type: "search", oninput: () => { filter = input.value; draw(); } });
  body.append(element("div", { class: "controls" }, element("label", { text: "Rows that contain" }, input)), place, rest);
  draw();
}

function facts(rows) {
  return (body) => body.append(element("table", { class: "facts" },
    ...rows.map(([name, text]) => element("tr", {}, element("th", { text: name }), element("td", { text })))));
}

document.getElementById("lead").textContent = DATA.lead;
document.getElementById("notes").append(...DATA.notes.map(([text, warn]) => element("li", { text, class: warn ? "warn" : "" })));

const several = DATA.cells.length > 1 && DATA.axes.length > 0;
if (several) {
  section("effects", "What each parameter does",
    "One chart for each thing that was varied: the mean over all cells with a value, and where 95 of 100 such means would lie.", effects);
}
if (several && DATA.axes.length > 1) {
  section("heat", "Any two together", "The same number over two parameters at once.", heat);
}
if (DATA.histograms.length) {
  section("latency", "How long requests take", "Distributions, not averages: what the slowest requests wait is in the upper right.", distributions);
}
if (several && first("e2e", "decode_tps", "ttft") && first("correct", "log_probability", "greedy_likeness", "characters")) {
  section("trade-off", "Speed against output", "What one is paid for with the other.", tradeOff);
}
if (DATA.samples.length) {
  section("samples", "Answers side by side", "From the first repetition, so all have the same seed.", samples);
}
section("cells", "Every cell", "Click a head to sort. ± is half of the 95 % confidence interval of the mean.", cells);
section("environment", "Environment", "What these numbers depend on.", facts(DATA.facts));
section("words", "What the numbers say", "Each is computed from the run's jsonl file, and can be again: spinfer bench report.",
  facts(DATA.metrics.filter((metric) => present(metric.name)).map((metric) => [named(metric), metric.says])));
