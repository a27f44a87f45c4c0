{{/* What a schema can't say: values that were renamed, values that can't be together, and changes that Kubernetes would refuse in
words that help nobody. Each refusal names the value and the way out. */}}

{{/* Names that this chart does not have, or no more: with what takes their place. */}}
{{- define "flotilla.otherNames" -}}
replicaCount: replicas
persistence: replica.storage and controller.storage
resources: replica.resources, controller.resources, coordinator.resources and worker.resources
storage: replica.storage and controller.storage
serviceMonitor: monitoring.monitor and monitoring.customResources
podMonitor: monitoring.monitor and monitoring.customResources
metrics: monitoring
persistentVolumeClaimRetentionPolicy: persistentVolumeClaimRetention
{{- end }}

{{- define "flotilla.refusals" -}}
{{- range $name, $instead := include "flotilla.otherNames" . | fromYaml -}}
{{- if hasKey $.Values $name -}}
{{- fail (printf "%s is no value of this chart: use %s instead (see UPGRADING.md)" $name $instead) -}}
{{- end -}}
{{- end -}}
{{- /* Where another chart asks for it (condition), nothing is rendered. */}}
{{- if and (hasKey .Values "enabled") (not .Values.enabled) -}}
{{- fail "enabled is false, which only a chart that has this one as a part can ask for, with condition: flotilla.enabled. Leave it out" -}}
{{- end -}}
{{- range $name, $count := dict "replicas" .Values.replicas "controllers" .Values.controllers -}}
{{- if eq (mod (int $count) 2) 0 -}}
{{- fail (printf "%s is %d: an even number of voters survives no more failures than one less, and makes ties. Use %d or %d" $name (int $count) (sub (int $count) 1) (add1 (int $count))) -}}
{{- end -}}
{{- end -}}
{{- range $name := list "replica" "controller" -}}
{{- if and (get $.Values $name).diagnosticMode (ne (get $.Values $name).updateStrategy.type "OnDelete") -}}
{{- fail (printf "%s.diagnosticMode is true and %s.updateStrategy.type is not OnDelete: the update would put the last member of each group to sleep, whichever is meant, and where another one is away, the majority with it. Set %s.updateStrategy.type to OnDelete, and delete the pod that is to sleep" $name $name $name) -}}
{{- end -}}
{{- with (get $.Values $name).updateStrategy -}}
{{- if and (eq .type "OnDelete") (gt (int .partition) 0) -}}
{{- fail (printf "%s.updateStrategy.partition is %d, which OnDelete does not know. Set it to 0, or type to RollingUpdate" $name (int .partition)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $name := list "replica" "controller" -}}
{{- $redirectMs := include "flotilla.redirectMs" (dict "values" (get $.Values $name)) | int -}}
{{- $least := add 20 (div (add 999 $redirectMs) 1000) -}}
{{- if lt (int $.Values.terminationGracePeriodSeconds) (int $least) -}}
{{- fail (printf "terminationGracePeriodSeconds is %d: a %s goes on answering for %d ms after it has handed over (FLOTILLA_REDIRECT_MS), and ends in good order within 20 s beside that. Use %d or more" (int $.Values.terminationGracePeriodSeconds) $name $redirectMs (int $least)) -}}
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
{{- with .Values.monitoring.dashboards -}}
{{- if and (not .enabled) (ne .grafanaOperator.customResources "never") -}}
{{- fail (printf "monitoring.dashboards.grafanaOperator.customResources is %s and monitoring.dashboards.enabled is not true: a GrafanaDashboard shows what is in a ConfigMap. Set enabled to true, or customResources to never" .grafanaOperator.customResources) -}}
{{- end -}}
{{- if and (ne .grafanaOperator.customResources "never") (not .grafanaOperator.instances) -}}
{{- fail "monitoring.dashboards.grafanaOperator.instances is empty: every Grafana of the cluster would show these dashboards. Name labels of those that are to, such as dashboards: grafana" -}}
{{- end -}}
{{- end -}}
{{- include "flotilla.refuseBackup" . -}}
{{- if .Values.peerTls.enabled }}{{ include "flotilla.peerTls.refusals" . }}{{ end -}}
{{- include "flotilla.refuseNames" . -}}
{{- include "flotilla.refusePorts" . -}}
{{- include "flotilla.refuseRedisExternal" . -}}
{{- include "flotilla.refuseResources" . -}}
{{- include "flotilla.refuseVolumes" . -}}
{{- with .Values.chaos.folder -}}
{{- $folders := list "none" -}}
{{- range $.Values.worker.folders }}{{ $folders = append $folders .path }}{{ end -}}
{{- if not (has . $folders) -}}
{{- fail (printf "chaos.folder is %s, which is none of worker.folders: workers would not see what is counted there. Use one of %s" . (join ", " $folders)) -}}
{{- end -}}
{{- end -}}
{{- if and (gt (int .Values.workers) 0) (eq (int .Values.coordinators) 0) -}}
{{- fail "coordinators is 0 and workers is not: nobody would give them tasks. Set both to 0, or coordinators to 2" -}}
{{- end -}}
{{- end }}

{{/* Backups that would be nowhere, in two places, or where nobody lets them in. */}}
{{- define "flotilla.refuseBackup" -}}
{{- $pvc := .Values.backup.to.pvc -}}
{{- $s3 := .Values.backup.to.s3 -}}
{{- if and $pvc.size $pvc.existingClaim -}}
{{- fail (printf "backup.to.pvc.size is %s and backup.to.pvc.existingClaim is %s: backups are on the volume of one claim. Set one of them to \"\"" $pvc.size $pvc.existingClaim) -}}
{{- end -}}
{{- if and $s3.url (or $pvc.size $pvc.existingClaim) -}}
{{- fail (printf "backup.to.s3.url is %s and backup.to.pvc names a claim: backups are in one place. Set one of them to \"\"" $s3.url) -}}
{{- end -}}
{{- if and .Values.backup.enabled (not (or $s3.url $pvc.size $pvc.existingClaim)) -}}
{{- fail "backup.enabled is true and backup.to names no place. Set backup.to.pvc.size (such as 10Gi), backup.to.pvc.existingClaim or backup.to.s3.url" -}}
{{- end -}}
{{- range $value, $url := dict "backup.to.s3.url" (ternary $s3.url "" .Values.backup.enabled) "restore.from" .Values.restore.from -}}
{{- if and (hasPrefix "s3://" $url) (not $s3.endpoint) -}}
{{- fail (printf "%s is %s and backup.to.s3.endpoint is empty: nobody would know whom to ask. Use https://s3.<region>.amazonaws.com for Amazon's" $value $url) -}}
{{- end -}}
{{- if and (hasPrefix "s3://" $url) (not $s3.secretName) -}}
{{- fail (printf "%s is %s and backup.to.s3.secretName is empty: there would be no keys to sign with. Name a Secret with accessKey and secretKey" $value $url) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* What services are called. The name of a release may have dots, and begin with a digit. */}}
{{- define "flotilla.refuseNames" -}}
{{- $fullname := include "flotilla.fullname" . -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $fullname) -}}
{{- fail (printf "objects would be called %s, which is no name of a Service: letters, digits and hyphens, a letter first. Choose another release name or fullnameOverride" $fullname) -}}
{{- end -}}
{{- end }}

