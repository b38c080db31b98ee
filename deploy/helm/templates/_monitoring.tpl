{{/* The rules, with the age at which a decision expires in seconds. */}}
{{- define "prewarm.rules" -}}
{{- $seconds := mul 60 (trimSuffix "m" .Values.decisionMaxAge | int) -}}
{{ regexReplaceAll "([<>]) 300\\b" (.Files.Get "files/rules.yml") (printf "${1} %d" $seconds) }}
{{- end }}

{{- define "prewarm.operatorLabels" -}}
{{ include "prewarm.labels" . }}
{{- with .Values.monitoring.operatorLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}
