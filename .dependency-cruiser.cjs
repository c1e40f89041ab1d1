// The drawing of docs/architecture.md as a check: what each folder of src may import.
const LEAVES = ['config', 'errors', 'observability'];
const MAY_IMPORT = {
  errors: [],
  config: ['errors'],
  json: ['errors'],
  observability: ['config', 'errors'],
  http: [...LEAVES, 'json'],
  redis: LEAVES,
  health: LEAVES,
  page: LEAVES,
  auth: [...LEAVES, 'http'],
  limits: [...LEAVES, 'http', 'redis', 'auth'],
  console: [...LEAVES, 'http', 'auth', 'queue', 'limits'],
  demo: [...LEAVES, 'http', 'auth'],
  topic: [...LEAVES, 'redis'],
  session: [...LEAVES, 'redis', 'topic'],
  revocation: [...LEAVES, 'http', 'redis', 'auth', 'topic'],
  queue: [...LEAVES, 'redis', 'topic', 'session'],
  notification: [...LEAVES, 'json', 'http', 'redis', 'auth', 'topic', 'session', 'queue', 'limits'],
  system: [...LEAVES, 'redis', 'auth', 'topic', 'queue', 'notification'],
  asyncapi: [...LEAVES, 'http', 'gateway'],
  processes: [...LEAVES, 'http', 'health'],
  gateway: [
    ...LEAVES,
    'json',
    'http',
    'redis',
    'auth',
    'topic',
    'session',
    'revocation',
    'queue',
    'limits',
    'notification',
  ],
};
const TOPIC_NAME = 'src/topic/topic\\.name\\.ts$';
const CLOCK = 'src/redis/(redis\\.clock|clock\\.module)\\.ts$';
const READINESS = 'src/health/readiness[-.a-z]*\\.ts$';
/** Single files that a folder may import beyond the table. */
const EXCEPTIONS = {
  ...Object.fromEntries(['console', 'demo'].map((folder) => [folder, [TOPIC_NAME, CLOCK]])),
  auth: [TOPIC_NAME, READINESS, CLOCK],
  ...Object.fromEntries(['redis', 'topic', 'session', 'queue', 'gateway'].map((folder) => [folder, [READINESS]])),
};

const boundaries = Object.entries(MAY_IMPORT).map(([folder, allowed]) => ({
  name: `${folder}-boundary`,
  comment: `src/${folder} may import ${allowed.join(', ') || 'no other folder'}; see docs/architecture.md.`,
  severity: 'error',
  from: { path: `^src/${folder}/`, pathNot: '\\.spec\\.ts$' },
  to: {
    path: '^src/[^/]+/',
    pathNot: [`^src/(${[folder, ...allowed].join('|')})/`, ...(EXCEPTIONS[folder] ?? [])],
  },
}));

module.exports = {
  forbidden: [
    ...boundaries,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'folder-without-rule',
      comment: 'A new folder of src needs its line in this file and in docs/architecture.md.',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/([^/]+$|(${Object.keys(MAY_IMPORT).join('|')})/)` },
      to: {},
    },
    {
      name: 'only-redis-connects',
      comment: 'One factory makes every Redis client; others import types of ioredis at most.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/redis/', '\\.spec\\.ts$'] },
      to: { path: 'node_modules/ioredis/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-tests-in-production',
      severity: 'error',
      from: { path: '^(src|scripts)/', pathNot: '\\.spec\\.ts$' },
      to: { path: ['^test/', '\\.spec\\.ts$'] },
    },
    {
      name: 'no-undeclared-packages',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'not-resolvable',
      comment: 'What is built may not be there yet.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '/dist/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.test.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