{{- define "flotilla.refusePorts" -}}
{{- $ports := .Values.service.nodePorts -}}
{{- range $name, $port := $ports -}}
{{- if and (gt (int $port) 0) (eq $.Values.service.type "ClusterIP") -}}
{{- fail (printf "service.nodePorts.%s is %d, and service.type is ClusterIP, which has no port of nodes. Set it to 0, or service.type to NodePort or LoadBalancer" $name (int $port)) -}}
{{- end -}}
{{- end -}}
{{- if and (gt (int $ports.http) 0) (eq (int $ports.http) (int $ports.redis)) -}}
{{- fail (printf "service.nodePorts.http and service.nodePorts.redis are both %d. Use two ports, or 0 for whichever is free" (int $ports.http)) -}}
{{- end -}}
{{- end }}

{{/* Each replica's address, of every group: the port may have either in it. */}}
{{- define "flotilla.refuseRedisExternal" -}}
{{- $address := .Values.redisExternal.address -}}
{{- $isNodePort := eq .Values.redisExternal.type "NodePort" -}}
{{- $taken := dict -}}
{{- range $name, $port := .Values.service.nodePorts -}}
{{- $_ := set $taken (toString $port) (printf "service.nodePorts.%s" $name) -}}
{{- end -}}
{{- range $i := until (ternary (int .Values.groups) 0 (not (empty $address))) -}}
{{- range $ordinal := until (int $.Values.replicas) -}}
{{- $at := dict "group" (toString (add1 $i)) "ordinal" $ordinal -}}
{{- $replica := printf "replica %d of group %s" $ordinal $at.group -}}
{{- $filled := include "flotilla.filled" (merge (dict "text" $address) $at) -}}
{{- $port := regexFind "[^:]+$" $filled -}}
{{- if not (and (regexMatch "^.+:[1-9][0-9]{0,4}$" $filled) (le (int $port) 65535)) -}}
{{- fail (printf "redisExternal.address is %s, which is no host:port with {group} and {ordinal} in it: for %s it is %s" $address $replica $filled) -}}
{{- end -}}
{{- if and $isNodePort (or (lt (int $port) 30000) (gt (int $port) 32767)) -}}
{{- fail (printf "redisExternal.address is %s: a NodePort is the port of the address, and for %s %s is none between 30000 and 32767. Use such as node.example.com:30{group}0{ordinal}, which goes up to 9 groups" $address $replica $port) -}}
{{- end -}}
{{- if and $isNodePort (hasKey $taken $port) -}}
{{- fail (printf "redisExternal.address is %s: a NodePort is the port of the address, and %s is that of %s and of %s. Put {group} and {ordinal} into the port" $address $port (get $taken $port) $replica) -}}
{{- end -}}
{{- $_ := set $taken $port $replica -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "flotilla.refuseResources" -}}
{{- range $name := list "replica" "controller" "coordinator" "worker" "toolbox" "backup" "chaos" -}}
{{- $resources := (get $.Values $name).resources -}}
{{- $limits := $resources.limits | default dict -}}
{{- range $what, $request := $resources.requests | default dict -}}
{{- $limit := get $limits $what | default $request -}}
{{- if gt (include "flotilla.quantity" $request | float64) (include "flotilla.quantity" $limit | float64) -}}
{{- fail (printf "%s.resources.requests.%s is %v, more than the limit of %v. Raise %s.resources.limits.%s, or ask for less" $name $what $request $limit $name $what) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* What a pod has already: a second volume of a name, or at a path, is none. */}}
{{- define "flotilla.refuseVolumes" -}}
{{- range $component := include "flotilla.components" . | fromYamlArray -}}
{{- $values := get $.Values $component.name -}}
{{- $names := list "tmp" -}}
{{- $paths := list "/tmp" -}}
{{- if $component.isMember -}}
{{- $names = append $names "data" -}}
{{- $paths = append $paths "/data" -}}
{{- if $.Values.peerTls.enabled -}}
{{- $names = append $names "peer-tls" -}}
{{- $paths = append $paths (include "flotilla.peerTls.path" $) -}}
{{- end -}}
{{- end -}}
{{- if eq $component.name "worker" -}}
{{- $names = append $names "scratch" -}}
{{- $paths = append $paths "/data" -}}
{{- range $i, $folder := $values.folders -}}
{{- include "flotilla.refuseTaken" (dict "value" (printf "worker.folders[%d].path" $i) "wanted" (clean $folder.path) "taken" $paths) -}}
{{- $names = append $names (printf "folder-%d" $i) -}}
{{- $paths = append $paths (clean $folder.path) -}}
{{- end -}}
{{- end -}}
{{- range $i, $volume := $values.extraVolumes -}}
{{- include "flotilla.refuseTaken" (dict "value" (printf "%s.extraVolumes[%d].name" $component.name $i) "wanted" $volume.name "taken" $names) -}}
{{- $names = append $names $volume.name -}}
{{- end -}}
{{- range $i, $mount := $values.extraVolumeMounts -}}
{{- $path := clean $mount.mountPath -}}
{{- include "flotilla.refuseTaken" (dict "value" (printf "%s.extraVolumeMounts[%d].mountPath" $component.name $i) "wanted" $path "taken" $paths) -}}
{{- $paths = append $paths $path -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* dict "value" "worker.folders[0].path" "wanted" "/data" "taken" (list) */}}
{{- define "flotilla.refuseTaken" -}}
{{- if has .wanted .taken -}}
{{- fail (printf "%s is %s, which the pod has already. Choose another one than %s" .value .wanted (join ", " .taken)) -}}
{{- end -}}
{{- end }}

