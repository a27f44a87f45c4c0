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
{{- end }}

{{/* The Secret with the tokens: this chart's, or one that somebody else keeps. */}}
{{- define "flotilla.secret" -}}
{{- default (printf "%s-tokens" (include "flotilla.fullname" .)) .Values.auth.existingSecret }}
{{- end }}

{{/* dict "root" $ "name" "replica" */}}
{{- define "flotilla.image" -}}
{{- $image := .root.Values.image -}}
{{ $image.registry }}flotilla-{{ .name }}:{{ default .root.Chart.AppVersion $image.tag }}
{{- end }}

{{/* dict "root" $ "set" "flotilla-controller" "count" 3 "port" 7401: host:port of every ordinal, absolute names. */}}
{{- define "flotilla.members" -}}
{{- $hosts := list -}}
{{- range $ordinal := until (int .count) -}}
{{- $hosts = append $hosts (printf "%s-%d.%s.%s.svc.%s:%d" $.set $ordinal $.set $.root.Release.Namespace $.root.Values.clusterDomain (int $.port)) -}}
{{- end -}}
{{ join "," $hosts }}
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

{{/* Liveness looks at the process alone; readiness at the group, and is sticky; start-up may take as long as a large log does. */}}
{{- define "flotilla.probes" -}}
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
readinessProbe:
  httpGet: { path: /readyz, port: health }
  periodSeconds: 2
  timeoutSeconds: 3
  failureThreshold: 2
{{- end }}

