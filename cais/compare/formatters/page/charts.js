"use strict";
// Pictures of numbers: who is cheapest, cost against load, bills, times, states and latencies.

const NARROW = 560;

/** Who is the cheapest at which load, on the scale of the slider below it. */
function ruler(model, crossovers, width) {
  const [low, high] = [model.grid[0], model.grid.at(-1)];
  const x = logarithmic([low, high], [1, width - 1]);
  const ends = [low, ...crossovers.map((item) => item.rate), high];
  const first = crossovers.length ? crossovers[0].below : model.names.length ? cheapestNow(model) : null;
  const owners = [first, ...crossovers.map((item) => item.above)];
  const parts = owners.map((name, at) => rulerPart(model, name, x(ends[at]), x(ends[at + 1])));
  const bands = crossovers.map(({ low: from, high: to }) =>
    rectangle(x(from), 0, Math.max(2, x(to) - x(from)), 40, "doubt", { fill: "url(#hatch)" }));
  const ticks = decades(low, high).map((value, at, all) =>
    text(x(value), 56, short(value), { class: "tick", "text-anchor": at ? (at + 1 < all.length ? "middle" : "end") : "start" }));
  const told = owners.map((name, at) => `${model.titles[name]} from ${plain(ends[at])} to ${plain(ends[at + 1])}`);
  const here = x(Math.min(high, Math.max(low, model.values[RATE])));
  return picture(width, 60, `The cheapest by load, in requests a second: ${told.join("; ")}`,
    hatching(), parts, bands, ticks, s("path", { d: `M${round(here)} 40v-44`, class: "here" }));
}

function cheapestNow(model) {
  return model.ranked()[0];
}

function rulerPart(model, name, from, to) {
  const title = model.titles[name];
  const fits = [title, title.split(" ").at(-1)].find((word) => breadth(word, { bold: true }) * 1.09 + 32 < to - from);
  return s("g", {},
    rectangle(from, 0, to - from, 40, `segment t-${name}`),
    to - from > 18 ? shape(name, fits ? from + 14 : (from + to) / 2, 20) : [],
    fits ? text(from + 26, 24, fits, { class: `on-segment t-${name}` }) : []);
}

