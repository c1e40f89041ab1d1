import type { Resource } from './kubernetes-files.js';

/** Parts of Kubernetes resources that the tests check. */
export interface Selector {
  matchLabels: Record<string, string>;
}

export interface Container {
  env?: { name: string; value?: string }[];
  envFrom?: { configMapRef?: { name: string }; secretRef?: { name: string } }[];
  ports: { name: string; containerPort: number }[];
  lifecycle: { preStop: { exec: { command: string[] } } };
}

interface PodSpec {
  terminationGracePeriodSeconds: number;
  containers: Container[];
  affinity: {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: { podAffinityTerm: { labelSelector: Selector } }[];
    };
  };
  topologySpreadConstraints: { labelSelector: Selector }[];
}

export interface Deployment extends Resource {
  spec: { selector: Selector; template: { metadata: Resource['metadata']; spec: PodSpec } };
}

export interface Service extends Resource {
  spec: { selector: Record<string, string>; ports: { name: string; targetPort: string }[] };
}

export interface Budget extends Resource {
  spec: { selector: Selector };
}

export interface Policy extends Resource {
  spec: { podSelector: Selector; policyTypes: string[] };
}

export interface Autoscaler extends Resource {
  spec: {
    scaleTargetRef: { name: string };
    minReplicas: number;
    metrics: { pods?: { metric: { name: string } } }[];
    behavior?: { scaleDown: { policies: object[] } };
  };
}

export interface Ingress extends Resource {
  spec: { rules: { http: { paths: { path: string; backend: { service: { name: string } } }[] } }[] };
}
