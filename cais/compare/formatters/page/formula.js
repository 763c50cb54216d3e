"use strict";
// Formulas: evaluated here as cais.compare.expression evaluates them in Python.

const FORGIVEN = 1e-9; // what ceil and floor forgive, so that binary fractions come to the same whole number
const RATE = "requests_per_second";

const OPERATIONS = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
  max: Math.max,
  min: Math.min,
  ceil: (number) => Math.ceil(number - FORGIVEN),
  floor: (number) => Math.floor(number + FORGIVEN),
  exp: Math.exp,
  pack: (vcpu, memory, count, ...pods) => nodesNeeded([vcpu, memory, count], pods),
};

/** A formula as a function of the values of its variables and of the day's periods. */
function compiled(formula) {
  if (typeof formula === "number") return () => formula;
  if (typeof formula === "string") return (values) => values[formula];
  const [name, ...rest] = formula;
  const parts = rest.map(compiled);
  if (name === "day") return (values, day) => meanOverDay(parts[0], values, day);
  const operation = OPERATIONS[name];
  return (values, day) => operation(...parts.map((part) => part(values, day)));
}

function meanOverDay(body, values, day) {
  let mean = 0;
  for (const { share, factor } of day) {
    values.load = values[RATE] * factor;
    mean += share * body(values, day);
  }
  return mean;
}

/** How many nodes hold the pods: first fit, the largest first; Infinity where a pod is larger than a node. */
function nodesNeeded(node, numbers) {
  const pods = [];
  for (let at = 0; at < numbers.length; at += 3) pods.push(numbers.slice(at, at + 3));
  const size = ([vcpu, memory]) => Math.max(vcpu / node[0], memory / node[1]);
  pods.sort((one, other) => size(other) - size(one));
  const rooms = [];
  if (Math.min(...node) <= 0) return Infinity;
  for (const [vcpu, memory, count] of pods) {
    let left = Math.trunc(count);
    for (const room of rooms) left -= place(room, vcpu, memory, left);
    while (left > 0) {
      const room = [node[0], node[1], Math.trunc(node[2])];
      const placed = place(room, vcpu, memory, left);
      if (placed <= 0) return Infinity;
      rooms.push(room);
      left -= placed;
    }
  }
  return rooms.length;
}

function place(room, vcpu, memory, count) {
  const times = (space, size) => (size ? Math.floor((space + FORGIVEN) / size) : 1e9);
  const fitting = Math.min(count, room[2], times(room[0], vcpu), times(room[1], memory));
  room[0] -= fitting * vcpu;
  room[1] -= fitting * memory;
  room[2] -= fitting;
  return fitting;
}

function variablesIn(formula, found = new Set()) {
  if (typeof formula === "string") found.add(formula === "load" ? RATE : formula);
  if (Array.isArray(formula)) formula.slice(1).forEach((part) => variablesIn(part, found));
  return found;
}
