import { Random } from "../../../core/base/random.ts";
import { noEffects } from "./counters.ts";
import type { EffectCounts } from "./counters.ts";
import { EventQueue } from "./event-queue.ts";
import { CALM_NETWORK, Network } from "./network.ts";
import type { LinkTrouble } from "./network.ts";

const MESSAGES = 400;
const LINK = { from: 0, to: 1 };

type Run = {
  readonly received: readonly number[];
  readonly atUs: readonly number[];
  readonly effects: EffectCounts;
  readonly lostToCuts: number;
};

function send(trouble: LinkTrouble): Run {
  const queue = new EventQueue();
  const effects = noEffects();
  const received: number[] = [];
  const atUs: number[] = [];
  let nowUs = 0;
  const network = new Network(2, CALM_NETWORK, {
    random: new Random(1),
    effects,
    after: (delayUs, action) => queue.add(nowUs + delayUs, action),
    receive: (_, bytes) => {
      received.push(bytes[0] === 0 && bytes.length === 3 ? (bytes[1] as number) * 256 + (bytes[2] as number) : -1);
      atUs.push(nowUs);
    },
  });
  network.trouble(LINK, trouble);
  for (let i = 0; i < MESSAGES; i++) queue.add(i * 10_000, () => network.send(LINK, Uint8Array.of(0, i >> 8, i & 255)));
  while (queue.size > 0) {
    nowUs = queue.nextAtUs;
    queue.take()?.();
  }
  return { received, atUs, effects, lostToCuts: network.lostToCuts };
}

test("a sound link delivers everything once and in order when messages are far apart", () => {
  const { received } = send({});
  expect(received).toEqual(Array.from({ length: MESSAGES }, (_, i) => i));
});

test.each([
  { name: "loss", trouble: { lossPermille: 300 }, effect: "message dropped", isSeen: ({ received }: Run) => received.length < MESSAGES },
  {
    name: "duplication",
    trouble: { duplicatePermille: 300 },
    effect: "message duplicated",
    isSeen: ({ received }: Run) => received.length > MESSAGES,
  },
  {
    name: "delay",
    trouble: { delayPermille: 500, delayMaxUs: 200_000 },
    effect: "message delayed",
    isSeen: ({ received }: Run) => received.some((message, i) => message !== i),
  },
  {
    name: "damage",
    trouble: { damagePermille: 300 },
    effect: "message damaged",
    isSeen: ({ received }: Run) => received.length === MESSAGES,
  },
  { name: "a clog", trouble: { clogUs: 500_000 }, effect: "clogged link", isSeen: ({ atUs }: Run) => (atUs[0] ?? 0) >= 500_000 },
] as const)("$name takes effect and is counted", ({ trouble, effect, isSeen }) => {
  const run = send(trouble);
  expect(run.effects[effect]).toBeGreaterThan(0);
  expect(isSeen(run)).toBe(true);
});

test("a cut link delivers nothing, and what it lost is counted", () => {
  const { received, lostToCuts } = send({ cut: 1 });
  expect(received).toEqual([]);
  expect(lostToCuts).toBe(MESSAGES);
});

test("an undone trouble leaves the link as it was, however often it is undone", () => {
  const network = new Network(3, CALM_NETWORK, {
    random: new Random(1),
    effects: noEffects(),
    after: () => undefined,
    receive: () => undefined,
  });
  const first = network.trouble(LINK, { cut: 1, lossPermille: 100 });
  const second = network.trouble(LINK, { cut: 1 });
  first();
  first();
  expect(network.isCut(LINK)).toBe(true);
  second();
  expect(network.isSound).toBe(true);
});
