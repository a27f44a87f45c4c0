{{/* "true" if kinds that are not Kubernetes' own are to be made: asked for, or known to the cluster and not declined.
dict "root" $ "asked" "auto" (or always, never) "version" "monitoring.coreos.com/v1" */}}
{{- define "flotilla.monitoring.wanted" -}}
{{- or (eq .asked "always") (and (eq .asked "auto") (.root.Capabilities.APIVersions.Has .version)) -}}
{{- end }}

{{/* Prometheus' own. */}}
{{- define "flotilla.monitoring.customResources" -}}
{{- include "flotilla.monitoring.wanted" (dict "root" . "asked" .Values.monitoring.customResources "version" "monitoring.coreos.com/v1") -}}
{{- end }}

{{/* How a pod is asked, and what its series are called by, whichever kind of monitor says so. */}}
{{- define "flotilla.monitoring.endpoint" -}}
port: health
path: /metrics
interval: {{ .Values.monitoring.interval }}
# A metric that says its own group or service is believed.
honorLabels: true
# The labels that dashboards and alerts rely on.
relabelings:
  - sourceLabels: [__meta_kubernetes_pod_label_app_kubernetes_io_instance]
    targetLabel: release
  - sourceLabels: [__meta_kubernetes_pod_label_app_kubernetes_io_component]
    targetLabel: component
  - sourceLabels: [__meta_kubernetes_pod_label_flotilla_dev_group]
    regex: (.+)
    targetLabel: group
  - sourceLabels: [component]
    regex: controller
    targetLabel: group
    replacement: controllers
{{- end }}
