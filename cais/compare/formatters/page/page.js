"use strict";
// The page: what is on it from the start, and what is shown again when an assumption is changed.

const TOPICS = [
  { id: "compute", label: "compute" },
  { id: "entrance", label: "load balancer or API" },
  { id: "network", label: "network" },
  { id: "transfer", label: "data transfer" },
  { id: "data", label: "database" },
  { id: "observability", label: "logs and alarms" },
  { id: "storage", label: "images, secrets, keys" },
];

const report = JSON.parse(document.getElementById("report").textContent);
const model = new Model(report);
const controls = new Map();
let scheduled = false;

function fill(id, ...children) {
  document.getElementById(id).replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
}

function widthOf(id) {
  return Math.max(260, Math.floor(document.getElementById(id).clientWidth));
}

function changed(id, value) {
  model.set(id, value);
  schedule();
}

function schedule() {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    showFigures();
  });
}

/** All that depends on the assumptions. */
function showFigures() {
  const curves = model.curves();
  const crossovers = model.crossovers(curves);
  showDecision(crossovers);
  showCurves(curves, crossovers);
  showBill();
  for (const control of controls.values()) {
    control.show(model.values[control.item.id], model.changed.has(control.item.id));
  }
  controls.top.show(model.values[RATE], model.changed.has(RATE));
  document.getElementById("reset").disabled = model.changed.size === 0;
}

function showDecision(crossovers) {
  const ranked = model.ranked();
  const [best, next] = ranked;
  const rate = `${plain(model.values[RATE])} requests/s`;
  const least = model.total(best);
  const open = model.undecided();
  const cheapest = open ? `The cheapest at ${rate} cannot be told` : `${model.titles[best]} costs least at ${rate}`;
  const answer = next ? cheapest : `${model.titles[best]} costs ${money(least)} a month at ${rate}`;
  const more = next && [", ", h("strong", {}, money(model.total(next) - least)), ` less than ${model.titles[next]}, the next.`];
  fill("answer", answer);
  fill("lead", !next ? "The one target in these templates, so there is nothing to compare it with." : [h("strong", {}, money(least)), open ? ` a month at least for ${model.titles[best]}, of which not all is priced.` : [" a month", more]]);
  fill("ruler", ruler(model, crossovers, widthOf("ruler")));
  fill("cards", model.names.map((name) => card(name, best, least)));
  fill("sentences", model.verdict(crossovers).slice(1).map((sentence) => h("p", {}, sentence)), sure(crossovers, ranked));
  fill("live", open || !next ? `${answer}.` : `${answer}: ${money(least)} a month.`);
}

function card(name, best, least) {
  const target = report.targets.find((item) => item.name === name);
  const cost = model.total(name);
  const [low, high] = model.spread(name).map(plain);
  const requests = model.values[RATE] * model.values.hours_per_month * 3600;
  const missing = target.unpriced.length ? `${target.unpriced.length} more not priced` : "";
  return h("div", { class: `card t-${name}${name === best ? " best" : ""}` },
    h("p", { class: "name" }, sign(name), target.title),
    h("p", { class: "price" }, cents(cost), " ", h("small", {}, `${report.prices.currency} a month`)),
    model.names.length === 1 ? null : h("p", {}, name === best ? (model.undecided() ? "the least, as far as it is priced" : "the cheapest") : `${cents(cost - least)} more`),
    Number.isFinite(cost) ? h("p", {}, low === high ? "" : `plausibly ${low} to ${high}`) : null,
    requests ? h("p", {}, `${cents((cost / requests) * 1e6)} for a million requests`) : null,
    missing ? h("p", { class: "mark" }, missing) : null);
}

/** How sure the answer is at this load. */
function sure(crossovers, [best]) {
  const rate = model.values[RATE];
  const near = crossovers.find(({ low, high }) => low <= rate && rate <= high);
  const limits = crossovers.flatMap(({ low, high }) => [low, high]);
  const above = limits.find((limit) => limit > rate);
  const below = limits.findLast((limit) => limit < rate);
  const unconfirmed = new Set(report.targets.flatMap(({ lines }) => lines.filter(({ price }) => !price.confirmed).map(({ price }) => price.id)));
  let told = model.names.length === 1 ? "" : `${model.titles[best]} stays the cheapest whatever the uncertain assumptions are, each within its range.`;
  if (near) {
    const causes = strongest(near).slice(0, 2).join(" and ");
    told = `Too close to call: the change from ${model.titles[near.below]} to ${model.titles[near.above]} lies ${band(near)} requests/s${causes ? `, depending most on ${causes}` : ""}.`;
  } else if (above || below) {
    const up = above ? `grow ${plain(above / rate)} times` : "";
    const down = below ? `shrink to ${plain(below)} requests/s` : "";
    told = `The load would have to ${[up, down].filter(Boolean).join(", or ")} before that becomes uncertain.`;
  }
  const prices = `Prices are ${report.prices.ageDays} days old; ${unconfirmed.size || "none"} of them ${unconfirmed.size === 1 ? "was" : "were"} not confirmed by a public page.`;
  return h("p", { class: "sure" }, h("strong", {}, "How sure? "), told, " ", prices);
}

function strongest({ rate, influences }) {
  const force = ({ atLow, atHigh }) => Math.abs(Math.log(atLow / rate)) + Math.abs(Math.log(atHigh / rate));
  const label = (id) => report.assumptions.find((item) => item.id === id).label;
  return [...influences].sort((one, other) => force(other) - force(one)).map((item) => `“${label(item.assumption)}”`);
}

