// Nest 12 is published as ESM only. Node 20.19+ can require(esm), but jest's own module runtime cannot
// before Node 24.9, so under jest the "type": "module" packages are compiled to CommonJS by @swc/jest.
const fs = require('node:fs');
const path = require('node:path');

function esmPackages(root) {
  // CommonJS, but they call import().
  const names = new Set(['mercurius', '@opentelemetry/otlp-exporter-base']);
  const walk = (dir) => {
    for (const entry of fs.existsSync(dir) ? fs.readdirSync(dir) : []) {
      if (entry.startsWith('.')) continue;
      const full = path.join(dir, entry);
      if (entry.startsWith('@')) {
        walk(full);
        continue;
      }
      const manifest = path.join(full, 'package.json');
      if (!fs.existsSync(manifest)) continue;
      const pkg = JSON.parse(fs.readFileSync(manifest, 'utf8'));
      if (pkg.type === 'module') names.add(pkg.name.replace(/[.+]/g, '\\$&'));
      walk(path.join(full, 'node_modules'));
    }
  };
  walk(path.join(root, 'node_modules'));
  return [...names].sort();
}

const swc = [
  '@swc/jest',
  {
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      target: 'es2022',
      keepClassNames: true,
      transform: {
        legacyDecorator: true,
        decoratorMetadata: true,
        useDefineForClassFields: false,
        optimizer: { globals: { vars: { NaN: '(0/0)' } } },
      },
    },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  },
];

const base = {
  rootDir: __dirname,
  testEnvironment: 'node',
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  transform: { '^.+\\.(ts|m?js)$': swc },
  transformIgnorePatterns: [
    `/node_modules/(?!.*/node_modules/)(?!(?:${esmPackages(__dirname).join('|')})/)`,
  ],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': ['$1', '$1.js'],
    '^fast-check$': '<rootDir>/test/support/fixed-seed.cjs',
  },
};

// A test's globals are looked up through the sandbox, half a microsecond each: those of the hot paths are handed in where
// the engine runs by the million ticks. (NaN cannot be, and is written out above; elsewhere packages declare the names.)
const pure = { ...base, sandboxInjectedGlobals: ['Infinity', 'Math', 'Number'] };

module.exports = {
  globalSetup: '<rootDir>/test/support/cluster-setup.cjs',
  globalTeardown: '<rootDir>/test/support/cluster-teardown.cjs',
  projects: [
    {
      ...pure,
      displayName: 'unit',
      setupFilesAfterEnv: ['<rootDir>/test/support/time-limit.ts'],
      testMatch: [
        '<rootDir>/src/**/*.spec.ts',
        '<rootDir>/projections/**/*.spec.ts',
        '<rootDir>/test/architecture/**/*.spec.ts',
        '<rootDir>/test/contract/**/*.spec.ts',
        '<rootDir>/bench/**/*.spec.ts',
      ],
      testPathIgnorePatterns: [
        '\\.int\\.spec\\.ts$',
        '\\.proof\\.spec\\.ts$',
        '\\.e2e\\.spec\\.ts$',
        '\\.long\\.spec\\.ts$',
      ],
    },
    // Pure as the unit tests are, but each takes seconds: whole recordings, random histories, every crash point.
    {
      ...pure,
      displayName: 'proof',
      setupFilesAfterEnv: ['<rootDir>/test/support/time-limit.ts'],
      testMatch: [
        '<rootDir>/{src,bench,projections}/**/*.proof.spec.ts',
        '<rootDir>/test/simulation/**/*.spec.ts',
      ],
      testPathIgnorePatterns: ['\\.int\\.spec\\.ts$', '\\.long\\.spec\\.ts$'],
    },
    {
      ...base,
      displayName: 'integration',
      setupFilesAfterEnv: ['<rootDir>/test/support/time-limit.ts'],
      testMatch: ['<rootDir>/{src,test,projections}/**/*.int.spec.ts'],
    },
    {
      ...base,
      displayName: 'e2e',
      setupFilesAfterEnv: ['<rootDir>/test/support/time-limit.ts'],
      testMatch: ['<rootDir>/test/e2e/**/*.e2e.spec.ts'],
    },
    { ...base, displayName: 'long', testMatch: ['<rootDir>/test/**/*.long.spec.ts'] },
  ],
};
