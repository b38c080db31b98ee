{{/* Labels of every object. */}}
{{- define "prewarm.labels" -}}
app.kubernetes.io/part-of: prewarm
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* Labels of a pod with a name. Those that change with each version would restart it. */}}
{{- define "prewarm.podLabels" -}}
app.kubernetes.io/name: {{ . }}
app.kubernetes.io/part-of: prewarm
{{- end }}

{{- define "prewarm.tag" -}}
{{ .Values.tag | default .Chart.AppVersion }}
{{- end }}

{{/* Image of a program: (list $ NAME). */}}
{{- define "prewarm.image" -}}
{{- $root := first . }}{{ $name := last . -}}
{{ (index $root.Values $name).image | default (printf "%s/prewarm-%s:%s" $root.Values.registry $name (include "prewarm.tag" $root)) }}
{{- end }}

{{- define "prewarm.natsURL" -}}
{{- if and (not .Values.nats.create) (not .Values.nats.url) }}
{{- fail "nats.url must be set, since nats.create is false" }}
{{- end -}}
{{ .Values.nats.url | default (printf "nats://prewarm-nats.%s:4222" .Release.Namespace) }}
{{- end }}

{{- define "prewarm.gatewayURL" -}}
{{ .Values.gateway.url | default (printf "http://gateway.%s:8080" .Release.Namespace) }}
{{- end }}

{{- define "prewarm.storeURL" -}}
{{ .Values.store.url | default (printf "http://prometheus.%s:9090" .Release.Namespace) }}
{{- end }}

{{/* How the functions are deployed. */}}
{{- define "prewarm.deploy" -}}
{{ .Values.functions.deploy | default (ternary "resource" "gateway" (eq .Values.edition "standard")) }}
{{- end }}

{{/* Environment of a container, sorted by name: (list DEFAULTS SET). */}}
{{- define "prewarm.environment" -}}
{{- range $name, $value := mergeOverwrite (first .) (last .) }}
- name: {{ $name }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- end }}

{{/* What all pods of the chart share. */}}
{{- define "prewarm.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}

{{/* The user that a pod runs as. */}}
{{- define "prewarm.user" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "prewarm.restricted" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop:
    - ALL
{{- end }}

{{/* Probes of a program of the suite. While it waits for others it is live but not ready. */}}
{{- define "prewarm.probes" -}}
startupProbe:
  httpGet:
    path: /healthz
    port: metrics
  periodSeconds: 2
  failureThreshold: 15
livenessProbe:
  httpGet:
    path: /healthz
    port: metrics
  periodSeconds: 10
  timeoutSeconds: 2
readinessProbe:
  httpGet:
    path: /readyz
    port: metrics
  periodSeconds: 5
  timeoutSeconds: 2
{{- end }}

{{/* For a Prometheus that reads annotations, such as that of the OpenFaaS chart. The checksum
     restarts the pod when a secret changes. */}}
{{- define "prewarm.podAnnotations" -}}
{{- include "prewarm.secrets" . -}}
prometheus.io.scrape: "true"
prometheus.io.port: "8081"
prometheus.io.path: /metrics
{{- with .Values._secrets.checksum }}
checksum/secrets: {{ . }}
{{- end }}
{{- end }}

{{/* Two pods on different nodes, if there are several: (list NAME REPLICAS). */}}
{{- define "prewarm.spread" -}}
{{- if gt (last . | int) 1 }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        app.kubernetes.io/name: {{ first . }}
{{- end }}
{{- end }}

{{/* The password of the gateway, under the name that the programs read. */}}
{{- define "prewarm.gatewaySecret" -}}
- secret:
    name: {{ .Values.gateway.secret }}
    items:
      - key: basic-auth-password
        path: prewarm-gateway-password
{{- end }}

{{/* User and password of NATS, and certificates. */}}
{{- define "prewarm.optionalSecrets" -}}
{{- if .Values.nats.credentials }}
- secret:
    name: prewarm-nats
    optional: true
{{- end }}
- secret:
    name: prewarm-certificates # gateway-ca, nats-ca and so on
    optional: true
{{- end }}
