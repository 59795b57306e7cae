{{/* The first part of all names. A CronJob's may have 52 characters. */}}
{{- define "rollout-heal.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{- define "rollout-heal.component" -}}
{{ include "rollout-heal.fullname" . }}-{{ .Values.mode }}
{{- end }}

{{- define "rollout-heal.account" -}}
{{ .Values.serviceAccount.name | default (include "rollout-heal.component" .) }}
{{- end }}

{{- define "rollout-heal.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/component: {{ .Values.mode }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "rollout-heal.chartLabels" -}}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "rollout-heal.labels" -}}
{{ include "rollout-heal.selectorLabels" . }}
{{ include "rollout-heal.chartLabels" . }}
{{- end }}

{{/* The namespace of the Rollouts, unless all are meant. */}}
{{- define "rollout-heal.namespace" -}}
{{ .Values.namespace | default .Release.Namespace }}
{{- end }}

{{/* Not empty if it changes anything in the cluster. */}}
{{- define "rollout-heal.heals" -}}
{{ if ne (toString .Values.heal) "false" }}yes{{ end }}
{{- end }}

{{- define "rollout-heal.leads" -}}
{{ if and (eq .Values.mode "watch") (include "rollout-heal.heals" .) .Values.leaderElect }}yes{{ end }}
{{- end }}

{{- define "rollout-heal.image" -}}
{{- with .Values.image -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end -}}
{{- end -}}
{{- end }}

{{/* Not empty if there are messages to a webhook; where the files of its Secrets are. */}}
{{- define "rollout-heal.notifies" -}}
{{ if .Values.notify.urlSecret.name }}/etc/rollout-heal/notify{{ end }}
{{- end }}

{{- define "rollout-heal.args" -}}
{{- $watches := eq .Values.mode "watch" -}}
{{- $heals := include "rollout-heal.heals" . -}}
{{- $args := list (ternary "watch" "heal" $watches) -}}
{{- if and $watches $heals }}{{ $args = append $args (ternary "--heal=refresh" "--heal" (eq (toString .Values.heal) "refresh")) }}{{ end -}}
{{- if .Values.allNamespaces }}{{ $args = append $args "--all-namespaces" }}{{ end -}}
{{- with .Values.namespace }}{{ $args = append $args (printf "--namespace=%s" .) }}{{ end -}}
{{- if include "rollout-heal.leads" . -}}
{{- $args = append $args "--leader-elect" -}}
{{- $lease := include "rollout-heal.fullname" . -}}
{{- if or .Values.namespace (ne $lease "rollout-heal") -}}
{{- $args = append $args (printf "--leader-elect-lease=%s/%s" .Release.Namespace $lease) -}}
{{- end -}}
{{- end -}}
{{- if $watches }}{{ $args = concat $args (list "--metrics-address=:8080" (printf "--log-format=%s" .Values.logFormat)) }}{{ end -}}
{{- if not (or $watches $heals) }}{{ $args = append $args "--dry-run=client" }}{{ end -}}
{{- range .Values.excludeNamespaces }}{{ $args = append $args (printf "--exclude-namespace=%s" .) }}{{ end -}}
{{- range .Values.window }}{{ $args = append $args (printf "--window=%s" .) }}{{ end -}}
{{- with .Values.metricsNamespaces }}{{ $args = append $args (printf "--metrics-namespaces=%s" (join "," .)) }}{{ end -}}
{{- with include "rollout-heal.notifies" . -}}
{{- $args = append $args (printf "--notify=%s@%s/url" (ternary "slack:" "" (eq $.Values.notify.format "slack")) .) -}}
{{- if $.Values.notify.signingSecret.name }}{{ $args = append $args (printf "--notify-key-file=%s/key" .) }}{{ end -}}
{{- end -}}
{{- range $flag, $value := dict
  "namespace-selector" .Values.namespaceSelector
  "selector" .Values.selector
  "qps" .Values.qps
  "burst" .Values.burst
  "resync" .Values.resync
  "notify-after" .Values.notify.after
  "cluster-name" .Values.notify.clusterName
  "policy" .Values.policy
  "cooldown" .Values.cooldown
  "max-restarts" .Values.maxRestarts
  "settle" .Values.settle
  "stale-after" .Values.staleAfter
  "storm-threshold" .Values.stormThreshold
  "max-per-minute" .Values.maxPerMinute
  "timeout" .Values.timeout -}}
{{- if not (or (kindIs "invalid" $value) (eq (toString $value) "")) }}{{ $args = append $args (printf "--%s=%v" $flag $value) }}{{ end -}}
{{- end -}}
{{- if .Values.optIn }}{{ $args = append $args "--opt-in" }}{{ end -}}
{{- if .Values.allowSolePod }}{{ $args = append $args "--allow-sole-pod" }}{{ end -}}
{{- if .Values.allowUnproven }}{{ $args = append $args "--allow-unproven" }}{{ end -}}
{{- toYaml (concat $args .Values.extraArgs) -}}
{{- end }}

{{/* The rights of whoever finds, diagnoses and, unless `heal` is false, heals Rollouts: see docs/deploy.md. */}}
{{- define "rollout-heal.rules" -}}
{{- $heals := include "rollout-heal.heals" . -}}
- apiGroups: [argoproj.io]
  resources: [rollouts]
  verbs: [get, list{{ if eq .Values.mode "watch" }}, watch{{ end }}{{ if $heals }}, patch{{ end }}]
- apiGroups: [apps]
  resources: [replicasets]  # the evidence: without it every Degraded Rollout is `unproven`
  verbs: [list]
{{- if $heals }}
- apiGroups: [apps]
  resources: [replicasets/status]  # a refresh: one annotation; cannot change a spec or a pod
  verbs: [patch]
{{- end }}
- apiGroups: [policy]
  resources: [poddisruptionbudgets]  # without this right nothing is restarted: the eviction API could refuse forever
  verbs: [list]
- apiGroups: [""]
  resources: [pods]  # optional: to report which pods of an `unavailable` Rollout fail, and why
  verbs: [list]
{{- if $heals }}
- apiGroups: [events.k8s.io]
  resources: [events]  # records each step for `kubectl describe`; patch counts repeated Events
  verbs: [create, patch]
{{- end }}
{{- if and .Values.allNamespaces (or .Values.optIn .Values.namespaceSelector) }}
- apiGroups: [""]
  resources: [namespaces]  # who opts in, and what the selector means
  verbs: [list{{ if eq .Values.mode "watch" }}, watch{{ end }}]
{{- else if and .Values.optIn (ne .Values.mode "watch") }}
- apiGroups: [""]
  resources: [namespaces]  # whether it opts in
  verbs: [get]
{{- end }}
{{- end }}

{{- define "rollout-heal.pod" -}}
metadata:
  labels:
    {{- include "rollout-heal.selectorLabels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .Values.podAnnotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- if eq .Values.mode "watch" }}
  terminationGracePeriodSeconds: 10  # it releases the Lease and exits within a second
  {{- else }}
  restartPolicy: Never
  {{- end }}
  serviceAccountName: {{ include "rollout-heal.account" . }}
  automountServiceAccountToken: true
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  securityContext: {{- toYaml .Values.podSecurityContext | nindent 4 }}
  {{- with .Values.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- $spread := .Values.topologySpreadConstraints }}
  {{- if and (not $spread) (eq .Values.mode "watch") }}
  {{- $spread = list (dict "maxSkew" 1 "topologyKey" "kubernetes.io/hostname" "whenUnsatisfiable" "ScheduleAnyway") }}
  {{- end }}
  {{- with $spread }}
  topologySpreadConstraints:
    {{- range . }}
    - {{- toYaml . | nindent 6 }}
      {{- if not .labelSelector }}
      labelSelector:
        matchLabels: {{- include "rollout-heal.selectorLabels" $ | nindent 10 }}
      {{- end }}
    {{- end }}
  {{- end }}
  {{- if include "rollout-heal.notifies" . }}
  volumes:
    - name: notify
      projected:
        sources:
          - secret: {name: {{ .Values.notify.urlSecret.name }}, items: [{key: {{ .Values.notify.urlSecret.key | quote }}, path: url}]}
          {{- with .Values.notify.signingSecret }}
          {{- if .name }}
          - secret: {name: {{ .name }}, items: [{key: {{ .key | quote }}, path: key}]}
          {{- end }}
          {{- end }}
  {{- end }}
  containers:
    - name: {{ ternary "watch" "heal" (eq .Values.mode "watch") }}
      image: {{ include "rollout-heal.image" . }}
      {{- with .Values.image.pullPolicy }}
      imagePullPolicy: {{ . }}
      {{- end }}
      args: {{- include "rollout-heal.args" . | nindent 8 }}
      {{- with .Values.env }}
      env: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with include "rollout-heal.notifies" . }}
      volumeMounts:
        - {name: notify, mountPath: {{ . }}, readOnly: true}
      {{- end }}
      {{- if eq .Values.mode "watch" }}
      ports:
        - {name: metrics, containerPort: 8080}
      livenessProbe:
        httpGet: {path: /livez, port: metrics}
      readinessProbe:
        httpGet: {path: /readyz, port: metrics}
        periodSeconds: 5
      {{- end }}
      resources:
        {{- with .Values.resources }}
        {{- toYaml . | nindent 8 }}
        {{- else }}
        requests: {cpu: 20m, memory: {{ ternary "40Mi" "32Mi" (eq .Values.mode "watch") }}}
        limits: {memory: 128Mi}
        {{- end }}
      securityContext: {{- toYaml .Values.securityContext | nindent 8 }}
{{- end }}
