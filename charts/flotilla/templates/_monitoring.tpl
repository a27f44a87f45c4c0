{{/* "true" if kinds that are not Kubernetes' own are to be made: asked for, or known to the cluster and not declined.
dict "root" $ "asked" "auto" (or always, never) "version" "monitoring.coreos.com/v1" */}}
{{- define "flotilla.monitoring.wanted" -}}
{{- or (eq .asked "always") (and (eq .asked "auto") (.root.Capabilities.APIVersions.Has .version)) -}}
{{- end }}

{{/* Prometheus' own. */}}
{{- define "flotilla.monitoring.customResources" -}}
{{- include "flotilla.monitoring.wanted" (dict "root" . "asked" .Values.monitoring.customResources "version" "monitoring.coreos.com/v1") -}}
{{- end }}
