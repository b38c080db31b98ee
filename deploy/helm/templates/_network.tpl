{{/* Parts of network policies. */}}

{{- define "prewarm.inNamespace" -}}
namespaceSelector:
  matchLabels:
    kubernetes.io/metadata.name: {{ . }}
{{- end }}

{{- define "prewarm.suite" -}}
matchExpressions:
  - key: faas_function
    operator: In
    values:
      - collector
      - predictor
      - scaler
      - dashboard
{{- end }}

{{/* Scrapes from the namespace of the release and that of monitoring, at a port. */}}
{{- define "prewarm.fromScrapes" -}}
- from:
    - podSelector: {}
    - {{- include "prewarm.inNamespace" (first .).Values.networkPolicy.monitoringNamespace | nindent 6 }}
  ports:
    - protocol: TCP
      port: {{ last . }}
{{- end }}

{{- define "prewarm.toDNS" -}}
- to:
    - {{- include "prewarm.inNamespace" .Values.networkPolicy.dnsNamespace | nindent 6 }}
  ports:
    - protocol: UDP
      port: 53
    - protocol: TCP
      port: 53
{{- end }}

{{- define "prewarm.toNATS" -}}
- to:
    - podSelector:
        matchLabels:
          app.kubernetes.io/name: nats
          app.kubernetes.io/instance: prewarm-nats
  ports:
    - protocol: TCP
      port: 4222
{{- end }}

{{- define "prewarm.toGateway" -}}
- to:
    - podSelector:
        matchLabels:
          app: gateway
  ports:
    - protocol: TCP
      port: 8080
{{- with .Values.networkPolicy.extraEgress }}
{{ toYaml . }}
{{- end }}
{{- end }}
