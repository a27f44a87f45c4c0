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
{{- range $name := list "replica" "controller" -}}
{{- with (get $.Values $name).updateStrategy -}}
{{- if and (eq .type "OnDelete") (gt (int .partition) 0) -}}
{{- fail (printf "%s.updateStrategy.partition is %d, which OnDelete does not know. Set it to 0, or type to RollingUpdate" $name (int .partition)) -}}
{{- end -}}
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

{{/* A size in MiB, as 1Gi and 1024Mi are the same: the API server writes a size in its own words. */}}
{{- define "flotilla.mebibytes" -}}
{{- $units := dict "Ti" 1048576 "Gi" 1024 "Mi" 1 "Ki" 0.0009765625 "" 0.00000095367431640625 "m" 0.00000000095367431640625 -}}
{{- round (mulf (regexFind "^[0-9.]+" . | float64) (get $units (regexFind "[A-Za-z]*$" .))) 3 -}}
{{- end }}

{{/*
What can't be changed about a StatefulSet that exists.
dict "root" $ "existing" (as it is in the cluster, or empty) "set" NAME "storage" (wanted) "value" "replica" "count" (wanted)
*/}}
{{- define "flotilla.refuseImmutableChange" -}}
{{- if .existing -}}
{{- $claim := (first (.existing.spec.volumeClaimTemplates | default list)) | default dict -}}
{{- $size := dig "spec" "resources" "requests" "storage" "" $claim -}}
{{- if and $size (ne (include "flotilla.mebibytes" $size) (include "flotilla.mebibytes" .storage.size)) -}}
{{- fail (printf "%s.storage.size can't be changed from %s to %s: the claims of StatefulSet %s were made with it. Enlarge the claims themselves (kubectl patch pvc), then delete the StatefulSet with --cascade=orphan and upgrade again: UPGRADING.md, \"Larger volumes\"" .value $size .storage.size .set) -}}
{{- end -}}
{{- $class := dig "spec" "storageClassName" "" $claim -}}
{{- if and $size (ne $class .storage.className) -}}
{{- fail (printf "%s.storage.className can't be changed from %q to %q (\"\": the cluster's default): the claims of StatefulSet %s were made with it. Members can be moved one by one: UPGRADING.md, \"Another storage class\"" .value $class .storage.className .set) -}}
{{- end -}}
{{- include "flotilla.refuseFewer" . -}}
{{- $service := dig "spec" "serviceName" "" .existing -}}
{{- if and $service (ne $service .set) -}}
{{- fail (printf "StatefulSet %s belongs to the service %s: it was not made by this chart. Choose another release name or fullnameOverride" .set $service) -}}
{{- end -}}
{{- $name := dig "spec" "selector" "matchLabels" "app.kubernetes.io/name" "" .existing -}}
{{- $wanted := get (include "flotilla.selector" .root | fromYaml) "app.kubernetes.io/name" -}}
{{- if and $name (ne $name $wanted) -}}
{{- fail (printf "nameOverride can't be changed: StatefulSet %s finds its pods by the name %s, not %s. Set nameOverride=%s, and fullnameOverride for how objects are called: UPGRADING.md, \"Another name\"" .set $name $wanted $name) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Members whose vote nobody takes from them. dict as above */}}
{{- define "flotilla.refuseFewer" -}}
{{- $count := dig "spec" "replicas" 0 .existing | int -}}
{{- if and (eq .value "controller") (lt (int .count) $count) -}}
{{- fail (printf "controllers can't be lowered from %d to %d by an upgrade: nobody would take the vote from those that go, and the rest might be no majority. Keep controllers=%d; to have fewer, copy the data to a new release: UPGRADING.md, \"Fewer controllers\"" $count (int .count) $count) -}}
{{- end -}}
{{- with .root.Values.hooks -}}
{{- if and (eq $.value "replica") (not .enabled) (not .force) (lt (mul 2 (int $.count)) (add1 $count)) -}}
{{- fail (printf "replicas can't be lowered from %d to %d without hooks: those that stay are no majority of %d. Take the vote from the others first (flotilla topology set --replicas %d) and set hooks.force=true, or hooks.enabled=true: UPGRADING.md, \"Without hooks\"" $count (int $.count) $count (int $.count)) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Members are known by their names: under others they would be a new, empty cluster. dict "root" $ "sets" (the StatefulSets that are there) */}}
{{- define "flotilla.refuseAnotherName" -}}
{{- $fullname := include "flotilla.fullname" .root -}}
{{- range .sets -}}
{{- $labels := .metadata.labels | default dict -}}
{{- $release := get (.metadata.annotations | default dict) "meta.helm.sh/release-name" -}}
{{- if and (eq $release $.root.Release.Name) (eq (get $labels "app.kubernetes.io/component") "controller") (hasPrefix "flotilla-" (get $labels "helm.sh/chart")) -}}
{{- $present := trimSuffix "-controller" .metadata.name -}}
{{- if ne $present $fullname -}}
{{- fail (printf "fullnameOverride and nameOverride can't be changed so that %s becomes %s: it would be a new, empty cluster beside the volumes of the old one. Set fullnameOverride=%s, or copy the data to a new release: UPGRADING.md, \"Another name\"" $present $fullname $present) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}
