"use strict";
// The picture of a target: client, entrance, compute and what it uses, inside of the network and outside.

const COLUMNS = { client: 0, entrance: 1, compute: 2, host: 2, store: 3, egress: 3, secrets: 3, logs: 3 };
const LINE = 15;

function architecture(target, width) {
  const client = { id: "client", role: "client", label: "Clients", details: [], count: 1, inNetwork: false, resources: [] };
  const boxes = [client, ...target.architecture.boxes];
  const laid = width < 640 ? stacked(boxes, width) : inColumns(boxes, width);
  const places = Object.fromEntries(laid.boxes.map((box) => [box.id, box]));
  const links = target.architecture.links.filter((link) => places[link.from] && places[link.to]);
  const zones = target.architecture.zones > 1 ? `VPC, ${target.architecture.zones} zones` : "VPC";
  return picture(width, laid.height, described(target),
    s("defs", {}, s("marker", { id: `arrow-${target.name}`, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" },
      s("path", { d: "M0 0L8 4L0 8z", class: "arrow-head" }))),
    laid.network ? network(laid.network, zones) : [],
    links.map((link) => arrow(places[link.from], places[link.to], link.label, target.name, laid.vertical)),
    laid.boxes.map((box) => drawnBox(box, target.name)));
}

function described({ title, architecture: { boxes, links } }) {
  const label = (id) => boxes.find((box) => box.id === id)?.label ?? "clients";
  return `How ${title} is put together: ${links.map((link) => `${label(link.from)} to ${label(link.to)}`).join("; ")}`;
}

function measured(box, width) {
  const lines = [...wrapped(box.label, width - 18, { bold: true }).map((words) => ["box-label", words]),
    ...box.details.flatMap((detail) => wrapped(detail, width - 18)).map((words) => ["box-detail", words])];
  return { ...box, width, height: lines.length * LINE + 18, lines };
}

function inColumns(all, width) {
  const widths = width > 860 ? [78, 206, 206, 196] : [78, 140, 176, 164];
  const gap = (width - 24 - widths.reduce((sum, each) => sum + each)) / 3;
  const left = (column) => widths.slice(0, column).reduce((sum, each) => sum + each + gap, 2);
  const boxes = all.map((box) => measured(box, widths[COLUMNS[box.role]]));
  const inside = boxes.filter((box) => box.inNetwork);
  const tops = [0, 0, 0, 0];
  for (const box of inside) place(box, COLUMNS[box.role], 44);
  const bottom = inside.length ? Math.max(...tops) + 2 : 0;
  const first = inside.length ? Math.min(...inside.map((box) => COLUMNS[box.role])) : 4;
  for (const box of boxes.filter((item) => !item.inNetwork)) place(box, COLUMNS[box.role], COLUMNS[box.role] < first ? 44 : bottom + 18);
  const height = Math.max(...tops, bottom) + 6;
  const area = inside.length ? { x: left(first) - 14, y: 8, width: width - 4 - left(first) + 14, height: bottom } : null;
  return { boxes, height, network: area, vertical: false };

  function place(box, column, start) {
    box.x = left(column);
    box.y = Math.max(tops[column], start);
    tops[column] = box.y + box.height + 16;
  }
}

function stacked(all, width) {
  const order = (box) => (box.inNetwork ? COLUMNS[box.role] : COLUMNS[box.role] < 2 ? COLUMNS[box.role] : COLUMNS[box.role] + 4);
  const isOutside = (box) => !box.inNetwork && box.role === "compute" ? 2 : order(box);
  const boxes = [...all].sort((one, other) => isOutside(one) - isOutside(other)).map((box) => measured(box, width - 56));
  let top = 4;
  let wasInside = false;
  for (const box of boxes) {
    if (box.inNetwork !== wasInside) top += box.inNetwork ? 30 : 12;
    wasInside = box.inNetwork;
    Object.assign(box, { x: 36, y: top });
    top += box.height + 22;
  }
  const inside = boxes.filter((box) => box.inNetwork);
  const from = inside.length ? inside[0].y - 30 : 0;
  const last = inside.at(-1);
  const area = last ? { x: 14, y: from, width: width - 18, height: last.y + last.height + 12 - from } : null;
  return { boxes, height: top, network: area, vertical: true };
}

function network({ x, y, width, height }, label) {
  return s("g", {}, rectangle(x, y, width, height, "network", { rx: 10 }), text(x + 12, y + 20, label, { class: "network-label" }));
}

function arrow(from, to, label, name, vertical) {
  const marker = { class: "arrow", "marker-end": `url(#arrow-${name})` };
  const below = from.x === to.x;
  if (below && (!vertical || COLUMNS[to.role] < 3)) {
    const x = from.x + (vertical ? from.width / 2 : 26);
    return s("g", {}, s("path", { d: `M${round(x)} ${from.y + from.height}V${to.y - 2}`, ...marker }));
  }
  if (vertical) {
    const [start, end] = [from.y + from.height / 2, to.y + to.height / 2];
    return s("path", { d: `M${from.x} ${start}H24V${end}H${to.x - 2}`, ...marker });
  }
  const [x1, y1] = [from.x + from.width, from.y + 22];
  const [x2, y2] = [to.x - 2, to.y + 22];
  const middle = (x1 + x2) / 2;
  return s("g", {},
    s("path", { d: `M${round(x1)} ${y1}C${round(middle)} ${y1} ${round(middle)} ${y2} ${round(x2)} ${y2}`, ...marker }),
    label && x2 - x1 > 40 ? text(x2 - 10, y2 > y1 ? y2 + 15 : y2 - 7, label, { class: "tick", "text-anchor": "end" }) : []);
}

function drawnBox(box, name) {
  const behind = Array.from({ length: Math.min(2, box.count - 1) }, (_, at) => at + 1).reverse();
  const kind = `box box-${box.role} t-${name}`;
  const title = box.resources.map((item) => `${item.template} ${item.logicalId}`).join("\n");
  return s("g", {}, title ? s("title", {}, title) : [],
    behind.map((at) => rectangle(box.x + at * 4, box.y + at * 4, box.width, box.height, kind, { rx: 7 })),
    rectangle(box.x, box.y, box.width, box.height, kind, { rx: 7 }),
    box.lines.map(([style, words], at) => text(box.x + 11, box.y + 20 + at * LINE, words, { class: style })));
}
