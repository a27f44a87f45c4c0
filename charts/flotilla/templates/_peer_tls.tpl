{{/* The Secret with members' certificate: one that somebody else keeps, or what cert-manager makes of the chart's Certificate. */}}
{{- define "flotilla.peerTls.secret" -}}
{{- default (printf "%s-peer-tls" (include "flotilla.fullname" .)) .Values.peerTls.existingSecret }}
{{- end }}

{{/* Where members find it. */}}
{{- define "flotilla.peerTls.path" -}}
/etc/flotilla/peer-tls
{{- end }}

{{- define "flotilla.peerTls.environment" -}}
{{- if .Values.peerTls.enabled }}
- { name: FLOTILLA_PEER_TLS_DIR, value: {{ include "flotilla.peerTls.path" . }} }
- { name: FLOTILLA_PEER_TLS_MODE, value: {{ .Values.peerTls.mode }} }
{{- end }}
{{- end }}

{{- define "flotilla.peerTls.mount" -}}
{{- if .Values.peerTls.enabled }}
- { name: peer-tls, mountPath: {{ include "flotilla.peerTls.path" . }}, readOnly: true }
{{- end }}
{{- end }}

{{/* With a key in it, which only this pod's user reads: 0440. */}}
{{- define "flotilla.peerTls.volume" -}}
{{- if .Values.peerTls.enabled }}
- name: peer-tls
  secret: { secretName: {{ include "flotilla.peerTls.secret" . }}, defaultMode: 288 }
{{- end }}
{{- end }}

{{/* Of every member, whichever it is: others know it by its name in the headless Service of its group. As a list in YAML. */}}
{{- define "flotilla.peerTls.names" -}}
{{- $sets := list "controller" -}}
{{- range $i := until (int .Values.groups) }}{{ $sets = append $sets (printf "replica-%d" (add1 $i)) }}{{ end -}}
{{- range $sets }}
- {{ printf "*.%s-%s.%s.svc.%s" (include "flotilla.fullname" $) . $.Release.Namespace $.Values.clusterDomain | quote }}
{{- end }}
{{- end }}

{{/* Where certificates come from is said, once, and is there. */}}
{{- define "flotilla.peerTls.refusals" -}}
{{- $secret := .Values.peerTls.existingSecret -}}
{{- $issuer := .Values.peerTls.certManager.issuerRef.name -}}
{{- if not (or $secret $issuer) -}}
{{- fail "peerTls.enabled is true, and nothing says where certificates come from. Name a Secret with tls.crt, tls.key and ca.crt in peerTls.existingSecret, or an issuer of cert-manager in peerTls.certManager.issuerRef.name" -}}
{{- end -}}
{{- if and $secret $issuer -}}
{{- fail (printf "peerTls.existingSecret is %s and peerTls.certManager.issuerRef.name is %s: certificates come from one of them. Set the other one to \"\"" $secret $issuer) -}}
{{- end -}}
{{- if and $issuer (not (.Capabilities.APIVersions.Has "cert-manager.io/v1")) -}}
{{- fail (printf "peerTls.certManager.issuerRef.name is %s, and this cluster does not know cert-manager.io/v1: members would wait for their certificate. Install cert-manager first, or name a Secret in peerTls.existingSecret; where no cluster can be asked, render with --api-versions cert-manager.io/v1" $issuer) -}}
{{- end -}}
{{- end }}

{{/*
Members that speak TLS alone and members that do not speak it don't hear each other, and an update has both for a while.
dict "root" $ "existing" (the StatefulSet as it is in the cluster)
*/}}
{{- define "flotilla.peerTls.refuseStep" -}}
{{- $container := first (dig "spec" "template" "spec" "containers" list .existing) | default dict -}}
{{- $present := "off" -}}
{{- range $container.env | default list -}}
{{- if eq .name "FLOTILLA_PEER_TLS_MODE" }}{{ $present = .value }}{{ end -}}
{{- end -}}
{{- $wanted := ternary .root.Values.peerTls.mode "off" .root.Values.peerTls.enabled -}}
{{- if and (has "off" (list $present $wanted)) (has "require" (list $present $wanted)) -}}
{{- $words := dict "off" "without TLS (peerTls.enabled=false)" "require" "over TLS alone (peerTls.mode=require)" -}}
{{- fail (printf "members speak to each other %s, and can't come to speak %s in one step: those that are updated and those that are not yet would not hear each other. Upgrade with peerTls.enabled=true and peerTls.mode=prefer first, and wait until all members are updated: docs/operations.md, \"TLS between members\"" (get $words $present) (get $words $wanted)) -}}
{{- end -}}
{{- end }}
