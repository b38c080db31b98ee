{{/* The values of the variables of stack.yml, as a stack.env would set them. Empty ones leave the
     default of stack.yml. */}}
{{- define "prewarm.variables" -}}
{{- $metrics := printf "http://prewarm-gateway-metrics.%s:8082/metrics" .Release.Namespace -}}
{{- dict "REGISTRY" .Values.registry "TAG" (include "prewarm.tag" .) "CLUSTER" .Values.cluster
  "STEP" .Values.step "SCHEDULE" .Values.schedule "DEFAULT_SCHEDULE" .Values.defaultSchedule "SHARDS" (toString .Values.shards)
  "COST_RATIO" (toString .Values.costRatio) "WAIT_PRICE" (toString .Values.waitPrice)
  "NATS_URL" (include "prewarm.natsURL" .) "GATEWAY_URL" (include "prewarm.gatewayURL" .)
  "GATEWAY_METRICS_URL" (.Values.gateway.metricsURL | default $metrics)
  "PROMETHEUS_URL" (include "prewarm.storeURL" .) "PROMETHEUS_MATCHERS" .Values.store.matchers
  "PROMETHEUS_HEADERS" .Values.store.headers
  "OTEL_EXPORTER_OTLP_ENDPOINT" .Values.tracing.endpoint | toJson -}}
{{- end }}

{{/* A text of stack.yml with its variables, which look like ${STEP:-1m}: (list VARIABLES TEXT). */}}
{{- define "prewarm.substitute" -}}
{{- $text := last . | default "" | toString -}}
{{- range $name, $value := first . -}}
{{- if $value -}}
{{- $text = regexReplaceAllLiteral (printf "\\$\\{%s:-[^}]*\\}" $name) $text $value -}}
{{- end -}}
{{- end -}}
{{- regexReplaceAll "\\$\\{[A-Z_]+:-([^}]*)\\}" $text "${1}" -}}
{{- end }}

{{/* The functions of stack.yml with what the values say, as JSON: a list of specifications as in a
     Function resource. */}}
{{- define "prewarm.functions" -}}
{{- include "prewarm.secrets" . -}}
{{- $variables := include "prewarm.variables" . | fromJson -}}
{{- $common := .Values.functions -}}
{{- $credentials := ternary (list "nats-user" "nats-password") list .Values.nats.credentials -}}
{{- $all := list -}}
{{- range $name, $f := (.Files.Get "files/stack.yml" | fromYaml).functions -}}
{{- $own := index $common $name | default dict -}}
{{- $environment := dict -}}
{{- range $key, $value := $f.environment -}}
{{- $_ := set $environment $key (include "prewarm.substitute" (list $variables $value)) -}}
{{- end -}}
{{- $annotations := dict -}}
{{- range $key, $value := $f.annotations -}}
{{- $_ := set $annotations $key (include "prewarm.substitute" (list $variables $value)) -}}
{{- end -}}
{{- with $.Values._secrets.checksum -}}
{{- $_ := set $annotations "checksum/secrets" . -}}
{{- end -}}
{{- $spec := dict "name" $name
  "image" ($own.image | default (include "prewarm.substitute" (list $variables $f.image)))
  "labels" (mergeOverwrite $f.labels ($own.labels | default dict))
  "annotations" (mergeOverwrite $annotations $common.annotations ($own.annotations | default dict))
  "environment" (mergeOverwrite $environment $common.environment ($own.environment | default dict))
  "secrets" (concat $f.secrets $credentials $common.secrets ($own.secrets | default list) | uniq)
  "requests" (mergeOverwrite $f.requests ($own.requests | default dict))
  "limits" (mergeOverwrite $f.limits ($own.limits | default dict))
  "readOnlyRootFilesystem" $f.readonly_root_filesystem -}}
{{- $all = append $all $spec -}}
{{- end -}}
{{- toJson $all -}}
{{- end }}
