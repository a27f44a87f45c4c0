{{/* Helm's usual full name: the release's, with the chart's behind it unless it is in it already. */}}
{{- define "flotilla.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{/* What never changes about an object: selectors are made of these. */}}
{{- define "flotilla.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "flotilla.labels" -}}
{{ include "flotilla.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Of pods of services, beside the labels of all. dict "root" $ "values" .Values.replica */}}
{{- define "flotilla.podLabels" -}}
{{- with merge dict (.values.podLabels | default dict) .root.Values.podLabels }}{{ toYaml . }}{{ end }}
{{- end }}

{{/* For a Prometheus that goes by annotations. */}}
{{- define "flotilla.scrapeAnnotations" -}}
prometheus.io/scrape: "true"
prometheus.io/port: "7402"
{{- end }}

{{- define "flotilla.podAnnotations" -}}
{{ include "flotilla.scrapeAnnotations" . }}
{{- with merge dict (.values.podAnnotations | default dict) .root.Values.podAnnotations }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/*
What a component's values add to its variables. heapPercentage is V8's share of the memory limit; what it leaves is for what lies outside of
its heap. dict "values" .Values.replica
*/}}
{{- define "flotilla.ownEnvironment" -}}
{{- $env := .values.env -}}
{{- with .values.heapPercentage }}
{{- if not (hasKey $env "NODE_OPTIONS") }}
- { name: NODE_OPTIONS, value: "--max-old-space-size-percentage={{ . }}" }
{{- end }}
{{- end }}
{{- range $name, $value := $env }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- range .values.extraEnv }}
- {{ toYaml . | nindent 2 | trim }}
{{- end }}
{{- end }}

{{/* The Secret with the tokens: this chart's, or one that somebody else keeps. */}}
{{- define "flotilla.secret" -}}
{{- default (printf "%s-tokens" (include "flotilla.fullname" .)) .Values.auth.existingSecret }}
{{- end }}

{{/* A digest says more than a tag: it names the bytes. dict "root" $ "name" "replica" */}}
{{- define "flotilla.image" -}}
{{- $image := .root.Values.image -}}
{{- $registry := $image.registry | default (dig "imageRegistry" "" (.root.Values.global | default dict)) -}}
{{- $digest := get $image.digests .name -}}
{{ with $registry }}{{ trimSuffix "/" . }}/{{ end }}flotilla-{{ .name }}{{ with $digest }}@{{ . }}{{ else }}:{{ default .root.Chart.AppVersion $image.tag }}{{ end }}
{{- end }}

{{/* Where this release's own services find the store: any replica that is ready. */}}
{{- define "flotilla.store" -}}
{{- printf "http://%s.%s.svc.%s:7400" (include "flotilla.fullname" .) .Release.Namespace .Values.clusterDomain }}
{{- end }}

{{/* Where jobs are submitted: any coordinator. */}}
{{- define "flotilla.coordinators" -}}
{{- printf "http://%s-coordinator.%s.svc.%s:7400" (include "flotilla.fullname" .) .Release.Namespace .Values.clusterDomain }}
{{- end }}

{{/* Each controller, with commas between: to administer means to ask any of them, and replicas don't know where they are. */}}
{{- define "flotilla.controllerOrigins" -}}
{{- $set := printf "%s-controller" (include "flotilla.fullname" .) -}}
http://{{ include "flotilla.members" (dict "root" . "set" $set "count" .Values.controllers "port" 7400) | replace "," ",http://" }}
{{- end }}

{{/* The server that speaks S3, and the keys to sign with, as variables. dict "endpoint" "https://…" "region" "…" "secretName" "…" */}}
{{- define "flotilla.s3" -}}
- { name: FLOTILLA_S3_ENDPOINT, value: {{ .endpoint | quote }} }
- { name: FLOTILLA_S3_REGION, value: {{ .region | quote }} }
{{- range $key, $name := dict "accessKey" "ACCESS_KEY" "secretKey" "SECRET_KEY" "sessionToken" "SESSION_TOKEN" }}
- name: FLOTILLA_S3_{{ $name }}
  {{- /* Only keys that are lent have a token. */}}
  valueFrom: { secretKeyRef: { name: {{ $.secretName }}, key: {{ $key }}{{ if eq $key "sessionToken" }}, optional: true{{ end }} } }
{{- end }}
{{- end }}

{{/* A text with the group and the ordinal of a replica in it. dict "text" "redis-{group}-{ordinal}" "group" "1" "ordinal" 0 */}}
{{- define "flotilla.filled" -}}
{{- .text | replace "{group}" .group | replace "{ordinal}" (toString .ordinal) }}
{{- end }}

{{/* dict "root" $ "set" "flotilla-controller" "count" 3 "port" 7401: host:port of every ordinal, absolute names. */}}
{{- define "flotilla.members" -}}
{{- $hosts := list -}}
{{- range $ordinal := until (int .count) -}}
{{- $hosts = append $hosts (printf "%s-%d.%s.%s.svc.%s:%d" $.set $ordinal $.set $.root.Release.Namespace $.root.Values.clusterDomain (int $.port)) -}}
{{- end -}}
{{ join "," $hosts }}
{{- end }}

{{/* How long a member that has handed over goes on answering, in milliseconds. dict "values" .Values.replica */}}
{{- define "flotilla.redirectMs" -}}
{{- get (.values.env | default dict) "FLOTILLA_REDIRECT_MS" | default "3000" -}}
{{- end }}

{{- define "flotilla.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "flotilla.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* What waits until it is told to end: there is no other program in the images that could. */}}
{{- define "flotilla.sleep" -}}
[node, -e, "process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 2 ** 30)"]
{{- end }}

{{/*
What a container runs, if that is not its image's own, and how it is asked. Liveness looks at the process alone; readiness at the group, and is
sticky; start-up may take as long as a large log does. In diagnosticMode it sleeps; its pod is never ready, so that nobody is sent there, and no
update goes on beyond it. dict "values" .Values.replica
*/}}
{{- define "flotilla.process" -}}
{{- if .values.diagnosticMode -}}
command: {{ include "flotilla.sleep" . }}
{{- else -}}
startupProbe:
  httpGet: { path: /startupz, port: health }
  periodSeconds: 2
  timeoutSeconds: 5
  failureThreshold: 300
livenessProbe:
  httpGet: { path: /livez, port: health }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
{{- end }}
readinessProbe:
  httpGet: { path: /readyz, port: health }
  periodSeconds: 2
  timeoutSeconds: 3
  failureThreshold: 2
{{- end }}

{{/*
Nodes and zones, where there are several; a single node takes them all. With "apart", as many pods as there may ever be, none of them shares a
node (0: they may): without minDomains one of fewer nodes may take a second pod once each has one. It is not how many there are: that would
change all pods when one more is wanted. dict "labels" (selector as text) "apart" 7
*/}}
{{- define "flotilla.spread" -}}
{{- range $i, $key := list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
{{- $isHard := and (gt (int $.apart) 0) (eq $key "kubernetes.io/hostname") }}
{{- if $i }}{{ "\n" }}{{ end -}}
- maxSkew: 1
  {{- if $isHard }}
  minDomains: {{ $.apart }}
  {{- end }}
  topologyKey: {{ $key }}
  whenUnsatisfiable: {{ ternary "DoNotSchedule" "ScheduleAnyway" $isHard }}
  labelSelector:
    matchLabels: {{- $.labels | nindent 6 }}
{{- end }}
{{- end }}

{{/*
Where pods may run, and by what their images are fetched. What a component says of itself takes the place of what is said of all.
dict "root" $ "values" .Values.replica (or nothing)
*/}}
{{- define "flotilla.podPlace" -}}
{{- $all := .root.Values -}}
{{- $own := .values | default dict -}}
{{- with concat $all.image.pullSecrets (dig "imagePullSecrets" list ($all.global | default dict)) }}
imagePullSecrets:
  {{- range . }}
  - name: {{ kindIs "map" . | ternary (get (kindIs "map" . | ternary . dict) "name") . }}
  {{- end }}
{{- end }}
{{- with $own.nodeSelector | default $all.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $own.affinity | default $all.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $own.tolerations | default $all.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $all.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}

{{/* What all pods of services have in common. dict "root" $ "values" .Values.replica "labels" (selector as text) "apart" (as above) */}}
{{- define "flotilla.pod" -}}
{{- $root := .root -}}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: {{ $root.Values.terminationGracePeriodSeconds }}
securityContext: {{- include "flotilla.podSecurity" $root | nindent 2 }}
{{- with include "flotilla.podPlace" (dict "root" $root "values" .values) | trim }}{{ . | nindent 0 }}{{- end }}
topologySpreadConstraints: {{- include "flotilla.spread" (dict "labels" .labels "apart" .apart) | nindent 2 }}
{{- end }}

{{/* Who may call, and by what a service proves itself. dict "root" $ "auth" (as FLOTILLA_AUTH) "names" (keys of the Secret) */}}
{{- define "flotilla.tokens" -}}
{{- $root := .root -}}
{{- $variables := dict "data" "FLOTILLA_DATA_TOKEN" "admin" "FLOTILLA_ADMIN_TOKEN" "cluster" "FLOTILLA_CLUSTER_SECRET" -}}
- { name: FLOTILLA_AUTH, value: {{ .auth }} }
{{- range $key := .names }}
- name: {{ get $variables $key }}
  valueFrom: { secretKeyRef: { name: {{ include "flotilla.secret" $root }}, key: {{ $key }} } }
{{- end }}
{{- end }}
