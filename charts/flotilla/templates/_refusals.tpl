{{/* What a schema can't say: values that were renamed, values that can't be together, and changes that Kubernetes would refuse in
words that help nobody. Each refusal names the value and the way out. */}}

{{/* Names that this chart does not have, or no more: with what takes their place. */}}
{{- define "flotilla.otherNames" -}}
replicaCount: replicas
persistence: replica.storage and controller.storage
resources: replica.resources, controller.resources, coordinator.resources and worker.resources
storage: replica.storage and controller.storage
serviceMonitor: monitoring.customResources
metrics: monitoring
persistentVolumeClaimRetentionPolicy: persistentVolumeClaimRetention
{{- end }}

{{- define "flotilla.refusals" -}}
{{- range $name, $instead := include "flotilla.otherNames" . | fromYaml -}}
{{- if hasKey $.Values $name -}}
{{- fail (printf "%s is no value of this chart: use %s instead (see UPGRADING.md)" $name $instead) -}}
{{- end -}}
{{- end -}}
{{- range $name, $count := dict "replicas" .Values.replicas "controllers" .Values.controllers -}}
{{- if eq (mod (int $count) 2) 0 -}}
{{- fail (printf "%s is %d: an even number of voters survives no more failures than one less, and makes ties. Use %d or %d" $name (int $count) (sub (int $count) 1) (add1 (int $count))) -}}
{{- end -}}
{{- end -}}
{{- with .Values.worker.s3 -}}
{{- if and .endpoint (not .secretName) -}}
{{- fail "worker.s3.secretName is empty and worker.s3.endpoint is not: workers would have no keys to sign with. Name a Secret with accessKey and secretKey" -}}
{{- end -}}
{{- if and .secretName (not .endpoint) -}}
{{- fail "worker.s3.endpoint is empty and worker.s3.secretName is not: workers would not know whom to ask. Use https://s3.<region>.amazonaws.com for Amazon's" -}}
{{- end -}}
{{- end -}}
{{- with .Values.redisExternal -}}
{{- $port := include "flotilla.filled" (dict "text" (regexFind "[^:]+$" .address) "group" "1" "ordinal" 0) -}}
{{- if and .address (not (and (regexMatch "^.+:[0-9]+$" (include "flotilla.filled" (dict "text" .address "group" "1" "ordinal" 0))) (ge (int $port) 1) (le (int $port) 65535))) -}}
{{- fail (printf "redisExternal.address is %s, which is no host:port with {group} and {ordinal} in it" .address) -}}
{{- end -}}
{{- if and .address (eq .type "NodePort") (or (lt (int $port) 30000) (gt (int $port) 32767)) -}}
{{- fail (printf "redisExternal.address is %s: a NodePort is the port of the address, and %s is none between 30000 and 32767. Use such as node.example.com:30{group}0{ordinal}" .address $port) -}}
{{- end -}}
{{- end -}}
{{- if and (gt (int .Values.workers) 0) (eq (int .Values.coordinators) 0) -}}
{{- fail "coordinators is 0 and workers is not: nobody would give them tasks. Set both to 0, or coordinators to 2" -}}
{{- end -}}
{{- end }}

{{/*
What can't be changed about a StatefulSet that exists. dict "existing" (as it is in the cluster, or empty) "set" NAME "storage" (wanted) "value" "replica" "count" (wanted)
*/}}
{{- define "flotilla.refuseImmutableChange" -}}
{{- if .existing -}}
{{- $claim := (first (.existing.spec.volumeClaimTemplates | default list)) | default dict -}}
{{- $size := dig "spec" "resources" "requests" "storage" "" $claim -}}
{{- if and $size (ne $size .storage.size) -}}
{{- fail (printf "%s.storage.size can't be changed from %s to %s: the claims of StatefulSet %s were made with it. Enlarge the claims themselves (kubectl patch pvc), then delete the StatefulSet with --cascade=orphan and upgrade again: UPGRADING.md, \"Larger volumes\"" .value $size .storage.size .set) -}}
{{- end -}}
{{- $class := dig "spec" "storageClassName" "" $claim -}}
{{- if and $class .storage.className (ne $class .storage.className) -}}
{{- fail (printf "%s.storage.className can't be changed from %s to %s: the claims of StatefulSet %s were made with it. Members can be moved one by one: UPGRADING.md, \"Another storage class\"" .value $class .storage.className .set) -}}
{{- end -}}
{{- $count := dig "spec" "replicas" 0 .existing | int -}}
{{- if and (eq .value "controller") (lt (int .count) $count) -}}
{{- fail (printf "controllers can't be lowered from %d to %d by an upgrade: nobody would take the vote from those that go, and the rest might be no majority" $count (int .count)) -}}
{{- end -}}
{{- $service := dig "spec" "serviceName" "" .existing -}}
{{- if and $service (ne $service .set) -}}
{{- fail (printf "StatefulSet %s belongs to the service %s: it was not made by this chart. Choose another release name or fullnameOverride" .set $service) -}}
{{- end -}}
{{- end -}}
{{- end }}
