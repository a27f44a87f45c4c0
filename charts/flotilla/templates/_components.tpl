{{/*
Every component, as a list in YAML: what is said of all of them is said once, in templates that go through this list. A new component is one
more entry.
  name      as in app.kubernetes.io/component
  isMember  speaks to others on the peer port
  hasRedis  opens the Redis door
*/}}
{{- define "flotilla.components" -}}
- { name: replica, isMember: true, hasRedis: true }
- { name: controller, isMember: true, hasRedis: false }
- { name: coordinator, isMember: false, hasRedis: false }
- { name: worker, isMember: false, hasRedis: false }
{{- end }}

{{/* "true" if the component opens the Redis door. */}}
{{- define "flotilla.hasRedis" -}}
{{- $name := . -}}
{{- range include "flotilla.components" $ | fromYamlArray -}}
{{- if eq .name $name }}{{ .hasRedis }}{{ end -}}
{{- end -}}
{{- end }}

{{/* The components that are members of groups, as a list in JSON. */}}
{{- define "flotilla.memberComponents" -}}
{{- $names := list -}}
{{- range include "flotilla.components" . | fromYamlArray -}}
{{- if .isMember }}{{ $names = append $names .name }}{{ end -}}
{{- end -}}
{{ toJson $names }}
{{- end }}
