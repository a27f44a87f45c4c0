{{/*
One Deployment of a service that runs jobs, with its disruption budget: none of its pods is anybody in particular.
dict "root" $ "component" "worker" "count" 2 "values" .Values.worker "auth" (as FLOTILLA_AUTH) "tokens" (keys of the Secret) "env" (list of dicts) "mounts" (list of dicts) "volumes" (list of dicts)
*/}}
{{- define "flotilla.jobs.objects" -}}
{{- $root := .root -}}
{{- $name := printf "%s-%s" (include "flotilla.fullname" $root) .component -}}
{{- $selector := include "flotilla.jobs.selector" . -}}
{{- if gt (int .count) 1 }}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ $name }}
  labels:
    {{- include "flotilla.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
spec:
  maxUnavailable: 1
  # One that is not well does nothing that a drain would have to wait for.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels: {{- $selector | nindent 6 }}
---
{{- end }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $name }}
  labels:
    {{- include "flotilla.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
spec:
  replicas: {{ .count }}
  strategy:
    {{- /* Of one pod, too: nobody is without it, and Helm, which waits for all but these, waits for it. */}}
    rollingUpdate: { maxUnavailable: 0, maxSurge: 1 }
  selector:
    matchLabels: {{- $selector | nindent 6 }}
  template: {{- include "flotilla.podTemplate" (dict "component" .component "text" (include "flotilla.jobs.pod" .) "over" .values.podTemplate) | nindent 4 }}
{{- end }}

{{/* By what it finds its pods. dict as above */}}
{{- define "flotilla.jobs.selector" -}}
{{ include "flotilla.selector" .root }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* Its pods, as a template. dict as above */}}
{{- define "flotilla.jobs.pod" -}}
{{- $root := .root -}}
metadata:
  labels:
    {{- include "flotilla.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
    {{- with include "flotilla.podLabels" (dict "root" $root "values" .values) | trim }}{{ . | nindent 4 }}{{- end }}
  annotations:
    {{- include "flotilla.podAnnotations" (dict "root" $root "values" .values) | nindent 4 }}
spec:
  {{- include "flotilla.pod" (dict "root" $root "values" .values "labels" (include "flotilla.jobs.selector" .) "apart" 0) | nindent 2 }}
  containers:
    - name: {{ .component }}
      image: {{ include "flotilla.image" (dict "root" $root "name" .component) }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      terminationMessagePolicy: FallbackToLogsOnError
      ports:
        - { name: http, containerPort: 7400 }
        - { name: health, containerPort: 7402 }
      env:
        # Each is found at its own address; the others learn it from the store.
        - name: POD_IP
          valueFrom: { fieldRef: { fieldPath: status.podIP } }
        - { name: FLOTILLA_ORIGIN, value: "http://$(POD_IP):7400" }
        - { name: FLOTILLA_HOST, value: "0.0.0.0" }
        - { name: FLOTILLA_HTTP_PORT, value: "7400" }
        - { name: FLOTILLA_HEALTH_PORT, value: "7402" }
        {{- include "flotilla.tokens" (dict "root" $root "auth" .auth "names" .tokens) | nindent 8 }}
        {{- range .env }}
        - {{ toYaml . | nindent 10 | trim }}
        {{- end }}
        {{- with include "flotilla.ownEnvironment" (dict "values" .values) | trim }}{{ . | nindent 8 }}{{- end }}
      {{- include "flotilla.process" (dict "values" .values) | nindent 6 }}
      resources: {{- toYaml .values.resources | nindent 8 }}
      securityContext: {{- include "flotilla.containerSecurity" $root | nindent 8 }}
      volumeMounts:
        {{- range .mounts }}
        - {{ toYaml . | nindent 10 | trim }}
        {{- end }}
        - { name: tmp, mountPath: /tmp }
        {{- with .values.extraVolumeMounts }}{{ toYaml . | nindent 8 }}{{- end }}
  volumes:
    {{- range .volumes }}
    - {{ toYaml . | nindent 6 | trim }}
    {{- end }}
    - name: tmp
      emptyDir: {}
    {{- with .values.extraVolumes }}{{ toYaml . | nindent 4 }}{{- end }}
{{- end }}
