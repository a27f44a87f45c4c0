// Node's TLS, not by an import: only a member that speaks TLS loads it, and the others start without.
export const nodeTls = () => process.getBuiltinModule("node:tls");