{{/* A quantity as a number, as 1Gi and 1024Mi are the same: the API server writes a size in its own words. */}}
{{- define "flotilla.quantity" -}}
{{- if kindIs "string" . -}}
{{- $units := dict "m" 0.001 "" 1 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{- round (mulf (regexFind "^[0-9.]+" . | float64) (get $units (regexFind "[A-Za-z]*$" .))) 3 -}}
{{- else -}}
{{- round . 3 -}}
{{- end -}}
{{- end }}

{{/*
What can't be changed about a StatefulSet that exists.
dict "root" $ "existing" (as it is in the cluster, or empty) "set" NAME "storage" (wanted) "value" "replica" "count" (wanted)
*/}}
{{- define "flotilla.refuseImmutableChange" -}}
{{- if .existing -}}
{{- $claim := (first (.existing.spec.volumeClaimTemplates | default list)) | default dict -}}
{{- $size := dig "spec" "resources" "requests" "storage" "" $claim -}}
{{- if and $size (ne (include "flotilla.quantity" $size) (include "flotilla.quantity" .storage.size)) -}}
{{- fail (printf "%s.storage.size can't be changed from %s to %s: the claims of StatefulSet %s were made with it. Enlarge the claims themselves (kubectl patch pvc), then delete the StatefulSet with --cascade=orphan and upgrade again: UPGRADING.md, \"Larger volumes\"" .value $size .storage.size .set) -}}
{{- end -}}
{{- $class := dig "spec" "storageClassName" "" $claim -}}
{{- if and $size (ne $class .storage.className) -}}
{{- fail (printf "%s.storage.className can't be changed from %q to %q (\"\": the cluster's default): the claims of StatefulSet %s were made with it. Members can be moved one by one: UPGRADING.md, \"Another storage class\"" .value $class .storage.className .set) -}}
{{- end -}}
{{- include "flotilla.refuseFewer" . -}}
{{- include "flotilla.peerTls.refuseStep" . -}}
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
