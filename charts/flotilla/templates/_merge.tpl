{{/*
The lists whose items are merged one by one, each with what its items are known by, as Kubernetes' own merging has it. Any other list takes the
place of the one that is there.
*/}}
{{- define "flotilla.mergedBy" -}}
initContainers: name
containers: name
env: name
volumes: name
imagePullSecrets: name
ports: containerPort
volumeMounts: mountPath
topologySpreadConstraints: topologyKey
hostAliases: ip
{{- end }}

{{/*
The pod template of a component, with what its podTemplate says merged over it. Where that says nothing, the text stays as it is.
dict "component" "replica" "text" (as rendered) "over" .Values.replica.podTemplate
*/}}
{{- define "flotilla.podTemplate" -}}
{{- if .over -}}
{{- $component := .component -}}
{{- $template := include "flotilla.merged" (dict "under" (fromYaml .text) "over" .over) | fromJson -}}
{{- range $list := list "initContainers" "containers" -}}
{{- range $container := get $template.spec $list | default list -}}
{{- if not (get $container "image") -}}
{{- fail (printf "%s.podTemplate.spec.%s has %s, which has no image and is no container of the pod: that is called %s. Use its name, or give it an image" $component $list $container.name $component) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml $template -}}
{{- else -}}
{{- .text -}}
{{- end -}}
{{- end }}

{{/* Maps key by key; null takes a key away. As JSON. dict "under" (map) "over" (map) */}}
{{- define "flotilla.merged" -}}
{{- $merged := .under -}}
{{- $mergedBy := include "flotilla.mergedBy" . | fromYaml -}}
{{- range $key, $value := .over -}}
{{- $present := get $merged $key -}}
{{- if kindIs "invalid" $value -}}
{{- $_ := unset $merged $key -}}
{{- else if and (kindIs "map" $value) (kindIs "map" $present) -}}
{{- $_ := set $merged $key (include "flotilla.merged" (dict "under" $present "over" $value) | fromJson) -}}
{{- else if and (hasKey $mergedBy $key) (kindIs "slice" $value) (kindIs "slice" $present) -}}
{{- $_ := set $merged $key (include "flotilla.mergedItems" (dict "under" $present "over" $value "by" (get $mergedBy $key)) | fromJsonArray) -}}
{{- else -}}
{{- $_ := set $merged $key $value -}}
{{- end -}}
{{- end -}}
{{- toJson $merged -}}
{{- end }}

{{/* Items in their order, and then those that are new. As JSON. dict "under" (list) "over" (list) "by" "name" */}}
{{- define "flotilla.mergedItems" -}}
{{- $by := .by -}}
{{- $merged := .under -}}
{{- range $item := .over -}}
{{- $isThere := false -}}
{{- $items := list -}}
{{- range $present := $merged -}}
{{- if eq (get $present $by | toString) (get $item $by | toString) -}}
{{- $isThere = true -}}
{{- $items = append $items (include "flotilla.merged" (dict "under" $present "over" $item) | fromJson) -}}
{{- else -}}
{{- $items = append $items $present -}}
{{- end -}}
{{- end -}}
{{- $merged = ternary $items (append $items $item) $isThere -}}
{{- end -}}
{{- toJson $merged -}}
{{- end }}
