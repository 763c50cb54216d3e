"use strict";
// The sliders: one for each assumption, with a field for a number of one's own.

const POSITIONS = 1000;
const CHOICE = "a choice of yours"; // the source of an assumption that is none
const WIDE = 100; // from this ratio of the bounds on, a slider is logarithmic

/** From positions of a slider to values, and back. */
function travel({ minimum, maximum, default: given, unit }) {
  const whole = !unit && maximum > 10 && [minimum, maximum, given].every(Number.isInteger);
  const tidy = (value) => (whole ? Math.round(value) : Number(value.toPrecision(3)));
  const bounded = (value) => Math.min(maximum, Math.max(minimum, tidy(value)));
  const low = minimum > 0 ? minimum : maximum / 1e6;
  if (maximum < 1000 && (minimum <= 0 || maximum / minimum < WIDE)) {
    const scale = linear([0, POSITIONS], [minimum, maximum]);
    const inverse = linear([minimum, maximum], [0, POSITIONS]);
    return { value: (position) => bounded(scale(position)), position: (value) => Math.round(inverse(value)) };
  }
  const scale = logarithmic([low, maximum], [minimum > 0 ? 0 : 1, POSITIONS]);
  return {
    value: (position) => (position < 1 ? minimum : bounded(scale.inverse(position))),
    position: (value) => (value < low ? 0 : Math.round(scale(value))),
  };
}

/** The controls of one assumption; `changed` is called when somebody has set it. */
class Control {
  constructor(item, { changed, scale = travel(item), prefix = "a" }) {
    this.item = item;
    this.scale = scale;
    const id = `${prefix}-${item.id}`;
    const set = (value) => Number.isFinite(value) && changed(item.id, Math.min(item.maximum, Math.max(item.minimum, value)));
    this.field = h("input", {
      type: "number", id, min: item.minimum, max: item.maximum, step: "any", inputmode: "decimal",
      onchange: () => set(this.field.valueAsNumber),
    });
    this.slider = h("input", {
      type: "range", min: 0, max: POSITIONS, step: 1, "aria-label": item.label,
      oninput: () => set(scale.value(Number(this.slider.value))),
    });
    this.label = h("label", { for: id }, item.label);
    this.note = h("span", { class: "changed" });
  }

  show(value, isChanged) {
    if (document.activeElement !== this.slider) this.slider.value = this.scale.position(value);
    this.slider.setAttribute("aria-valuetext", `${value} ${this.item.unit}`.trim());
    this.field.value = String(value);
    this.note.textContent = isChanged ? `Changed from ${this.item.default}. ` : "";
  }

  row() {
    const { low, high, source } = this.item;
    const range = low === high ? "" : `Plausibly ${low} to ${high}. `;
    const from = source === CHOICE ? "" : `Source: ${source}.`;
    return h("div", { class: "assumption" },
      h("div", { class: "top" }, this.label, h("span", {}, this.field, h("span", { class: "unit" }, this.item.unit))),
      this.slider,
      h("p", { class: "source" }, this.note, range, from));
  }
}

/** The slider of the load, as wide as the ruler above it. */
function loadControl(model, item, changed) {
  const scale = logarithmic([model.grid[0], model.grid.at(-1)], [0, POSITIONS]);
  const fitted = {
    value: (position) => Number(scale.inverse(position).toPrecision(3)),
    position: (value) => Math.min(POSITIONS, Math.max(0, Math.round(scale(value)))),
  };
  return new Control(item, { changed, scale: fitted, prefix: "top" });
}

/** Every assumption in its group; those that move the answer stand open. */
function assumptionGroups(model, controls, crossovers) {
  const moving = new Set(crossovers.flatMap(({ rate, influences }) => influences
    .filter(({ atLow, atHigh }) => Math.max(Math.abs(Math.log(atLow / rate)), Math.abs(Math.log(atHigh / rate))) > 0.01)
    .map((item) => item.assumption)));
  const ofLoad = new Set(["requests_per_second", "request_seconds", "cpu_seconds_per_request", "request_kb", "response_kb",
    "write_share", "stored_comments", "stored_comment_kb", "log_bytes_per_request"]);
  const groups = [
    ["Your load and your choices", ({ id, low, high, source }) => id === RATE || id === "services" || (low === high && source === CHOICE)],
    ["Uncertain, and moving a crossover", ({ id }) => moving.has(id)],
    ["More on your load", ({ id }) => ofLoad.has(id)],
    ["Other estimates", () => true],
  ];
  const left = new Map(model.report.assumptions.map((item) => [item.id, item]));
  return groups.map(([title, belongs], at) => {
    const members = [...left.values()].filter(belongs);
    members.forEach((item) => left.delete(item.id));
    const group = folded(`${title} (${members.length})`, members.map((item) => controls.get(item.id).row()));
    group.open = at === 0;
    return members.length ? group : null;
  });
}
