{{/*
A pod that makes a backup, or restores one. It has the token for data, and no account. Its labels are those of the release, so that policies let
it in where clients are named. With a program in place of the command line it has no token either.
dict "root" $ "args" (of the command line) "program" (of Node, or left out) "claim" (that is mounted at /backups, or empty) "mayWrite" true "hasS3" false
*/}}
{{- define "flotilla.backup.template" -}}
{{- $root := .root -}}
metadata:
  labels:
    {{- include "flotilla.selector" $root | nindent 4 }}
    app.kubernetes.io/component: backup
spec:
  restartPolicy: Never
  automountServiceAccountToken: false
  enableServiceLinks: false
  securityContext: {{- include "flotilla.podSecurity" $root | nindent 4 }}
  {{- with include "flotilla.podPlace" (dict "root" $root) | trim }}{{ . | nindent 2 }}{{- end }}
  containers:
    - name: backup
      image: {{ include "flotilla.image" (dict "root" $root "name" "cli") }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      terminationMessagePolicy: FallbackToLogsOnError
      {{- with .program }}
      command: [node, -e, {{ . | quote }}]
      {{- else }}
      args: {{- concat .args (list "--endpoint" (include "flotilla.store" $root)) | toYaml | nindent 8 }}
      env:
        - name: FLOTILLA_TOKEN
          valueFrom: { secretKeyRef: { name: {{ include "flotilla.secret" $root }}, key: data } }
        {{- if .hasS3 }}
        {{- include "flotilla.s3" $root.Values.backup.to.s3 | nindent 8 }}
        {{- end }}
      {{- end }}
      resources: {{- toYaml $root.Values.backup.resources | nindent 8 }}
      securityContext: {{- include "flotilla.containerSecurity" $root | nindent 8 }}
      volumeMounts:
        - { name: tmp, mountPath: /tmp }
        {{- if .claim }}
        - { name: backups, mountPath: /backups, readOnly: {{ not .mayWrite }} }
        {{- end }}
  volumes:
    - name: tmp
      emptyDir: {}
    {{- if .claim }}
    - name: backups
      persistentVolumeClaim: { claimName: {{ .claim }} }
    {{- end }}
{{- end }}