{{/* Nodes and zones, where there are several; a single node takes them all. dict "labels" (selector as text) "hard" (members never share a node) */}}
{{- define "flotilla.spread" -}}
{{- range $i, $key := list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
{{- if $i }}{{ "\n" }}{{ end -}}
- maxSkew: 1
  topologyKey: {{ $key }}
  whenUnsatisfiable: {{ ternary "DoNotSchedule" "ScheduleAnyway" (and $.hard (eq $key "kubernetes.io/hostname")) }}
  labelSelector:
    matchLabels: {{- $.labels | nindent 6 }}
{{- end }}
{{- end }}

{{/*
One StatefulSet of members of a group, with its headless Service and its disruption budget.
dict "root" $ "set" NAME "component" "replica" "image" "replica" "count" 3 "labels" (extra labels as text) "values" .Values.replica "env" (list of dicts)
*/}}
{{- define "flotilla.members.objects" -}}
{{- $root := .root -}}
{{- include "flotilla.refuseImmutableChange" (dict
  "existing" (lookup "apps/v1" "StatefulSet" $root.Release.Namespace .set) "set" .set "storage" .values.storage "value" .component) -}}
{{- $selector := printf "%s\napp.kubernetes.io/component: %s%s" (include "flotilla.selector" $root) .component (ternary "" (printf "\n%s" .labels) (empty .labels)) -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ .set }}
  labels:
    {{- include "flotilla.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
    {{- with .labels }}{{ . | nindent 4 }}{{- end }}
spec:
  clusterIP: None
  # Members must find each other before any of them is ready.
  publishNotReadyAddresses: true
  selector: {{- $selector | nindent 4 }}
  ports:
    - { name: http, port: 7400, targetPort: http, appProtocol: http }
    - { name: peer, port: 7401, targetPort: peer }
    - { name: health, port: 7402, targetPort: health, appProtocol: http }
    {{- if eq (include "flotilla.hasRedis" .component) "true" }}
    - { name: redis, port: 6379, targetPort: redis }
    {{- end }}
---
{{- if gt (int .count) 1 }}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .set }}
  labels:
    {{- include "flotilla.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
    {{- with .labels }}{{ . | nindent 4 }}{{- end }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: {{- $selector | nindent 6 }}
---
{{- end }}
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {{ .set }}
  labels:
    {{- include "flotilla.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
    {{- with .labels }}{{ . | nindent 4 }}{{- end }}
spec:
  serviceName: {{ .set }}
  replicas: {{ .count }}
  # All at once: no member is ready before a majority is there.
  podManagementPolicy: Parallel
  persistentVolumeClaimRetentionPolicy: {{- toYaml $root.Values.persistentVolumeClaimRetention | nindent 4 }}
  selector:
    matchLabels: {{- $selector | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "flotilla.labels" $root | nindent 8 }}
        app.kubernetes.io/component: {{ .component }}
        {{- with .labels }}{{ . | nindent 8 }}{{- end }}
      annotations:
        prometheus.io/scrape: "true"
        prometheus.io/port: "7402"
        {{- with $root.Values.podAnnotations }}{{ toYaml . | nindent 8 }}{{- end }}
    spec:
      automountServiceAccountToken: false
      enableServiceLinks: false
      terminationGracePeriodSeconds: {{ $root.Values.terminationGracePeriodSeconds }}
      securityContext: {{- include "flotilla.podSecurity" $root | nindent 8 }}
      {{- with $root.Values.image.pullSecrets }}
      imagePullSecrets:
        {{- range . }}
        - name: {{ . }}
        {{- end }}
      {{- end }}
      {{- with $root.Values.nodeSelector }}
      nodeSelector: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $root.Values.priorityClassName }}
      priorityClassName: {{ . }}
      {{- end }}
      {{- with $root.Values.tolerations }}
      tolerations: {{- toYaml . | nindent 8 }}
      {{- end }}
      topologySpreadConstraints: {{- include "flotilla.spread" (dict "labels" $selector "hard" $root.Values.topologySpread.hard) | nindent 8 }}
      containers:
        - name: {{ .component }}
          image: {{ include "flotilla.image" (dict "root" $root "name" .image) }}
          imagePullPolicy: {{ $root.Values.image.pullPolicy }}
          ports:
            - { name: http, containerPort: 7400 }
            - { name: peer, containerPort: 7401 }
            - { name: health, containerPort: 7402 }
            {{- if eq (include "flotilla.hasRedis" .component) "true" }}
            - { name: redis, containerPort: 6379 }
            - { name: redis-single, containerPort: 6380 }
            {{- end }}
          env:
            - name: FLOTILLA_ORDINAL
              valueFrom: { fieldRef: { fieldPath: "metadata.labels['apps.kubernetes.io/pod-index']" } }
            - { name: FLOTILLA_HOST, value: "0.0.0.0" }
            - { name: FLOTILLA_HTTP_PORT, value: "7400" }
            - { name: FLOTILLA_PEER_PORT, value: "7401" }
            - { name: FLOTILLA_HEALTH_PORT, value: "7402" }
            - { name: FLOTILLA_DATA_DIR, value: /data/member }
            - name: FLOTILLA_PEERS
              value: {{ include "flotilla.members" (dict "root" $root "set" .set "count" .count "port" 7401) }}
            - name: FLOTILLA_HTTP_PEERS
              value: {{ include "flotilla.members" (dict "root" $root "set" .set "count" .count "port" 7400) }}
            {{- if eq (include "flotilla.hasRedis" .component) "true" }}
            - { name: FLOTILLA_REDIS_PORT, value: "6379" }
            - { name: FLOTILLA_REDIS_SINGLE_PORT, value: "6380" }
            - name: FLOTILLA_REDIS_PEERS
              value: {{ include "flotilla.members" (dict "root" $root "set" .set "count" .count "port" 6379) }}
            {{- end }}
            - { name: FLOTILLA_AUTH, value: {{ ternary "all" "admin" $root.Values.auth.enabled }} }
            {{- range $name, $key := dict "FLOTILLA_DATA_TOKEN" "data" "FLOTILLA_ADMIN_TOKEN" "admin" "FLOTILLA_CLUSTER_SECRET" "cluster" }}
            - name: {{ $name }}
              valueFrom: { secretKeyRef: { name: {{ include "flotilla.secret" $root }}, key: {{ $key }} } }
            {{- end }}
            {{- range .env }}
            - { name: {{ .name }}, value: {{ .value | quote }} }
            {{- end }}
            {{- range $name, $value := .values.env }}
            - { name: {{ $name }}, value: {{ $value | quote }} }
            {{- end }}
          {{- include "flotilla.probes" $root | nindent 10 }}
          resources: {{- toYaml .values.resources | nindent 12 }}
          securityContext: {{- include "flotilla.containerSecurity" $root | nindent 12 }}
          volumeMounts:
            - { name: data, mountPath: /data }
            - { name: tmp, mountPath: /tmp }
      volumes:
        - name: tmp
          emptyDir: {}
  volumeClaimTemplates:
    - metadata:
        name: data
        labels:
          {{- include "flotilla.selector" $root | nindent 10 }}
          app.kubernetes.io/component: {{ .component }}
          {{- with .labels }}{{ . | nindent 10 }}{{- end }}
      spec:
        accessModes: [ReadWriteOnce]
        {{- with .values.storage.className }}
        storageClassName: {{ . }}
        {{- end }}
        resources:
          requests:
            storage: {{ .values.storage.size }}
{{- end }}
