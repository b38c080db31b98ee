{{/* An entry of a secret that is in the cluster, or nothing: (list NAMESPACE SECRET ENTRY). */}}
{{- define "prewarm.kept" -}}
{{- $secret := lookup "v1" "Secret" (index . 0) (index . 1) -}}
{{- dig "data" (index . 2) "" $secret | b64dec -}}
{{- end }}

{{/* Puts the secrets into .Values._secrets, once for all templates: a generated one would differ
     in each of them. Given values come first, then those in the cluster, so that an upgrade keeps
     what the installation has generated. */}}
{{- define "prewarm.secrets" -}}
{{- if not (hasKey .Values "_secrets") }}
{{- $own := dict "checksum" "" }}
{{- if .Values.secrets.create }}
{{- $here := .Release.Namespace }}
{{- $given := .Values.secrets }}
{{- $_ := set $own "hmacKey" ($given.hmacKey | default (include "prewarm.kept" (list $here "prewarm-hmac-key" "prewarm-hmac-key")) | default (randBytes 32)) }}
{{- $password := $given.natsPassword | default (include "prewarm.kept" (list $here "prewarm-nats" "nats-password")) }}
{{- if not (or $password .Values.nats.create (not .Values.nats.credentials)) }}
{{- fail "secrets.natsPassword must be set, since nats.create is false; or set nats.credentials to false" }}
{{- end }}
{{- $_ := set $own "natsPassword" ($password | default (printf "p%s" (randAlphaNum 40))) }}
{{- $_ := set $own "gatewayPassword" ($given.gatewayPassword | default (include "prewarm.kept" (list $here .Values.gateway.secret "basic-auth-password"))) }}
{{- if not $own.gatewayPassword }}
{{- fail (printf "secrets.gatewayPassword must be set, since the secret %s in the namespace %s cannot be read" .Values.gateway.secret $here) }}
{{- end }}
{{/* The key is random, so that the sum tells nothing of a password. */}}
{{- $_ := set $own "checksum" (printf "%s %s %s %s" $own.hmacKey $given.natsUser $own.natsPassword $own.gatewayPassword | sha256sum) }}
{{- end }}
{{- $_ := set .Values "_secrets" $own }}
{{- end }}
{{- end }}
