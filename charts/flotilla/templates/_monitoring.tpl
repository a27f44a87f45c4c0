{{/* "true" if Prometheus' own kinds are to be made: asked for, or known to the cluster and not declined. */}}
{{- define "flotilla.monitoring.customResources" -}}
{{- $asked := .Values.monitoring.customResources -}}
{{- or (eq $asked "always") (and (eq $asked "auto") (.Capabilities.APIVersions.Has "monitoring.coreos.com/v1")) -}}
{{- end }}
