// A failing history as one HTML page that needs nothing else: what is wrong in a sentence, the operations around it, and
// the orders that hold up to there, step by step. Everything that clients chose is escaped.
import type { Failure } from "./checker.ts";
import { explain, statesAlong, summaryOf } from "./explanation.ts";
import type { History } from "./history.ts";
import type { Model } from "./model.ts";
import { answerText, drawOrder, escaped } from "./picture/drawing.ts";
import { LEGEND, PAGE_SCRIPT, PAGE_STYLE } from "./picture/page.ts";
import { PLACED_MAX, windowAround } from "./picture/window.ts";
import type { PictureWindow } from "./picture/window.ts";

export function drawFailure<State, Input, Output>(failure: Failure<Input, Output>, model: Model<State, Input, Output>): string {
  const { keys, operations } = failure.partition;
  const title = `${failure.kind === "violation" ? "Not linearizable" : "Not decided"}: ${escaped(keys.join(", "))}`;
  const explanation = explain(operations, model);
  const telling = operations.filter(({ input, outcome }) => outcome.kind === "done" || !model.isRead(input));
  const orders = explanation.orders.map((order, index) => {
    const window = windowAround(telling, order, explanation.stuck);
    const end = escaped(model.describeState(statesAlong(order, model).at(-1) ?? model.initial));
    return [
      `<details${index === 0 ? " open" : ""}><summary>Order ${index + 1} of ${explanation.orders.length}, which leaves ${end}</summary>`,
      drawOrder(window, model),
      stillOpen(window, model),
      stepsTable(order, window, model),
      `</details>`,
    ].join("\n");
  });
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>`,
    `<style>${PAGE_STYLE}</style></head><body><h1>${title}</h1>`,
    `<p>${escaped(summaryOf(explanation, model))}</p>`,
    LEGEND,
    ...orders,
    `<script>${PAGE_SCRIPT}</script></body></html>`,
  ].join("\n");
}

/** Too old to be drawn, and yet each of them could have been what is missing. */
function stillOpen<State, Input, Output>(window: PictureWindow<Input, Output>, model: Model<State, Input, Output>): string {
  if (window.stillOpen.length === 0) return "";
  const items = window.stillOpen.map(
    ({ client, input, calledAt }) => `<li>${escaped(`${client}: ${model.describeInput(input)}, called at ${calledAt}`)}</li>`,
  );
  return `<details><summary>${items.length} older ones of unknown outcome, which this order does without</summary><ul>${items.join("")}</ul></details>`;
}

function stepsTable<State, Input, Output>(
  order: History<Input, Output>,
  window: PictureWindow<Input, Output>,
  model: Model<State, Input, Output>,
): string {
  const states = statesAlong(order, model);
  const earlier = Math.max(0, order.length - PLACED_MAX);
  const rows = window.shown
    .flatMap((shown) => (shown.place !== null && shown.place.number > earlier ? [{ shown, number: shown.place.number }] : []))
    .sort((a, b) => a.number - b.number)
    .map(({ shown, number }) => {
      const state = model.describeState(states[number - 1] ?? model.initial);
      const { client, input } = shown.operation;
      const cells = [`${number}`, client, model.describeInput(input), answerText(shown, model), state];
      return `<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join("")}</tr>`;
    });
  return [
    `<table><tr><th>#</th><th>client</th><th>operation</th><th>answer</th><th>state after it</th></tr>`,
    earlier === 0 ? "" : `<tr><td colspan="5">… ${earlier} earlier</td></tr>`,
    ...rows,
    `</table>`,
  ].join("\n");
}