function hatching() {
  return s("defs", {},
    s("pattern", { id: "hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      s("rect", { width: 2.2, height: 6, class: "hatch" })));
}

/** Cost of a month against load, on logarithmic scales. */
function costChart(model, { curves, crossovers }, width) {
  const narrow = width < NARROW;
  const height = narrow ? 320 : 430;
  const right = Math.max(...Object.values(model.titles).map((title) => breadth(title, { bold: true }))) + 16;
  const area = { left: 44, right: width - right, top: 26, bottom: height - 40 };
  // The axis holds the report's own curves too, so that it stays where it is while a slider moves.
  const costs = [...Object.values(curves), ...Object.values(model.report.curves.perMonth)].flat()
    .filter((cost) => Number.isFinite(cost) && cost > 0);
  if (!costs.length) costs.push(1, 10); // nothing is priced
  const x = logarithmic([model.grid[0], model.grid.at(-1)], [area.left, area.right]);
  const y = logarithmic([Math.min(...costs) * 0.8, Math.max(...costs) * 1.15], [area.bottom, area.top]);
  const rate = model.values[RATE];
  const title = `Cost of a month in ${model.report.prices.currency} against requests a second. ${model.verdict(crossovers)[model.names.length > 1 ? 1 : 0]} The table below has the numbers.`;
  const drawn = picture(width, height, title,
    axes(model, x, y, area, costs),
    crossovers.map((item) => doubt(item, x, area)),
    model.names.map((name) => s("path", { d: path(model.grid, curves[name], x, y), class: `curve t-${name}` })),
    labels(model, curves, y, area),
    rate >= model.grid[0] && rate <= model.grid.at(-1) ? atLoad(model, x, y, area) : []);
  drawn.scale = x;
  drawn.area = area;
  return drawn;
}

function path(grid, costs, x, y) {
  const points = grid.map((rate, at) => [x(rate), y(costs[at]), costs[at]])
    .filter(([, , cost]) => Number.isFinite(cost) && cost > 0);
  return points.map(([left, top], at) => `${at ? "L" : "M"}${round(left)} ${round(top)}`).join("");
}

function axes(model, x, y, area, costs) {
  const thin = area.right - area.left < 260 ? 2 : 1; // where there is no room, every second number is left out
  const across = decades(model.grid[0], model.grid.at(-1));
  const [low, high] = [Math.min(...costs) * 0.8, Math.max(...costs) * 1.15];
  const between = decades(low / 10, high).flatMap((power) => [2 * power, 5 * power]);
  const up = [...decades(low, high), ...between.filter((value) => value > low && value < high)];
  return s("g", {},
    up.map((value) => [
      line(area.left, y(value), area.right, y(value), "gridline"),
      text(area.left - 6, y(value) + 4, short(value), { class: "tick", "text-anchor": "end" }),
    ]),
    across.map((value, at) => [
      line(x(value), area.top, x(value), area.bottom, "gridline"),
      at % thin ? [] : text(x(value), area.bottom + 16, short(value), { class: "tick", "text-anchor": "middle" }),
    ]),
    text(4, 12, `${model.report.prices.currency} a month`, { class: "axis" }),
    text((area.left + area.right) / 2, area.bottom + 34, "requests a second", { class: "axis", "text-anchor": "middle" }));
}

function doubt({ rate, low, high }, x, area) {
  const from = Math.max(area.left, x(low));
  const to = Math.min(area.right, x(high));
  return s("g", {},
    rectangle(from, area.top, Math.max(2, to - from), area.bottom - area.top, "doubt-area"),
    line(x(rate), area.top, x(rate), area.bottom, "crossover"),
    text(x(rate) + 4, area.top + 12, plain(rate), { class: "crossover-label" }));
}

function labels(model, curves, y, area) {
  const wanted = model.names.map((name) => Math.min(area.bottom, y(curves[name].findLast(Number.isFinite) ?? 1)));
  const placed = spread(wanted, 16, [area.top + 4, area.bottom]);
  return model.names.map((name, at) => s("g", {},
    line(area.right + 1, wanted[at], area.right + 9, placed[at], `leader t-${name}`),
    text(area.right + 12, placed[at] + 4, model.titles[name], { class: `curve-label t-${name}` })));
}

function atLoad(model, x, y, area) {
  const rate = model.values[RATE];
  const left = x(rate);
  const told = `${plain(rate)} requests/s`;
  const end = left + 5 + breadth(told, { bold: true }) > area.right;
  return s("g", {},
    line(left, area.top - 6, left, area.bottom, "here"),
    text(left + (end ? -5 : 5), area.top - 8, told, { class: "here-label", "text-anchor": end ? "end" : "start" }),
    model.names.filter((name) => Number.isFinite(model.total(name)) && model.total(name) > 0)
      .map((name) => shape(name, left, y(model.total(name)))));
}

/** A bar of a bill's topics for each target, all on one scale. */
function billChart(model, topics, width) {
  const rows = model.names.map((name) => ({ name, parts: sums(model, name, topics), total: model.total(name) }));
  const most = Math.max(...rows.map((row) => row.total).filter(Number.isFinite), 1);
  const x = linear([0, most], [0, width]);
  const told = rows.map((row) => `${model.titles[row.name]} ${cents(row.total)}`).join("; ");
  return picture(width, rows.length * 62, `The month by what it is spent on: ${told}. The table below has the numbers.`,
    rows.map((row, at) => billBar(model, row, x, at * 62)));
}

function sums(model, name, topics) {
  return topics.map(({ id, label }) => ({
    id, label, amount: model.sum(model.lines[name].filter((item) => item.topic === id)),
  }));
}

function billBar(model, { name, parts, total }, x, top) {
  let left = 0;
  const segments = parts.filter(({ amount }) => amount > 0 && Number.isFinite(amount)).map(({ id, label, amount }) => {
    const from = x(left);
    left += amount;
    const width = x(left) - from;
    const words = [`${label} ${short(amount)}`, label, short(amount)].find((word) => breadth(word) + 9 < width);
    return s("g", {},
      rectangle(from, top + 22, Math.max(1, width - 1.5), 30, `topic topic-${id}`),
      s("title", {}, `${label}: ${cents(amount)}`),
      words ? text(from + 5, top + 41, words, { class: "on-topic" }) : []);
  });
  return s("g", {}, shape(name, 8, top + 10),
    text(20, top + 14, `${model.titles[name]}  ${cents(total)}`, { class: "bar-label" }), segments);
}

/** Seconds of every target: measured ones filled, computed ones hatched. */
function timeChart(report, id, width) {
  const rows = report.targets.map((target) => ({ ...target, figure: target.time.find((item) => item.id === id) }))
    .filter(({ figure }) => figure && figure.seconds !== null);
  if (!rows.length) return null;
  const most = Math.max(...rows.map(({ figure }) => figure.seconds), 1);
  const x = linear([0, most], [0, width - 150]);
  const told = rows.map(({ title, figure }) => `${title} ${seconds(figure.seconds)}, ${figure.basis}`).join("; ");
  return picture(width, rows.length * 40, `${rows[0].figure.label}: ${told}`, hatching(),
    rows.map(({ name, title, figure }, at) => s("g", {},
      shape(name, 8, at * 40 + 9), text(20, at * 40 + 13, title, { class: "bar-label" }),
      rectangle(0.5, at * 40 + 19, Math.max(2, x(figure.seconds)), 12, `time t-${name} ${figure.basis}`),
      figure.basis === "computed" ? rectangle(0.5, at * 40 + 19, Math.max(2, x(figure.seconds)), 12, "", { fill: "url(#hatch)" }) : [],
      text(Math.max(2, x(figure.seconds)) + 8, at * 40 + 29, `${seconds(figure.seconds)} ${figure.basis}`, { class: "bar-value" }))));
}

/** The states of every copy in a run of verify, from its first second on. */
function stateChart(target, width) {
  const { states } = target.measurement;
  const copies = [...new Set(states.map((change) => change.copy))];
  const rollout = target.time.find((item) => item.id === "rollout" && item.basis === "measured");
  const end = Math.max(...states.map((change) => change.at)) * 1.08 + 1;
  const label = Math.max(...copies.map((copy) => breadth(copy, { bold: true }))) + 10;
  const x = linear([0, end], [label, width - 8]);
  const rows = copies.map((copy, at) => stateRow(copy, states.filter((change) => change.copy === copy), x, at * 30, end));
  const bottom = copies.length * 30 + 4;
  const told = states.map((change) => `${change.copy} ${change.state} at ${seconds(change.at)}`).join("; ");
  return picture(width, bottom + 34, `${target.title}: ${told}`, hatching(),
    steps(end, width < NARROW ? 4 : 8).map((value) => [
      line(x(value), 0, x(value), bottom, "gridline"),
      text(x(value), bottom + 14, `${short(value)} s`, { class: "tick", "text-anchor": "middle" }),
    ]),
    rows,
    text(label, bottom + 30, rollout ? `rolling deployment: ${seconds(rollout.seconds)}` : "since the run began", { class: "axis" }));
}

function stateRow(copy, changes, x, top, end) {
  return s("g", {}, text(0, top + 19, copy, { class: "bar-label" }), changes.map(({ at, state, reason }, index) => {
    const until = index + 1 < changes.length ? changes[index + 1].at : end;
    const width = x(until) - x(at);
    return s("g", {},
      s("title", {}, `${copy}: ${state} from ${seconds(at)}${reason ? `, ${reason}` : ""}`),
      rectangle(x(at), top + 4, Math.max(2, width - 1), 22, `state state-${state}`),
      state === "initial" ? rectangle(x(at), top + 4, Math.max(2, width - 1), 22, "", { fill: "url(#hatch)" }) : [],
      breadth(state) + 9 < width ? text(x(at) + 5, top + 19, state, { class: `on-state on-${state}` }) : []);
  }));
}

/** From the median to the 99th percentile, on one logarithmic scale of milliseconds. */
function latencyChart(report, width) {
  const rows = report.targets.flatMap((target) => target.latency.map((item) => ({ ...item, target })));
  const low = 10 ** Math.floor(Math.log10(Math.max(0.1, Math.min(...rows.map((row) => row.p50Ms)))));
  const high = 10 ** Math.ceil(Math.log10(Math.max(...rows.map((row) => row.p99Ms)) * 1.01));
  const x = logarithmic([low, high], [6, width - 20]);
  const bottom = rows.length * 48;
  const told = rows.map(({ target, kind, p50Ms, p99Ms }) => `${target.title}, ${kind}: median ${short(p50Ms)}, 99 % within ${short(p99Ms)}`);
  return picture(width, bottom + 22, `Milliseconds of an answer. ${told.join("; ")}`,
    decades(low, high).map((value, at, all) => [
      line(x(value), 0, x(value), bottom, "gridline"),
      text(x(value), bottom + 16, `${short(value)} ms`, { class: "tick", "text-anchor": at ? (at + 1 < all.length ? "middle" : "end") : "start" }),
    ]),
    rows.map(({ target, kind, p50Ms, p99Ms, requests }, at) => s("g", {},
      shape(target.name, 8, at * 48 + 12),
      text(20, at * 48 + 16, `${target.title}, ${kind}: ${short(p50Ms)} to ${short(p99Ms)} ms (${short(requests)} requests)`, { class: "bar-label" }),
      rectangle(x(p50Ms), at * 48 + 24, Math.max(3, x(p99Ms) - x(p50Ms)), 12, `time t-${target.name} measured`),
      line(x(p50Ms), at * 48 + 21, x(p50Ms), at * 48 + 39, `median t-${target.name}`))));
}
