// A third of all calls end the process, a third take up to ten seconds.
import { crashJob } from "./crash-or-not.ts";
import { pause } from "./marks.ts";

export default crashJob(() => {
  const chance = Math.random() * 1_000;
  if (chance < 330) process.exit(1);
  if (chance < 660) pause(Math.random() * 10_000);
});
