export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^postrider$': '<rootDir>/src/index.ts',
    '^postrider/testing$': '<rootDir>/src/testing/index.ts',
    '^@postrider/client$': '<rootDir>/clients/js/src/index.ts',
    '^@postrider/client/(.*)$': '<rootDir>/clients/js/src/$1.ts',
    '^@postrider/server$': '<rootDir>/clients/node-server/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: { '^.+\\.ts$': ['@swc/jest', { swcrc: true }] },
  // No test is about time: this only ends one that hangs.
  testTimeout: 300_000,
  workerIdleMemoryLimit: '512MB',
  roots: [
    '<rootDir>/src',
    '<rootDir>/test',
    '<rootDir>/bench',
    '<rootDir>/examples',
    '<rootDir>/clients',
    '<rootDir>/web',
  ],
  testMatch: ['**/*.spec.ts'],
  coverageProvider: 'v8',
  coverageDirectory: 'coverage',
  collectCoverageFrom: ['src/**/*.ts', '!src/**/*.spec.ts', '!src/main.ts'],
};
