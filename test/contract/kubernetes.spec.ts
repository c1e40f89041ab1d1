import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { Config } from '../../src/config/config.js';
import { ROLE_NAMES } from '../../src/config/node.schema.js';
import { HealthController } from '../../src/health/health.controller.js';
import { MetricsController } from '../../src/operators/metrics.controller.js';
import { generatedFile } from '../support/generated-file.js';
import { complaints, misfits, render, type Resource } from '../support/kubernetes-files.js';
import type {
  Autoscaler,
  Budget,
  Deployment,
  Ingress,
  Policy,
  Selector,
  Service,
} from '../support/kubernetes-types.js';
import { settingNames } from '../support/setting-names.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const RULES = join(ROOT, 'docker/prometheus/rules');

const ofKind = <T extends Resource>(resources: readonly Resource[], kind: string): T[] =>
  resources.filter((resource): resource is T => resource.kind === kind);

const selects = (selector: Selector | undefined, { labels = {} }: Resource['metadata']): boolean =>
  Object.entries(selector?.matchLabels ?? {}).every(([name, value]) => labels[name] === value);

const environmentOf = (resources: readonly Resource[]): Record<string, string> => {
  const decode = (text: string): string => Buffer.from(text, 'base64').toString();
  const [settings] = ofKind<Resource & { data: Record<string, string> }>(resources, 'ConfigMap');
  const [secrets] = ofKind<Resource & { data: Record<string, string> }>(resources, 'Secret');
  const open = Object.entries(secrets?.data ?? {}).map(([name, text]) => [name, decode(text)]);
  return { ...settings?.data, ...Object.fromEntries(open) };
};

describe.each(['all-in-one', 'roles', 'ha'])('the overlay %s of docker/k8s', (overlay) => {
  let resources: Resource[];
  let deployments: Deployment[];

  beforeAll(async () => {
    resources = await render(overlay);
    deployments = ofKind(resources, 'Deployment');
  });

  it('is valid for Kubernetes, field by field', async () => {
    for (const resource of resources) expect(await complaints(resource)).toEqual([]);
    expect(misfits(resources)).toEqual([]);
  });

  it('is all in one namespace', () => {
    const others = resources.filter(({ kind, metadata }) => kind !== 'Namespace' && metadata.namespace !== 'postrider');
    expect(others).toEqual([]);
    expect(ofKind(resources, 'Namespace').map(({ metadata }) => metadata.name)).toEqual(['postrider']);
  });

  it('has pods for every role', () => {
    const roles = deployments.flatMap(({ spec }) => {
      const [{ env = [] } = {}] = spec.template.spec.containers;
      return env.find(({ name }) => name === 'ROLES')?.value ?? ROLE_NAMES;
    });
    expect(roles.toSorted()).toEqual([...ROLE_NAMES].toSorted());
  });

  it('gives its pods existing settings with which they start', () => {
    const given = environmentOf(resources);
    for (const { spec } of deployments) {
      const [{ env = [] } = {}] = spec.template.spec.containers;
      const own = Object.fromEntries(env.map(({ name, value = 'name-of-the-pod' }) => [name, value]));
      const all = { ...given, ...own };
      expect(settingNames()).toEqual(expect.arrayContaining(Object.keys(all)));
      const config = Config.from({ NODE_ENV: 'production', ...all });
      expect(config.confirm.mode).toBe(overlay === 'ha' ? 'replicated' : 'local');
    }
  });

  it('names only settings and secrets that it defines', () => {
    const names = [...ofKind(resources, 'ConfigMap'), ...ofKind(resources, 'Secret')].map(
      ({ metadata }) => metadata.name,
    );
    for (const { spec } of deployments) {
      const [{ envFrom = [] } = {}] = spec.template.spec.containers;
      expect(envFrom.map(({ configMapRef, secretRef }) => (configMapRef ?? secretRef)?.name)).toEqual(names);
    }
  });

  it('probes existing routes at existing ports', () => {
    const routeOf = (handler: (...given: never[]) => unknown): string =>
      `/health/${String(Reflect.getMetadata('path', handler))}`;
    const { startup, live, ready } = HealthController.prototype;
    for (const { spec } of deployments) {
      const [container] = spec.template.spec.containers;
      expect(container).toMatchObject({
        startupProbe: { httpGet: { path: routeOf(startup), port: 'http' } },
        livenessProbe: { httpGet: { path: routeOf(live), port: 'http' } },
        readinessProbe: { httpGet: { path: routeOf(ready), port: 'http' } },
      });
      const ports = Object.fromEntries(container?.ports.map(({ name, containerPort }) => [name, containerPort]) ?? []);
      const { port } = Config.from({ REDIS_URL: 'redis://redis', API_KEYS: 'main:test:key', JWT_SECRET: 'secret' });
      expect(ports).toEqual({ http: port, operators: Number(environmentOf(resources)['ADMIN_PORT']) });
    }
    for (const { spec } of ofKind<Service>(resources, 'Service')) {
      for (const { targetPort } of spec.ports) expect(['http', 'operators']).toContain(targetPort);
    }
  });

  it('lets a pod drain before it is killed', () => {
    const { drainMs } = Config.from(environmentOf(resources));
    for (const { spec } of deployments) {
      const { containers, terminationGracePeriodSeconds: graceS = 0 } = spec.template.spec;
      const [program, seconds] = containers[0]?.lifecycle.preStop.exec.command ?? [];
      expect(program).toBe('sleep');
      expect(graceS).toBeGreaterThanOrEqual(Number(seconds) + (2 * drainMs) / 1_000 + 15);
    }
  });

  it('runs with as few rights as Kubernetes can give', () => {
    expect(ofKind(resources, 'Namespace')[0]?.metadata.labels).toEqual({
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
    for (const { spec } of deployments) {
      expect(spec.template.spec).toMatchObject({
        automountServiceAccountToken: false,
        serviceAccountName: ofKind(resources, 'ServiceAccount')[0]?.metadata.name,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ['ALL'] },
            },
          },
        ],
      });
    }
  });

  it('has selectors that find pods, each Deployment those of its own', () => {
    const templates = deployments.map(({ spec }) => spec.template.metadata);
    const found = (selector: Selector | undefined): number => templates.filter((pod) => selects(selector, pod)).length;
    for (const { spec } of deployments) {
      expect(found(spec.selector)).toBe(1);
      const { affinity, topologySpreadConstraints: spread } = spec.template.spec;
      const apart = affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution;
      const selectors = [...apart.map(({ podAffinityTerm }) => podAffinityTerm), ...spread];
      expect(selectors.map(({ labelSelector }) => found(labelSelector))).toEqual([1, 1]);
    }
    for (const { spec } of ofKind<Budget>(resources, 'PodDisruptionBudget')) expect(found(spec.selector)).toBe(1);
    for (const { spec } of ofKind<Service>(resources, 'Service')) {
      expect(found({ matchLabels: spec.selector })).toBeGreaterThan(0);
    }
    for (const { spec } of ofKind<Policy>(resources, 'NetworkPolicy')) {
      expect(found(spec.podSelector)).toBe(deployments.length);
      expect(spec.policyTypes).toEqual(['Ingress', 'Egress']);
    }
  });

  it('scales and protects each Deployment, and removes sockets slowly', () => {
    const names = deployments.map(({ metadata }) => metadata.name);
    const scalers = ofKind<Autoscaler>(resources, 'HorizontalPodAutoscaler');
    expect(scalers.map(({ spec }) => spec.scaleTargetRef.name)).toEqual(names);
    expect(ofKind(resources, 'PodDisruptionBudget').map(({ metadata }) => metadata.name)).toEqual(names);
    for (const { spec } of scalers) expect(spec.minReplicas).toBeGreaterThanOrEqual(overlay === 'ha' ? 3 : 2);
    const bySockets = scalers.filter(({ spec }) => spec.metrics.some(({ pods }) => pods));
    expect(bySockets).toHaveLength(1);
    expect(bySockets[0]?.spec.metrics[0]?.pods?.metric.name).toBe('postrider_connections');
    expect(bySockets[0]?.spec.behavior?.scaleDown.policies).toEqual([{ type: 'Pods', value: 1, periodSeconds: 600 }]);
  });

  it('routes outside traffic to existing services', () => {
    const names = ofKind(resources, 'Service').map(({ metadata }) => metadata.name);
    const paths = ofKind<Ingress>(resources, 'Ingress').flatMap(({ spec }) =>
      spec.rules.flatMap(({ http }) => http.paths),
    );
    expect(paths.map(({ path }) => path)).toEqual(['/ws', '/ws/why', '/v1', '/client']);
    for (const { backend } of paths) expect(names).toContain(backend.service.name);
  });
});

