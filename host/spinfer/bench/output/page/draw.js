"use strict";
// Drawing: scales, axes and marks in SVG. Knows numbers and places; what they mean, views.js knows.

// Okabe and Ito's palette, which people with any kind of colour vision can tell apart (2008).
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8c6d00"];
const DASHES = ["", "7 4", "2 3", "10 3 2 3"];
// Viridis, at nine places: its lightness grows evenly, so it survives a grey printer too.
const RAMP = ["#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725"];

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key === "text") made.textContent = value;
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== null && value !== false) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

function shape(name, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key === "text") made.textContent = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

function colour(place) { return COLOURS[place % COLOURS.length]; }
function dash(place) { return DASHES[Math.floor(place / COLOURS.length) % DASHES.length]; }

function ramp(part) {
  const at = Math.max(0, Math.min(1, part)) * (RAMP.length - 1);
  const low = Math.floor(at), high = Math.min(low + 1, RAMP.length - 1);
  const mixed = [1, 3, 5].map((from) => {
    const [a, b] = [RAMP[low], RAMP[high]].map((hex) => parseInt(hex.slice(from, from + 2), 16));
    return Math.round(a + (b - a) * (at - low));
  });
  return `rgb(${mixed.join(",")})`;
}

function ticks(low, high, wanted) {
  const raw = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].find((each) => each * power >= raw) * power;
  const found = [];
  for (let at = Math.ceil(low / step - 1e-9); at * step <= high + step * 1e-9; at++) found.push(at * step);
  return found;
}

function logTicks(low, high) {
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const digit of [1, 2, 5]) found.push(digit * 10 ** power);
  }
  const inside = found.filter((each) => each >= low * 0.999 && each <= high * 1.001);
  if (inside.length < 2) return ticks(low, high, 4).filter((each) => each > 0);
  return inside.length > 9 ? inside.filter((each) => /^1/.test(each.toExponential())) : inside;
}

// A tick's text: as many digits as its neighbours need to differ from it.
function ticked(value, step) {
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const needed = Math.abs(step * 10 ** digits - Math.round(step * 10 ** digits)) > 1e-6 ? digits + 1 : digits;
  return value.toLocaleString("en", { minimumFractionDigits: needed, maximumFractionDigits: needed }).replace(/^-(0(\.0+)?)$/, "$1");
}

function short(value) {
  const size = Math.abs(value);
  if (size >= 10000) return value.toLocaleString("en", { maximumFractionDigits: 0 });
  if (size === 0) return "0";
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return String(Number(value.toFixed(digits)) || Number(value.toPrecision(2)));
}

function scale(low, high, from, to, log) {
  if (log) {
    const [a, b] = [Math.log(low), Math.log(high)];
    return (value) => from + (to - from) * (b === a ? 0.5 : (Math.log(Math.max(value, low)) - a) / (b - a));
  }
  return (value) => from + (to - from) * (high === low ? 0.5 : (value - low) / (high - low));
}

function padded(values, part) {
  const low = Math.min(...values), high = Math.max(...values);
  const size = Math.max(Math.abs(low), Math.abs(high));
  const room = (high - low > 1e-6 * size ? high - low : size || 1) * (part === undefined ? 0.08 : part);
  return [low >= 0 && low - room < 0 ? 0 : low - room, high + room];
}

