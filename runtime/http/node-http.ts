// Node's own HTTP, not by an import: an ES module that imports node:http makes Node read everything that is exported there, and some of it
// is only loaded by that, a second HTTP client for the global fetch. That was a sixth of the work of every start of a process.
export const { Agent, createServer, request: httpRequest } = process.getBuiltinModule("node:http");
