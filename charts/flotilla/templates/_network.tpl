{{/* Who reaches the ports for clients, and that of health. dict "root" $ "ports" (numbers) */}}
{{- define "flotilla.clientIngress" -}}
# Clients: anybody, until networkPolicy.clients says who.
- ports:
    {{- range .ports }}
    - { protocol: TCP, port: {{ . }} }
    {{- end }}
  {{- with .root.Values.networkPolicy.clients }}
  from:
    - podSelector:
        matchLabels: {{- include "flotilla.selector" $.root | nindent 10 }}
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{ include "flotilla.healthIngress" .root }}
{{- end }}

{{- define "flotilla.healthIngress" -}}
# Probes and Prometheus.
- ports:
    - { protocol: TCP, port: 7402 }
  {{- with .Values.networkPolicy.monitoring }}
  from: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
