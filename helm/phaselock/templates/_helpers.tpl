{{- define "phaselock.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "phaselock.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains (include "phaselock.name" .) .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "phaselock.name" .) | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* What a pod of the operator is found by. Jobs' pods have the same name label, but another component. */}}
{{- define "phaselock.selectorLabels" -}}
app.kubernetes.io/name: {{ include "phaselock.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end }}

{{- define "phaselock.labels" -}}
{{ include "phaselock.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "phaselock.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "phaselock.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "phaselock.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{- define "phaselock.subject" -}}
- kind: ServiceAccount
  name: {{ include "phaselock.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}

{{/* In each namespace that it works in. The same as in deploy/operator/rbac.yaml, which says why; ChartTest compares them. */}}
{{- define "phaselock.rules" -}}
- apiGroups: [phaselock.dev]
  resources: [schemachanges]
  verbs: [get, list, watch, patch]
- apiGroups: [phaselock.dev]
  resources: [schemachanges/status]
  verbs: [patch]
- apiGroups: [phaselock.dev]
  resources: [schemachanges/finalizers]
  verbs: [update]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch]
- apiGroups: [""]
  resources: [pods/log]
  verbs: [get]
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}

{{- define "phaselock.dnsEgress" -}}
- ports:
    - {protocol: UDP, port: 53}
    - {protocol: TCP, port: 53}
{{- end }}
