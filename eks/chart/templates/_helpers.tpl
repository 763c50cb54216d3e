{{- define "service.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "service.labels" -}}
{{ include "service.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "service.accountName" -}}
{{ default .Release.Name .Values.serviceAccountName }}
{{- end }}

{{/*
How long a stopping pod keeps answering before SIGTERM. The load balancer controller needs a few seconds to
notice and deregister it, then the load balancer lets requests in flight finish for seconds.drain.
*/}}
{{- define "service.lingerSeconds" -}}
{{ add .Values.seconds.drain 10 }}
{{- end }}

{{- define "service.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: {{ .Values.userId }}
runAsGroup: {{ .Values.userId }}
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "service.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* What the service and its migration share: the image, its variables, its limits. */}}
{{- define "service.container" -}}
image: {{ .Values.image | quote }}
imagePullPolicy: IfNotPresent
securityContext:
  {{- include "service.containerSecurityContext" . | nindent 2 }}
{{- with .Values.environment }}
env:
  {{- range $name, $value := . }}
  - name: {{ $name }}
    value: {{ $value | quote }}
  {{- end }}
{{- end }}
{{- with .Values.secretName }}
envFrom:
  - secretRef:
      name: {{ . }}
{{- end }}
resources:
  requests:
    cpu: {{ .Values.resources.cpu }}
    memory: {{ .Values.resources.memory }}
  limits:
    memory: {{ .Values.resources.memory }}
volumeMounts:
  - name: tmp
    mountPath: /tmp
{{- end }}
