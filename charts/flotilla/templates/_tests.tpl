{{/*
A pod of `helm test` that runs a program of files/tests. Only the pods are hooks: what they need belongs to the release, and goes with it.
A pod that succeeded goes at once; one that failed stays for its log.
dict "root" $ "test" "failover" "env" (list of dicts) "account" (name of a ServiceAccount, or empty)
*/}}
{{- define "flotilla.tests.pod" -}}
{{- $root := .root -}}
{{- $fullname := include "flotilla.fullname" $root -}}
apiVersion: v1
kind: Pod
metadata:
  name: {{ printf "%s-test-%s" $fullname .test }}
  labels:
    {{- include "flotilla.labels" $root | nindent 4 }}
    app.kubernetes.io/component: test
  annotations:
    helm.sh/hook: test
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  restartPolicy: Never
  {{- if .account }}
  serviceAccountName: {{ .account }}
  {{- else }}
  automountServiceAccountToken: false
  {{- end }}
  enableServiceLinks: false
  securityContext: {{- include "flotilla.podSecurity" $root | nindent 4 }}
  {{- with include "flotilla.podPlace" (dict "root" $root) | trim }}{{ . | nindent 2 }}{{- end }}
  containers:
    - name: {{ .test }}
      image: {{ default (include "flotilla.image" (dict "root" $root "name" "replica")) $root.Values.tests.image }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      terminationMessagePolicy: FallbackToLogsOnError
      command: [node, /test/{{ .test }}.mjs]
      env:
        {{- range .env }}
        - {{ toYaml . | nindent 10 | trim }}
        {{- end }}
        - name: TOKEN
          valueFrom: { secretKeyRef: { name: {{ include "flotilla.secret" $root }}, key: data } }
      resources:
        requests: { cpu: 20m, memory: 64Mi }
        limits: { memory: 128Mi }
      securityContext: {{- include "flotilla.containerSecurity" $root | nindent 8 }}
      volumeMounts:
        - { name: programs, mountPath: /test }
  volumes:
    - name: programs
      configMap: { name: {{ $fullname }}-test }
{{- end }}
