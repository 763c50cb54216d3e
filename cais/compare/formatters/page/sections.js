"use strict";
// The sections that no assumption changes: pictures, times, behaviour, parts, upkeep, limits.

function showPictures() {
  const width = widthOf("pictures");
  fill("pictures", report.targets.map((target) => h("figure", {},
    h("h3", {}, sign(target.name), target.title, target.variantOf ? " (computed from the EKS template)" : ""),
    architecture(target, width),
    inWords("The same as a list", boxTable(target)))));
  const timed = ["healthy", "rollout", "scale-out", "cold-start"].map((id) => {
    const chart = timeChart(report, id, Math.min(520, widthOf("speed") > 860 ? widthOf("speed") / 2 - 24 : widthOf("speed")));
    const label = report.targets[0].time.find((item) => item.id === id)?.label;
    return chart && h("figure", {}, h("h3", {}, label[0].toUpperCase() + label.slice(1)), chart);
  });
  fill("times", timed);
  showStates(widthOf("speed"));
  showLatency(widthOf("speed"));
}

function boxTable(target) {
  const rows = target.architecture.boxes.map((box) => [box.label, box.details.join(", "), box.resources.map(resource).join(", ")]);
  return table(`What is in ${target.title}`, ["part", "how much of it", "resource"], rows, "words");
}

function showStates(width) {
  const run = report.targets.filter((target) => target.measurement?.states.length);
  fill("states", run.map((target) => {
    const { engine, verdict, states, requests, failed } = target.measurement;
    const told = requests === null ? "" : ` ${failed} of ${requests.toLocaleString("en-US")} requests failed during the rolling deployment.`;
    const rows = states.map((change) => [`${change.at.toFixed(1)} s`, change.copy, change.state, change.reason]);
    return h("figure", {},
      h("h3", {}, sign(target.name), `States of the copies, ${target.title}`),
      h("p", { class: "note" }, `Measured by cais verify on one machine (${engine}); the target was ${verdict}.${told}`),
      stateChart(target, width),
      inWords("The states as a table", table(`States of ${target.title}`, ["at", "copy", "state", "reason"], rows, "words")));
  }));
}

function showLatency(width) {
  if (!report.targets.some((target) => target.latency.length)) return;
  fill("latency", h("figure", {}, h("h3", {}, "Latency"),
    h("p", { class: "note" }, "Each bar goes from the median to the 99th percentile, measured on one machine without a network between. A cold answer is the first of a copy."),
    latencyChart(report, width)));
}

function showSpeedNote() {
  const from = report.measuredFrom ? `Measured times are from ${report.measuredFrom}. ` : "Nothing was measured: cais verify --format json measures, and --measured brings it in here. ";
  fill("speed-note", from, "Hatched bars are computed from the settings of the templates.");
  const how = report.targets.map((target) => h("div", {}, h("dt", {}, sign(target.name), target.title),
    target.time.filter((item) => item.seconds !== null).map((item) => h("dd", {}, `${item.label}: ${seconds(item.seconds)}, ${item.basis} (${item.how})`))));
  const gaps = report.targets.filter((target) => target.measurement?.notVerified.length).map((target) => [
    h("h3", {}, `What the measurement of ${target.title} does not show`), h("ul", {}, target.measurement.notVerified.map((item) => h("li", {}, item))),
  ]);
  document.getElementById("speed").append(folded("Where these times come from", h("dl", { class: "answers" }, how), gaps));
}

function showUpkeep() {
  const head = ["counted", ...report.targets.map((target) => [sign(target.name), target.title])];
  const total = (counts) => Object.values(counts).reduce((sum, count) => sum + count, 0);
  const each = (label, value) => [label, ...report.targets.map(value)];
  const yearly = ({ operations }) => operations.filter((duty) => duty.who === "you").reduce((sum, duty) => sum + (duty.perYear ?? 0), 0);
  const questions = report.targets[0].behaviour.map(({ id, question }) => [
    h("h3", {}, question),
    h("dl", { class: "answers" }, report.targets.map((target) => h("div", {}, h("dt", {}, sign(target.name), target.title),
      h("dd", {}, target.behaviour.find((item) => item.id === id).answer)))),
  ]);
  fill("behaviour", questions);
  fill("parts", h("h3", {}, "Parts"), table("What each is made of, counted in the templates", head, [
    each("resources of its own", ({ parts }) => total(parts.resources)),
    each("resources shared", ({ parts }) => total(parts.sharedResources)),
    each("roles", ({ parts }) => parts.roles),
    each("statements that allow widely", ({ parts }) => `${parts.wideStatements} of ${parts.statements}`),
    each("parts to keep up to date", ({ parts }) => parts.upkeep.length),
    each("known causes that can keep it from coming up", ({ parts }) => parts.causes.length),
    each("your work, times a year", yearly),
  ]));
  fill("operations", h("h3", {}, "Who does what"), h("dl", { class: "answers" }, report.targets.map((target) =>
    h("div", {}, h("dt", {}, sign(target.name), target.title), target.operations.map((duty) => h("dd", {},
      `${duty.who === "you" ? "You" : "AWS"}: `, h("a", { href: duty.source, rel: "noreferrer" }, duty.what), often(duty)))))),
  folded("Parts to keep up to date", h("dl", { class: "answers" }, report.targets.map((target) =>
    h("div", {}, h("dt", {}, sign(target.name), target.title), target.parts.upkeep.map((part) => h("dd", {}, `${part.kind}: ${part.name} ${part.version}`)))))));
}

function often({ perYear }) {
  if (perYear === null) return "";
  return perYear === 1 ? ", once a year" : `, ${perYear} times a year`;
}

function showLimits() {
  fill("left-out", h("ul", {}, [...report.notModelled, ...report.gaps.map((gap) => `Not read: ${gap}`)].map((item) => h("li", {}, item))),
    report.warnings.length ? [h("h3", {}, "Warnings"), h("ul", {}, report.warnings.map((item) => h("li", {}, item)))] : null);
  const { region, dated, currency } = report.prices;
  fill("eyebrow", `cais compare · ${region} · prices of ${dated}`);
  fill("footer", `Load: ${report.load.shape}, from ${report.load.source}. Prices: ${region} as of ${dated}, in ${currency}, without taxes. This page asks no network for anything; it holds its data and formulas itself.`);
}
