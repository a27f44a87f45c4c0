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

{{- define "flotilla.namesEgress" -}}
# Names, from the cluster's own server or from one on the node.
- ports:
    - { protocol: UDP, port: 53 }
    - { protocol: TCP, port: 53 }
  to:
    - namespaceSelector: {}
    - ipBlock: { cidr: 169.254.0.0/16 }
{{- end }}

{{- define "flotilla.healthIngress" -}}
# Probes and Prometheus.
- ports:
    - { protocol: TCP, port: 7402 }
  {{- with .Values.networkPolicy.monitoring }}
  from: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
