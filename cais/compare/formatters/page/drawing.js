"use strict";
// Elements, scales and text: what every picture and table of the page is made with.

const SVG = "http://www.w3.org/2000/svg";

/** An element of HTML; text in it is never read as HTML. */
function h(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** An element of SVG. */
function s(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

/** A picture with its title for those who do not see it. It is as many pixels wide as it is shown. */
function picture(width, height, title, ...children) {
  const attributes = { viewBox: `0 0 ${width} ${height}`, class: "picture", role: "img", "aria-label": title };
  return s("svg", attributes, ...children);
}

function text(x, y, content, attributes = {}) {
  return s("text", { x: round(x), y: round(y), ...attributes }, content);
}

function line(x1, y1, x2, y2, kind) {
  return s("line", { x1: round(x1), y1: round(y1), x2: round(x2), y2: round(y2), class: kind });
}

function rectangle(x, y, width, height, kind, attributes = {}) {
  const size = { width: Math.max(0, round(width)), height: Math.max(0, round(height)) };
  return s("rect", { x: round(x), y: round(y), ...size, class: kind, ...attributes });
}

function round(number) {
  return Math.round(number * 100) / 100;
}

/** A logarithmic scale from values to pixels. */
function logarithmic([from, to], [start, end]) {
  const [low, high] = [Math.log(from), Math.log(to)];
  const scale = (value) => start + ((Math.log(Math.max(value, 1e-12)) - low) / (high - low)) * (end - start);
  scale.inverse = (pixel) => Math.exp(low + ((pixel - start) / (end - start)) * (high - low));
  return scale;
}

function linear([from, to], [start, end]) {
  return (value) => start + ((value - from) / (to - from)) * (end - start);
}

/** 1, 10, 100, … within the bounds. */
function decades(low, high) {
  const found = [];
  for (let power = Math.ceil(Math.log10(low) - 1e-9); power <= Math.log10(high) + 1e-9; power += 1) {
    found.push(Number(`1e${power}`));
  }
  return found;
}

/** Round numbers, about `count` of them, from 0 to at least `high`. */
function steps(high, count) {
  const raw = high / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= raw);
  return Array.from({ length: Math.floor(high / step + 1e-9) + 1 }, (_, at) => at * step);
}

/** Positions that keep at least `gap` from each other, as near as they can be to where they should be. */
function spread(wanted, gap, [top, bottom]) {
  const order = wanted.map((_, at) => at).sort((one, other) => wanted[one] - wanted[other]);
  const placed = [...wanted];
  let free = top;
  for (const at of order) {
    placed[at] = Math.max(placed[at], free);
    free = placed[at] + gap;
  }
  let limit = bottom;
  for (const at of order.reverse()) {
    placed[at] = Math.min(placed[at], limit);
    limit = placed[at] - gap;
  }
  return placed;
}

const ruling = document.createElement("canvas").getContext("2d");

/** How many pixels wide some words are in a picture. */
function breadth(words, { bold = false } = {}) {
  ruling.font = `${bold ? 600 : 400} 12px ${getComputedStyle(document.body).fontFamily}`;
  return ruling.measureText(words).width;
}

/** Words in lines of at most so many pixels; a word that is longer is cut. */
function wrapped(content, most, style) {
  const fits = (words) => breadth(words, style) <= most;
  const lines = [""];
  for (const word of content.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (fits(longer) || !lines.at(-1)) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.map((part) => (fits(part) ? part : shortened(part, fits)));
}

function shortened(word, fits) {
  let length = word.length - 1;
  while (length > 1 && !fits(`${word.slice(0, length)}…`)) length -= 1;
  return `${word.slice(0, length)}…`;
}

const SHAPES = {
  ecs: (x, y) => s("circle", { cx: round(x), cy: round(y), r: 5 }),
  eks: (x, y) => s("rect", { x: round(x - 4.5), y: round(y - 4.5), width: 9, height: 9 }),
  "eks-auto-mode": (x, y) => s("path", { d: `M${round(x)} ${round(y - 6)}l6 6l-6 6l-6 -6z` }),
  serverless: (x, y) => s("path", { d: `M${round(x)} ${round(y - 6)}l6 10.5h-12z` }),
};

/** A target's sign, the same everywhere: nobody has to tell targets apart by their colour. */
function shape(target, x, y) {
  return filled(SHAPES[target](x, y), { class: `sign t-${target}` }, []);
}

/** The sign within text. */
function sign(target) {
  return s("svg", { viewBox: "0 0 14 14", class: "inline-sign", "aria-hidden": "true" }, shape(target, 7, 7));
}

function short(amount) {
  if (!Number.isFinite(amount)) return "–";
  if (amount >= 1e6) return `${Number((amount / 1e6).toPrecision(3))}M`;
  if (amount >= 1e4) return `${Number((amount / 1e3).toPrecision(3))}k`;
  return amount.toLocaleString("en-US", { maximumFractionDigits: amount < 10 ? 2 : 0 });
}

/** An amount to the cent, or from a thousand on to its whole part. */
function rounded(amount) {
  return amount >= 1000 ? plain(amount) : cents(amount);
}

function cents(amount) {
  if (!Number.isFinite(amount)) return "–";
  return amount.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

function seconds(value) {
  if (value === null) return "–";
  if (value >= 120) return `${Math.round(value / 60)} min`;
  return `${value >= 10 ? Math.round(value) : Number(value.toPrecision(2))} s`;
}

/** A table whose first column is its rows' heading. */
function table(caption, head, rows, kind = "") {
  const cell = (content, at) => (at === 0 ? h("th", { scope: "row" }, content) : h("td", {}, content));
  return h("table", { class: kind },
    h("caption", {}, caption),
    h("thead", {}, h("tr", {}, head.map((content) => h("th", { scope: "col" }, content)))),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map(cell)))));
}

/** Something long that is shown when it is asked for, and on paper. */
function folded(summary, ...children) {
  return h("details", {}, h("summary", {}, summary), h("div", { class: "folded" }, ...children));
}

/** A picture's numbers, for those who do not see the picture; paper has the picture. */
function inWords(summary, ...children) {
  return filled(folded(summary, ...children), { class: "in-words" }, []);
}
