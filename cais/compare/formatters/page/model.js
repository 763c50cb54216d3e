"use strict";
// The cost model: sums, curves and crossovers as cais.compare.curves has them, and the answer as
// cais.compare.verdict tells it. It knows no price and no service; all of that is in the document.

const MOST_SERVICES = 100;
const HALVINGS = 26;
const FARTHEST = 100;

/** Everything that moves when an assumption is changed: sums, curves, crossovers, sentences. */
class Model {
  constructor(report) {
    this.report = report;
    this.day = report.load.day;
    this.grid = report.curves.requestsPerSecond;
    this.names = report.targets.map((target) => target.name);
    this.titles = Object.fromEntries(report.targets.map(({ name, title }) => [name, title]));
    this.lines = Object.fromEntries(report.targets.map((target) => [target.name, target.lines.map(asLine)]));
    this.reset();
  }

  reset() {
    this.values = Object.fromEntries(this.report.assumptions.map((item) => [item.id, item.default]));
    this.changed = new Set();
  }

  /** Sets an assumption. A value that somebody chose is certain. */
  set(id, value) {
    const { default: given } = this.report.assumptions.find((item) => item.id === id);
    this.values[id] = value;
    if (value === given) this.changed.delete(id);
    else this.changed.add(id);
  }

  quantity(line) {
    return line.quantity(this.values, this.day);
  }

  unitPrice(line) {
    return line.unitPrice(this.values, this.day);
  }

  /** What some lines come to, with changes of the assumptions. */
  sum(lines, changes = {}) {
    const values = { ...this.values, ...changes };
    const amount = (line) => line.quantity(values, this.day) * line.unitPrice(values, this.day);
    return lines.reduce((total, line) => total + amount(line), 0);
  }

  total(target, changes) {
    return this.sum(this.lines[target], changes);
  }

  curve(target) {
    return this.grid.map((rate) => this.total(target, { [RATE]: rate }));
  }

  curves() {
    return Object.fromEntries(this.names.map((name) => [name, this.curve(name)]));
  }

  /** The targets, the cheapest at this load first. */
  ranked() {
    const cost = Object.fromEntries(this.names.map((name) => [name, this.total(name)]));
    return [...this.names].sort((one, other) => cost[one] - cost[other]);
  }

  /** How much more a target costs than another, without the lines that both have. */
  difference(target, other) {
    const left = [...this.lines[target]];
    const right = [...this.lines[other]];
    for (const line of this.lines[target]) {
      const twin = right.findIndex((candidate) => candidate.same === line.same);
      if (twin < 0) continue;
      right.splice(twin, 1);
      left.splice(left.indexOf(line), 1);
    }
    const dearer = (changes) => this.sum(left, changes) - this.sum(right, changes);
    const variables = new Set([...left, ...right].flatMap((line) => [...line.variables]));
    return { dearer, variables };
  }

  crossovers(curves = this.curves()) {
    const winners = this.grid.map((_, at) => cheapestAt(curves, at));
    const found = [];
    for (let at = 0; at + 1 < winners.length; at += 1) {
      if (winners[at] !== winners[at + 1]) {
        found.push(this.crossover(winners[at], winners[at + 1], [this.grid[at], this.grid[at + 1]]));
      }
    }
    return found;
  }

  crossover(below, above, between) {
    const { dearer, variables } = this.difference(above, below);
    const rate = crossing((at) => dearer({ [RATE]: at }), between);
    // Not as far up as down: else the first middle were the crossing itself, where a rounding error decides.
    const around = [rate / FARTHEST, (rate * FARTHEST) / 2];
    const influences = this.report.assumptions
      .filter((item) => item.low !== item.high && !this.changed.has(item.id) && variables.has(item.id))
      .map(({ id, low, high }) => {
        const at = (end) => crossing((value) => dearer({ [RATE]: value, [id]: end }), around);
        return { assumption: id, atLow: at(low), atHigh: at(high) };
      });
    const ends = influences.map(({ atLow, atHigh }) => [Math.log(atLow / rate), Math.log(atHigh / rate)]);
    const down = Math.hypot(...ends.map((pair) => Math.min(...pair, 0)));
    const up = Math.hypot(...ends.map((pair) => Math.max(...pair, 0)));
    return { rate, below, above, low: rate * Math.exp(-down), high: rate * Math.exp(up), influences };
  }

  /** What a target may cost at least and at most, given what is uncertain. */
  spread(target) {
    const cost = this.total(target);
    const used = new Set(this.lines[target].flatMap((line) => [...line.variables]));
    const moves = this.report.assumptions
      .filter(({ id, low, high }) => low !== high && !this.changed.has(id) && used.has(id))
      .map(({ id, low, high }) => [low, high].map((end) => this.total(target, { [id]: end }) - cost));
    const down = Math.hypot(...moves.map((pair) => Math.min(...pair, 0)));
    const up = Math.hypot(...moves.map((pair) => Math.max(...pair, 0)));
    return [cost - down, cost + up];
  }

