// The parts of the page that are the same for every history.

export const PAGE_STYLE = `
body { font: 14px/1.45 system-ui, sans-serif; color: #1f2933; margin: 24px; }
h1 { font-size: 20px; margin: 0 0 8px; }
p { max-width: 960px; margin: 0 0 16px; }
svg text, td, .names { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 11px; }
summary { cursor: pointer; font-weight: 600; margin: 8px 0; }
ul { margin: 0 0 8px; }
.drawing { display: flex; border: 1px solid #cbd2d9; border-radius: 6px; }
.names { position: relative; flex: none; min-width: 56px; padding: 0 10px; border-right: 1px solid #cbd2d9; background: #f5f7fa; }
.names div { position: absolute; line-height: 40px; font-weight: 600; font-size: 12px; }
.lanes { overflow-x: auto; }
svg { display: block; }
.lane { stroke: #e4e7eb; }
.path { fill: none; stroke: #2f6fb2; stroke-width: 1.5; stroke-dasharray: 3 3; opacity: 0.6; }
.bar path { stroke-width: 1; }
.bar text { fill: #1f2933; }
.placed path { fill: #d6e6f7; stroke: #2f6fb2; }
.later path { fill: #eceff2; stroke: #9aa5b1; }
.later text { fill: #616e7c; }
.unneeded path { fill: #fff; stroke: #c77700; }
.unknown path { stroke-dasharray: 4 3; }
.placed.unknown path { fill: #fdecc8; stroke: #c77700; }
.refused path { fill: #fff; stroke: #9aa5b1; stroke-dasharray: 1 3; }
.refused text { fill: #7b8794; text-decoration: line-through; }
.stuck path { fill: #fbd5d5; stroke: #c81e1e; stroke-width: 2.5; }
.number rect { fill: #2f6fb2; }
.number.stuck rect { fill: #c81e1e; }
.number text { fill: #fff; text-anchor: middle; font-weight: 600; }
.legend { display: flex; flex-wrap: wrap; gap: 6px 18px; list-style: none; padding: 0; margin: 0 0 12px; font-size: 12px; }
.legend svg { display: inline-block; vertical-align: -4px; margin-right: 6px; }
table { border-collapse: collapse; margin: 12px 0; }
th, td { text-align: left; padding: 2px 12px 2px 0; border-bottom: 1px solid #e4e7eb; }
th { font-size: 12px; }
details details summary { font-weight: 400; }
`;

export const LEGEND = `<ul class="legend">
${legendEntry("placed", "has the numbered place in this order")}
${legendEntry("stuck", "the first answer for which no order was found")}
${legendEntry("placed unknown", "outcome unknown, must have happened")}
${legendEntry("unneeded unknown", "outcome unknown, not needed")}
${legendEntry("later", "not answered yet when no order was left")}
${legendEntry("refused", "refused: did not happen")}
<li>Time goes to the right, not to scale: only the order of calls and returns counts. Hover over a bar for all of it.</li>
</ul>`;

/** Brings what is wrong into sight. */
export const PAGE_SCRIPT = `
const showStuck = (box) => {
  const lanes = box.querySelector(".lanes");
  const bar = lanes.querySelector(".bar.stuck").getBBox();
  lanes.scrollLeft = bar.x + bar.width - 0.8 * lanes.clientWidth;
};
for (const box of document.querySelectorAll("details:has(.lanes)")) {
  showStuck(box);
  box.addEventListener("toggle", () => showStuck(box));
}
`;

function legendEntry(role: string, meaning: string): string {
  return `<li><svg width="34" height="16"><g class="bar ${role}"><path d="M1 1 H33 V15 H1 Z"/></g></svg>${meaning}</li>`;
}
