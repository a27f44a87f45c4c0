// What becomes of messages that are under way. Filters: from= to= kind= term= count=.
import { messageFilter } from "./arguments.ts";
import { describeMessage } from "../describe-message.ts";
import type { Verb } from "../stage.ts";

/** deliver [filter]: what is under way now, but not what that leads to. */
export const deliver: Verb = (stage, given) => {
  if (stage.deliver(messageFilter(given)) === 0) stage.say("nothing to deliver");
};

/** stabilize [filter]: deliver until there is nothing left that matches. */
export const stabilize: Verb = (stage, given) => {
  for (let i = 0; i < 200; i++) if (stage.deliver(messageFilter(given)) === 0) return;
  throw new Error("the members never come to rest");
};

/** The same without writing down what happens. */
export const settle: Verb = (stage, given) => {
  const before = stage.trace.length;
  stabilize(stage, given);
  stage.trace.length = before;
};

/** drop [filter] */
export const drop: Verb = (stage, given) => {
  stage.say(`${String(stage.cluster.drop(messageFilter(given)))} dropped`);
};

/** duplicate [filter]: a second copy of each goes to the end of the line. */
export const duplicate: Verb = (stage, given) => {
  const copies = stage.cluster.network.filter(messageFilter(given)).map((message) => ({ ...message }));
  stage.cluster.network.push(...copies);
};

/** delay [filter]: they go to the end of the line. */
export const delay: Verb = (stage, given) => {
  const late = stage.cluster.network.filter(messageFilter(given));
  stage.cluster.drop((message) => late.includes(message));
  stage.cluster.network.push(...late);
};

/** garble [filter]: one bit of what each snapshot chunk carries is another one. */
export const garble: Verb = (stage, given) => {
  for (const message of stage.cluster.network.filter(messageFilter(given))) {
    if (message.kind !== "snapshotChunk") throw new Error(`a ${message.kind} carries no bytes`);
    const garbled = { ...message, bytes: message.bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte)) };
    stage.cluster.network.splice(stage.cluster.network.indexOf(message), 1, garbled);
  }
};

/** network: what is under way. */
export const network: Verb = (stage) => {
  for (const message of stage.cluster.network) stage.say(describeMessage(message));
};