function showCurves(curves, crossovers) {
  const chart = costChart(model, { curves, crossovers }, widthOf("cost-chart"));
  chart.addEventListener("click", (event) => pick(event, chart));
  const open = document.querySelector("#cost-table details")?.open ?? false;
  const rates = [...new Set([...decades(model.grid[0], model.grid.at(-1)), model.values[RATE]])].sort((one, other) => one - other);
  const rows = rates.map((rate) => [short(rate), ...model.names.map((name) => rounded(model.total(name, { [RATE]: rate })))]);
  const numbers = folded("The curves as a table",
    table(`${report.prices.currency} a month, by requests a second`, ["requests/s", ...model.names.map((name) => model.titles[name])], rows));
  numbers.open = open;
  fill("cost-chart", chart, h("figcaption", { class: "note" }, "Grey bands: where the cheapest may change, given what is uncertain. A click sets the load."));
  fill("cost-table", numbers);
}

function pick(event, chart) {
  const box = chart.getBoundingClientRect();
  const at = ((event.clientX - box.left) / box.width) * chart.viewBox.baseVal.width;
  if (at >= chart.area.left && at <= chart.area.right) changed(RATE, Number(chart.scale.inverse(at).toPrecision(3)));
}

function showBill() {
  const head = [report.prices.currency, ...model.names.map((name) => [sign(name), model.titles[name]])];
  const byName = Object.fromEntries(model.names.map((name) => [name, sums(model, name, TOPICS)]));
  const rows = TOPICS.map(({ id, label }, at) => [
    h("span", { class: "with-swatch" }, h("span", { class: `swatch topic-${id}` }), label), ...model.names.map((name) => cents(byName[name][at].amount)),
  ]);
  const topics = table("A month by topic", head, [...rows, ["together", ...model.names.map((name) => cents(model.total(name)))]]);
  topics.tBodies[0].lastElementChild.className = "sum";
  const open = [...document.querySelectorAll("#bill-lines details")].map((item) => item.open);
  fill("bill-chart", billChart(model, TOPICS, widthOf("bill-chart")));
  fill("bill-topics", topics);
  fill("bill-lines", report.targets.map((target, at) => {
    const lines = folded(`${target.title}, line by line: ${cents(model.total(target.name))}`, billLines(target), unpriced(target));
    lines.open = open[at] ?? false;
    return lines;
  }));
}

function billLines(target) {
  const lines = model.lines[target.name].map((item) => ({ item, amount: model.sum([item]) }));
  const shown = lines.filter(({ amount }) => amount >= 0.005 || !Number.isFinite(amount));
  const zero = lines.length - shown.length;
  const rows = shown.map(({ item, amount }) => [
    [item.label, h("small", {}, item.basis), h("small", {}, resource(item.resources[0]))],
    [`${quantity(model.quantity(item))} ${item.unit} × ${price(model.unitPrice(item))} `,
      h("small", {}, h("a", { href: item.price.source, rel: "noreferrer" }, item.price.id), item.price.confirmed ? "" : h("span", { class: "mark" }, " ? unconfirmed"))],
    cents(amount),
  ]);
  const hidden = zero ? ` ${zero} lines come to nothing at this load.` : "";
  return table(`Quantity × unit price = amount, each for a resource of a template.${hidden}`, ["for", "quantity × price", "amount"], rows, "lines");
}

function quantity(number) {
  return number.toLocaleString("en-US", { maximumFractionDigits: number < 10 ? 3 : number < 1000 ? 1 : 0 });
}

function price(number) {
  return number.toLocaleString("en-US", { maximumSignificantDigits: 6, maximumFractionDigits: 12 });
}

function resource({ template, logicalId, constructPath }) {
  return `${template}: ${constructPath ?? logicalId}`;
}

function unpriced(target) {
  if (!target.unpriced.length) return null;
  return [h("p", { class: "mark" }, "Not priced:"), h("ul", {}, target.unpriced.map((item) => h("li", {}, `${item.label}: ${item.reason}`)))];
}

function buildAssumptions() {
  for (const item of report.assumptions) controls.set(item.id, new Control(item, { changed }));
  controls.top = loadControl(model, report.assumptions.find((item) => item.id === RATE), changed);
  fill("rate", controls.top.slider, controls.top.label, controls.top.field);
  const reset = h("button", { type: "button", id: "reset", onclick: () => { model.reset(); schedule(); } }, "Back to the report's values");
  const form = document.getElementById("assumptions");
  form.addEventListener("submit", (event) => event.preventDefault());
  form.replaceChildren(h("h3", { id: "assumptions-title" }, "Change what is assumed"),
    h("p", { class: "note" }, "Curves, sums and sentences follow. A value of yours counts as certain."), reset,
    h("div", {}, assumptionGroups(model, controls, model.crossovers()).filter(Boolean)));
}

function start() {
  showLimits();
  if (!report.targets.length) {
    fill("answer", report.verdict[0]);
    for (const id of ["curves", "bill", "architecture", "speed", "upkeep"]) document.getElementById(id).hidden = true;
    return;
  }
  buildAssumptions();
  showUpkeep();
  showPictures();
  showSpeedNote();
  showFigures();
  let width = document.documentElement.clientWidth;
  new ResizeObserver(() => {
    if (document.documentElement.clientWidth === width) return;
    width = document.documentElement.clientWidth;
    showPictures();
    schedule();
  }).observe(document.documentElement);
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open], .in-words)")];
    folded.forEach((item) => { item.open = true; });
  });
  addEventListener("afterprint", () => folded.forEach((item) => { item.open = false; }));
}

start();