  /** From how many services on one cluster a target costs less than another; null for never. */
  paysOffFrom(target, other) {
    const { dearer } = this.difference(target, other);
    for (let count = 1; count <= MOST_SERVICES; count += 1) if (dearer({ services: count }) < 0) return count;
    return null;
  }

  payOffs() {
    return this.report.payOffs.map(({ target, than, lookedTo }) => ({
      target, than, lookedTo, services: this.paysOffFrom(target, than),
    }));
  }

  /** The answer, in the sentences of the text report. */
  verdict(crossovers = this.crossovers()) {
    if (!this.names.length) return this.report.verdict;
    const sentences = [];
    const [first, ...others] = this.ranked().map((name) => `${this.titles[name]} at ${money(this.total(name))}`);
    const rate = `At ${plain(this.values[RATE])} requests/s`;
    const soFar = this.pricedAlike() ? "" : "As far as it is priced: ";
    if (!others.length) {
      sentences.push(`${rate}: ${first} a month.`);
    } else {
      const told = `not all of ${this.titles[this.ranked()[0]]} is priced: ${first} a month, ${others.join(", ")}`;
      sentences.push(this.undecided() ? `${rate} the cheapest cannot be told, as ${told}.`
        : `${rate} the cheapest is ${first} a month; ${others.join(", ")}.`);
      sentences.push(soFar + this.byLoad(crossovers));
    }
    for (const { title, unpriced } of this.report.targets) {
      const missing = unpriced.map((item) => item.label).join(", ");
      if (missing) sentences.push(`${title} costs more than that: ${unpriced.length} not priced (${missing}).`);
    }
    return [...sentences, ...this.payOffs().map((item) => soFar + this.paying(item))];
  }

  /** Whether what is not priced of the cheapest target, but is of another one, may make it a dearer one. */
  undecided() {
    const [best, ...others] = this.ranked().map((name) => this.openParts(name));
    return best.some((label) => others.some((other) => !other.includes(label)));
  }

  pricedAlike() {
    return new Set(this.names.map((name) => this.openParts(name).join("\n"))).size === 1;
  }

  openParts(name) {
    const { unpriced } = this.report.targets.find((target) => target.name === name);
    return [...new Set(unpriced.map((item) => item.label))].sort();
  }

  byLoad(crossovers) {
    if (!crossovers.length) {
      const only = this.titles[cheapestAt(this.curves(), 0)];
      return `${only} is the cheapest at every load from 0.01 to 10,000 requests/s.`;
    }
    const [start] = crossovers;
    const parts = [`Below ${plain(start.rate)} requests/s (${band(start)}) ${this.titles[start.below]}`];
    crossovers.forEach((item, at) => {
      const last = at + 1 === crossovers.length;
      const from = last || at === 0 ? " from there" : ` from ${plain(item.rate)}`;
      const until = last ? "" : ` up to ${plain(crossovers[at + 1].rate)}`;
      parts.push(`${this.titles[item.above]}${from}${at ? ` (${band(item)})` : ""}${until}`);
    });
    return `${parts.join("; ")}.`;
  }

  paying({ target, than, services, lookedTo }) {
    const [name, other] = [this.titles[target], this.titles[than]];
    if (services === null) return `${name} costs more than ${other} with up to ${lookedTo} services on one cluster.`;
    return `${name} costs less than ${other} from ${services} services on one cluster.`;
  }
}

function asLine(line) {
  const { quantity, unitPrice } = line.formula;
  return {
    ...line,
    quantity: compiled(quantity),
    unitPrice: compiled(unitPrice),
    same: JSON.stringify(line.formula),
    variables: variablesIn(unitPrice, variablesIn(quantity)),
  };
}

function cheapestAt(curves, at) {
  return Object.keys(curves).reduce((best, name) => (curves[name][at] < curves[best][at] ? name : best));
}

/** Where, between two rates, something ceases to be dearer; one of the two, where it does not. */
function crossing(dearer, [from, to]) {
  if (dearer(from) < 0) return from;
  if (dearer(to) > 0) return to;
  let [low, high] = [Math.log(from), Math.log(to)];
  for (let round = 0; round < HALVINGS; round += 1) {
    const middle = (low + high) / 2;
    if (dearer(Math.exp(middle)) > 0) low = middle;
    else high = middle;
  }
  return Math.exp((low + high) / 2);
}

function band({ low, high }) {
  return `between ${plain(low)} and ${plain(high)}`;
}

function money(amount) {
  if (!Number.isFinite(amount)) return "no price";
  return `USD ${amount.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

/** A number to two digits, or to its whole part. */
function plain(number) {
  if (number >= 10) return Math.round(number).toLocaleString("en-US");
  return String(Number(number.toPrecision(2)));
}