describe('the check of docker/k8s', () => {
  it('finds a misspelled field and a wrong value', async () => {
    const [deployment] = ofKind<Deployment>(await render('all-in-one'), 'Deployment');
    const misspelt = { ...deployment, spec: { ...deployment?.spec, replica: 2 } } as Resource;
    expect(misfits([misspelt])).toEqual([expect.stringMatching(/replica.*does not exist/)]);
    const wrong = { ...deployment, spec: { ...deployment?.spec, replicas: 'two' } } as Resource;
    expect(await complaints(wrong)).toEqual([expect.stringContaining('must be integer')]);
  });
});

describe('docker/k8s/monitoring', () => {
  it('has the rules of docker/prometheus/rules (UPDATE_DOCS=1 rewrites them)', async () => {
    const path = 'docker/k8s/monitoring/prometheus-rule.yaml';
    const names = existsSync(RULES) ? readdirSync(RULES) : [];
    const groups = names.toSorted().flatMap((name) => {
      return (parse(readFileSync(join(RULES, name), 'utf8')) as { groups: object[] }).groups;
    });
    const resource = parse(readFileSync(join(ROOT, path), 'utf8')) as { spec: object };
    const made = stringify({ ...resource, spec: { groups } }, { lineWidth: 0 });
    const { is, shouldBe } = await generatedFile(path, `# Made from docker/prometheus/rules.\n${made}`);
    expect(is).toBe(shouldBe);
  });

  it('scrapes metrics at their path', async () => {
    const resources = await render('ha');
    const [monitor] = ofKind<Resource & { spec: Monitor }>(resources, 'ServiceMonitor');
    const services = ofKind<Service>(resources, 'Service').filter(({ metadata }) =>
      selects(monitor?.spec.selector, metadata),
    );
    expect(services.map(({ metadata }) => metadata.name)).toEqual(['postrider-operators']);
    const route = `/${String(Reflect.getMetadata('path', MetricsController.prototype.read))}`;
    expect(monitor?.spec.endpoints).toMatchObject([{ port: services[0]?.spec.ports[0]?.name, path: route }]);
  });
});

interface Monitor {
  selector: Selector;
  endpoints: { port: string; path: string }[];
}