// A frame with axes. `x` and `y` are {low, high, name, log} or, for x, {names: […]}: equally spaced values.
class Chart {
  constructor(width, height, x, y, margins) {
    const marks = y.log ? logTicks(y.low, y.high) : ticks(y.low, y.high, 5);
    this.yMarks = marks.map((at) => [at, y.log ? short(at) : ticked(at, marks[1] - marks[0] || 1)]);
    const widest = Math.max(...this.yMarks.map(([, text]) => text.length));
    const m = Object.assign({ left: 34 + widest * 7, right: 18, top: 12, bottom: 46 }, margins);
    this.svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img" });
    this.left = m.left; this.right = width - m.right; this.top = m.top; this.bottom = height - m.bottom;
    const places = x.names ? x.names.length : 0;
    this.x = x.names
      ? (place) => this.left + ((place + 0.5) * (this.right - this.left)) / places
      : scale(x.low, x.high, this.left, this.right, x.log);
    this.y = scale(y.low, y.high, this.bottom, this.top, y.log);
    this.yAxis(y); this.xAxis(x);
  }
  add(...args) { const made = shape(...args); this.svg.append(made); return made; }
  yAxis(y) {
    for (const [at, text] of this.yMarks) {
      const place = this.y(at);
      this.add("line", { x1: this.left, x2: this.right, y1: place, y2: place, class: "grid" });
      this.add("text", { x: this.left - 8, y: place + 4, "text-anchor": "end", class: "tick", text });
    }
    const middle = (this.top + this.bottom) / 2;
    this.add("text", { x: 14, y: middle, "text-anchor": "middle", class: "name", text: y.name,
      transform: `rotate(-90 14 ${middle})` });
  }
  xAxis(x) {
    this.add("line", { x1: this.left, x2: this.right, y1: this.bottom, y2: this.bottom, class: "axis" });
    const marks = x.names ? x.names.map((_, place) => place) : x.log ? logTicks(x.low, x.high) : ticks(x.low, x.high, 6);
    const every = x.names ? Math.ceil((Math.max(...x.names.map((n) => n.length)) * 7.5 + 10) * marks.length / (this.right - this.left)) : 1;
    marks.forEach((at, place) => {
      if (place % every) return;
      const text = x.names ? x.names[at] : short(at);
      this.add("text", { x: this.x(at), y: this.bottom + 18, "text-anchor": "middle", class: "tick", text });
    });
    this.add("text", { x: (this.left + this.right) / 2, y: this.bottom + 38, "text-anchor": "middle", class: "name", text: x.name });
  }
  line(points, attributes) {
    const path = points.map(([x, y], n) => `${n ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
    this.add("path", Object.assign({ d: path, fill: "none", "stroke-width": 2.2, "stroke-linejoin": "round" }, attributes));
  }
  dot(x, y, text, attributes) {
    tipped(this.add("circle", Object.assign({ cx: x, cy: y, r: 4.5, stroke: "#fff", "stroke-width": 1.2 }, attributes)), text);
  }
  // `edges`: x, and the y of both edges there.
  band(edges, fill) {
    const around = [...edges.map(([x, low]) => [x, low]), ...[...edges].reverse().map(([x, , high]) => [x, high])];
    this.line(around, { fill, "fill-opacity": 0.18, stroke: "none" });
  }
  whisker(x, low, high, stroke) {
    for (const [x1, x2, y1, y2] of [[x, x, low, high], [x - 4, x + 4, low, low], [x - 4, x + 4, high, high]]) {
      this.add("line", { x1, x2, y1, y2, stroke, "stroke-width": 1.4 });
    }
  }
}

function tipped(mark, text) {
  const tip = document.getElementById("tip");
  mark.addEventListener("mousemove", (event) => {
    tip.textContent = typeof text === "function" ? text() : text;
    tip.hidden = false;
    tip.style.left = `${Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8)}px`;
    tip.style.top = `${Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8)}px`;
  });
  mark.addEventListener("mouseleave", () => { tip.hidden = true; });
  return mark;
}

function figure(title, svg, caption) {
  return element("figure", {}, ...(title ? [element("h3", { text: title })] : []), svg,
    ...(caption ? [element("figcaption", { text: caption })] : []));
}

function legend(names, dots) {
  return element("div", { class: "legend" }, ...names.map((name, place) => {
    const line = `border-color:${colour(place)};border-top-style:${dash(place) ? "dashed" : "solid"}`;
    const style = dots ? `background:${colour(place)}` : line;
    return element("span", {}, element("i", { style, class: dots ? "dot" : "" }), name);
  }));
}
