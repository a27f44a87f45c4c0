// Kinds that are not Kubernetes' own, with the fields that the chart uses and no others. Read as text, as are the types of the API.
import type { V1ConfigMapKeySelector, V1LabelSelector, V1ObjectMeta } from "@kubernetes/client-node";

export type PodMonitor = {
  apiVersion: "monitoring.coreos.com/v1";
  kind: "PodMonitor";
  metadata: V1ObjectMeta;
  spec: PodMonitorSpec;
};
export type PodMonitorSpec = { selector: V1LabelSelector; podMetricsEndpoints: Array<MetricsEndpoint> };

export type ServiceMonitor = {
  apiVersion: "monitoring.coreos.com/v1";
  kind: "ServiceMonitor";
  metadata: V1ObjectMeta;
  spec: ServiceMonitorSpec;
};
export type ServiceMonitorSpec = { selector: V1LabelSelector; endpoints: Array<MetricsEndpoint> };

/** Both kinds have what is used of it. */
export type MetricsEndpoint = { port: string; path: string; interval: string; honorLabels: boolean; relabelings: Array<Relabeling> };
export type Relabeling = {
  sourceLabels?: Array<string>;
  targetLabel?: string;
  regex?: string;
  replacement?: string;
  action?: string;
};

export type PrometheusRule = {
  apiVersion: "monitoring.coreos.com/v1";
  kind: "PrometheusRule";
  metadata: V1ObjectMeta;
  spec: PrometheusRuleSpec;
};
export type PrometheusRuleSpec = { groups: Array<RuleGroup> };
export type RuleGroup = { name: string; rules: Array<Rule> };
export type Rule = {
  record?: string;
  alert?: string;
  expr: string;
  for?: string;
  labels?: { [name: string]: string };
  annotations?: { [name: string]: string };
};

export type Certificate = {
  apiVersion: "cert-manager.io/v1";
  kind: "Certificate";
  metadata: V1ObjectMeta;
  spec: CertificateSpec;
};
export type CertificateSpec = {
  secretName: string;
  issuerRef: IssuerRef;
  usages: Array<string>;
  privateKey: CertificateKey;
  dnsNames: Array<string>;
};
export type IssuerRef = { name: string; kind: string; group: string };
export type CertificateKey = { algorithm: string; size: number; rotationPolicy: string };

export type GrafanaDashboard = {
  apiVersion: "grafana.integreatly.org/v1beta1";
  kind: "GrafanaDashboard";
  metadata: V1ObjectMeta;
  spec: GrafanaDashboardSpec;
};
export type GrafanaDashboardSpec = {
  allowCrossNamespaceImport: boolean;
  instanceSelector: V1LabelSelector;
  folder?: string;
  configMapRef: V1ConfigMapKeySelector;
};
