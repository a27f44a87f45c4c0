// The crash app without crashing: what its result must be.
import { crashJob } from "./crash-or-not.ts";

export default crashJob(() => undefined);
