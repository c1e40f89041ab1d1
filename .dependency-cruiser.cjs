// Boundaries of the code. docs/architecture.md has the same table of folders, and a test compares the two.
/** Folders of `src`, from the ground up, and the folders or files that each may import. */
const MAY_IMPORT = require('./scripts/lib/boundaries.json');
/** Everything else: paths that the sources of each may import beside their own. */
const OUTSIDE = {
  'clients/js/src': [],
  'clients/node-server/src': [],
  web: ['clients/(js|node-server)/src/index\\.ts$'],
  examples: ['clients/(js|node-server)/src/index\\.ts$', 'src/(testing/)?index\\.ts$', 'scripts/lib/'],
  scripts: [],
  bench: ['src/gateway/frame-codec\\.ts$', 'test/support/'],
};

const folders = Object.entries(MAY_IMPORT).map(([folder, allowed]) => ({
  name: `${folder}-boundary`,
  comment: `src/${folder} may import ${allowed.join(', ') || 'no other folder'}; see docs/architecture.md.`,
  severity: 'error',
  from: { path: `^src/${folder}/`, pathNot: '\\.spec\\.ts$' },
  to: { path: '^src/', pathNot: `^src/(${[folder, ...allowed].join('|')})(/|$)` },
}));

const outside = Object.entries(OUTSIDE).map(([folder, allowed]) => ({
  name: `${folder}-boundary`,
  comment: `${folder} may import ${allowed.join(', ') || 'nothing beside itself'}.`,
  severity: 'error',
  from: { path: `^${folder}/`, pathNot: '\\.spec\\.tsx?$' },
  to: {
    path: '^(src|clients|web|examples|scripts|bench|test)/',
    pathNot: [`^${folder}/`, ...allowed.map((path) => `^${path}`), '/dist/'],
  },
}));

module.exports = {
  forbidden: [
    ...folders,
    ...outside,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'folder-without-rule',
      comment: 'A new folder of src needs its line in scripts/lib/boundaries.json and in docs/architecture.md.',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/([^/]+$|(${Object.keys(MAY_IMPORT).join('|')})/)` },
      to: {},
    },
    {
      name: 'src-stands-alone',
      comment: 'What is built into the server knows nothing of what tests, measures or uses it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { path: ['^(clients|web|examples|scripts|bench|test)/', '\\.spec\\.ts$'], pathNot: '/dist/' },
    },
    {
      name: 'only-redis-connects',
      comment: 'One factory makes every Redis client; others import types of ioredis at most.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/redis/', '\\.spec\\.ts$'] },
      to: { path: 'node_modules/ioredis/', dependencyTypesNot: ['type-only'] },
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
    // Chunks of a build may import each other.
    exclude: { path: '^(web|clients/[a-z-]+|examples/[a-z]+)/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.test.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
