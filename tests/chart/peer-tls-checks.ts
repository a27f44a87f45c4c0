// What becomes of members' certificates: values that are refused, steps between two releases, and what is rendered.
import type { Refusal, ImmutableCase } from "./refusals.ts";
import type { KubernetesObject } from "./render.ts";

export const CERT_MANAGER = ["--api-versions", "cert-manager.io/v1"];
export const BY_CERT_MANAGER = [...CERT_MANAGER, "--set", "peerTls.enabled=true,peerTls.certManager.issuerRef.name=ours"];
export const BY_SOMEBODY = ["--set", "peerTls.enabled=true,peerTls.mode=prefer,peerTls.existingSecret=certificates"];
/** Of the golden file: what is more than in a release without. */
export const SHOWN = ["templates/peer-certificate.yaml", "templates/controller.yaml"].flatMap((path) => ["--show-only", path]);

export const PEER_TLS_REFUSALS: readonly Refusal[] = [
  { set: "peerTls.enabled=true", says: /nothing says where certificates come from.*peerTls\.existingSecret.*issuerRef\.name/ },
  {
    set: "peerTls.enabled=true,peerTls.existingSecret=mine,peerTls.certManager.issuerRef.name=ours",
    says: /peerTls\.existingSecret is mine and peerTls\.certManager\.issuerRef\.name is ours.*Set the other one to ""/,
  },
  {
    set: "peerTls.enabled=true,peerTls.certManager.issuerRef.name=ours",
    says: /this cluster does not know cert-manager\.io\/v1.*Install cert-manager first.*--api-versions cert-manager\.io\/v1/,
  },
  { set: "peerTls.mode=off", says: /\/peerTls\/mode'.*'require', 'prefer'/ },
  { set: "peerTls.secretName=mine", says: /peerTls'.*'secretName' not allowed/ },
  { set: "peerTls.certManager.issuerRef.nmae=ours", says: /issuerRef'.*'nmae' not allowed/ },
  {
    set: "peerTls.enabled=true,peerTls.existingSecret=mine,replica.extraVolumes[0].name=peer-tls",
    says: /replica\.extraVolumes\[0\]\.name is peer-tls, which the pod has already/,
  },
];

const running = (mode: string | null): unknown => {
  const env = [{ name: "FLOTILLA_ORDINAL" }, ...(mode === null ? [] : [{ name: "FLOTILLA_PEER_TLS_MODE", value: mode }])];
  return { spec: { serviceName: "flotilla-replica-1", replicas: 3, template: { spec: { containers: [{ name: "replica", env }] } } } };
};
const wanted = (mode: string): string => `peerTls.enabled=true,peerTls.existingSecret=mine,peerTls.mode=${mode}`;

export const PEER_TLS_STEPS: readonly ImmutableCase[] = [
  { name: "without TLS, and then both", existing: running(null), set: wanted("prefer"), says: null },
  { name: "both, and then TLS alone", existing: running("prefer"), set: wanted("require"), says: null },
  { name: "TLS alone, and the same", existing: running("require"), set: wanted("require"), says: null },
  { name: "TLS alone, and then both", existing: running("require"), set: wanted("prefer"), says: null },
  { name: "both, and then without", existing: running("prefer"), says: null },
  {
    name: "without TLS, and then TLS alone",
    existing: running(null),
    set: wanted("require"),
    says: /without TLS \(peerTls\.enabled=false\), and can't come to speak over TLS alone.*in one step.*peerTls\.mode=prefer first/,
  },
  {
    name: "TLS alone, and then without",
    existing: running("require"),
    says: /over TLS alone \(peerTls\.mode=require\), and can't come to speak without TLS.*peerTls\.mode=prefer first/,
  },
];

/** Replicas and controllers have it, and nobody else; `null`: nobody does. */
export function certificatesAre(
  objects: readonly KubernetesObject[],
  place: { readonly secret: string; readonly mode: string } | null,
): string | null {
  const sets = objects.filter(({ kind }) => kind === "StatefulSet");
  const found = sets
    .map((set) => JSON.stringify(set))
    .map((text) => ({
      env: /"FLOTILLA_PEER_TLS_DIR","value":"([^"]*)"/.exec(text)?.[1],
      mode: /"FLOTILLA_PEER_TLS_MODE","value":"([^"]*)"/.exec(text)?.[1],
      mount: /\{"name":"peer-tls","mountPath":"([^"]*)","readOnly":true\}/.exec(text)?.[1],
      secret: /\{"name":"peer-tls","secret":\{"secretName":"([^"]*)","defaultMode":288\}\}/.exec(text)?.[1],
    }));
  const path = place === null ? undefined : "/etc/flotilla/peer-tls";
  const each = JSON.stringify({ env: path, mode: place?.mode, mount: path, secret: place?.secret });
  const others = objects.filter((object) => object.kind !== "StatefulSet" && JSON.stringify(object).includes("PEER_TLS"));
  if (others.length > 0) return `${others.map(({ metadata }) => metadata.name).join()} have one, too`;
  return found.length === 3 && found.every((one) => JSON.stringify(one) === each) ? null : `${JSON.stringify(found)} instead of ${each}`;
}

/** For the names of all members, by whom it was asked of. */
export function aCertificateIsAskedFor(objects: readonly KubernetesObject[]): string | null {
  const found = objects
    .filter(({ kind }) => kind === "Certificate")
    .map(({ spec }) => [spec?.["secretName"], spec?.["issuerRef"], spec?.["dnsNames"]]);
  const names = ["controller", "replica-1", "replica-2"].map((set) => `*.flotilla-${set}.default.svc.cluster.local`);
  const all = [["flotilla-peer-tls", { group: "cert-manager.io", kind: "Issuer", name: "ours" }, names]];
  return JSON.stringify(found) === JSON.stringify(all) ? null : `${JSON.stringify(found)} instead of ${JSON.stringify(all)}`;
}
