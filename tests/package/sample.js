// Runs where the package is installed, with the endpoints as arguments.
import process from "node:process";
import { connect } from "flotilla";

const store = await connect({ endpoints: process.argv.slice(2), deadlineMs: 20_000 });
const { version } = await store.put("greeting", "hello");
const entry = await store.get("greeting");
await store.close();
process.stdout.write(`${process.version} ${entry?.text} ${version}\n`);
