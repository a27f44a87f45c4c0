{{/*
One StatefulSet of members of a group, with its headless Service and its disruption budget.
dict "root" $ "set" NAME "component" "replica" "image" "replica" "count" 3 "labels" (extra labels as text) "values" .Values.replica "env" (list of dicts)
  "told" (what its members read at their start, by variable)
*/}}
{{- define "flotilla.members.objects" -}}
{{- $root := .root -}}
{{- include "flotilla.refuseImmutableChange" (dict "root" $root
  "existing" (lookup "apps/v1" "StatefulSet" $root.Release.Namespace .set) "set" .set "storage" .values.storage "value" .component "count" .count) -}}
{{- $selector := include "flotilla.members.selector" . -}}
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
{{- /* Of one member, too, which it lets go: Helm can't go back to a revision with an object that the last one has no more. */}}
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
# Who there is. Each member reads it when it starts, and those that run need not: their group tells them who came, so that a change lets
# nobody start again.
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .set }}
  labels:
    {{- include "flotilla.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
    {{- with .labels }}{{ . | nindent 4 }}{{- end }}
data: {{- include "flotilla.members.told" . | nindent 2 }}
---
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
  {{- /* What is not said is the API server's default, and may be patched from beside. Never more than one at a time: maxUnavailable is not for choosing. */}}
  {{- with .values.updateStrategy }}
  {{- if eq .type "OnDelete" }}
  updateStrategy: { type: OnDelete, rollingUpdate: null }
  {{- else if .partition }}
  updateStrategy:
    type: RollingUpdate
    rollingUpdate: { partition: {{ .partition }} }
  {{- end }}
  {{- end }}
  persistentVolumeClaimRetentionPolicy: {{- toYaml $root.Values.persistentVolumeClaimRetention | nindent 4 }}
  selector:
    matchLabels: {{- $selector | nindent 6 }}
  template: {{- include "flotilla.podTemplate" (dict "component" .component "text" (include "flotilla.members.pod" .) "over" .values.podTemplate) | nindent 4 }}
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

{{/* What its members read when they start, by variable. dict as above */}}
{{- define "flotilla.members.told" -}}
{{- $peers := include "flotilla.members" (dict "root" .root "set" .set "count" .count "port" 7401) -}}
{{ merge (dict "FLOTILLA_PEERS" $peers) (.told | default dict) | toYaml }}
{{- end }}

{{/* By what a set finds its pods. dict as above */}}
{{- define "flotilla.members.selector" -}}
{{ include "flotilla.selector" .root }}
app.kubernetes.io/component: {{ .component }}
{{- with .labels }}
{{ . }}
{{- end }}
{{- end }}

{{/* The pods of a set, as a template. dict as above */}}
{{- define "flotilla.members.pod" -}}
{{- $root := .root -}}
metadata:
  labels:
    {{- include "flotilla.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
    {{- with .labels }}{{ . | nindent 4 }}{{- end }}
    {{- with include "flotilla.podLabels" (dict "root" $root "values" .values) | trim }}{{ . | nindent 4 }}{{- end }}
  annotations:
    {{- include "flotilla.podAnnotations" (dict "root" $root "values" .values) | nindent 4 }}
spec:
  {{- include "flotilla.pod" (dict "root" $root "values" .values "labels" (include "flotilla.members.selector" .) "apart" (ternary 7 0 $root.Values.topologySpread.hard)) | nindent 2 }}
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
        {{- if $root.Values.redisExternal.address }}
        - { name: redis-external, containerPort: 6381 }
        {{- end }}
        {{- end }}
      env:
        - name: FLOTILLA_ORDINAL
          valueFrom: { fieldRef: { fieldPath: "metadata.labels['apps.kubernetes.io/pod-index']" } }
        - { name: FLOTILLA_HOST, value: "0.0.0.0" }
        - { name: FLOTILLA_HTTP_PORT, value: "7400" }
        - { name: FLOTILLA_PEER_PORT, value: "7401" }
        - { name: FLOTILLA_HEALTH_PORT, value: "7402" }
        - { name: FLOTILLA_DATA_DIR, value: /data/member }
        # Clients are still sent here for as long as it takes until every node knows that this pod goes.
        - { name: FLOTILLA_REDIRECT_MS, value: "3000" }
        # While another member of its group is away this one stays, as long as that leaves time to end in good order.
        - { name: FLOTILLA_HOLD_MS, value: "{{ max 0 (sub (mul 1000 (int $root.Values.terminationGracePeriodSeconds)) (add 22000 (include "flotilla.redirectMs" (dict "values" .values) | int))) }}" }
        {{- range $name, $_ := include "flotilla.members.told" . | fromYaml }}
        - name: {{ $name }}
          valueFrom: { configMapKeyRef: { name: {{ $.set }}, key: {{ $name }} } }
        {{- end }}
        {{- if eq (include "flotilla.hasRedis" .component) "true" }}
        - { name: FLOTILLA_REDIS_PORT, value: "6379" }
        - { name: FLOTILLA_REDIS_SINGLE_PORT, value: "6380" }
        {{- with $root.Values.redisExternal.address }}
        - { name: FLOTILLA_REDIS_EXTERNAL_PORT, value: "6381" }
        - { name: FLOTILLA_REDIS_EXTERNAL_ADDRESS, value: {{ . | quote }} }
        {{- end }}
        {{- end }}
        {{- include "flotilla.tokens" (dict "root" $root "auth" (ternary "all" "admin" $root.Values.auth.enabled) "names" (list "data" "admin" "cluster")) | nindent 8 }}
        {{- with include "flotilla.peerTls.environment" $root | trim }}{{ . | nindent 8 }}{{- end }}
        {{- range .env }}
        - { name: {{ .name }}, value: {{ .value | quote }} }
        {{- end }}
        {{- with include "flotilla.ownEnvironment" (dict "values" .values) | trim }}{{ . | nindent 8 }}{{- end }}
      # Why a member ended stays where its pod's state is.
      terminationMessagePolicy: FallbackToLogsOnError
      {{- include "flotilla.process" (dict "values" .values) | nindent 6 }}
      resources: {{- toYaml .values.resources | nindent 8 }}
      securityContext: {{- include "flotilla.containerSecurity" $root | nindent 8 }}
      volumeMounts:
        - { name: data, mountPath: /data }
        - { name: tmp, mountPath: /tmp }
        {{- with include "flotilla.peerTls.mount" $root | trim }}{{ . | nindent 8 }}{{- end }}
        {{- with .values.extraVolumeMounts }}{{ toYaml . | nindent 8 }}{{- end }}
  volumes:
    - name: tmp
      emptyDir: {}
    {{- with include "flotilla.peerTls.volume" $root | trim }}{{ . | nindent 4 }}{{- end }}
    {{- with .values.extraVolumes }}{{ toYaml . | nindent 4 }}{{- end }}
{{- end }}
