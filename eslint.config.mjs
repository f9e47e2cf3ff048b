import tseslint from 'typescript-eslint';

const CLOCKS = [
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: 'Time is an input: take `at: UnixMs` from the command.',
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Time is an input: take `at: UnixMs` from the command.',
  },
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: 'Chance is an input: pass a seeded source.',
  },
  {
    selector: ':function[async=true], AwaitExpression',
    message: 'Pure code is synchronous: do the I/O in the shell.',
  },
  {
    selector: 'ForInStatement',
    message: 'Key order is not a contract: iterate an array or a Map.',
  },
  {
    selector: "CallExpression[callee.name='parseFloat']",
    message: 'A float in a price path is a bug: parse with domain/kernel/decimal.',
  },
];
const HYGIENE = [
  {
    selector:
      'CallExpression[callee.object.name=/^(it|test|describe)$/][callee.property.name=/^(only|skip|todo)$/]',
    message: 'No focused or skipped tests.',
  },
  { selector: 'TSEnumDeclaration', message: 'Use a closed union of literals.' },
  { selector: 'ExportDefaultDeclaration', message: 'Export by name, so that it can be searched.' },
];

export default tseslint.config(
  { ignores: ['dist/**', 'build/**', 'node_modules/**', 'coverage/**', '.stopledger/**'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 4],
      'max-depth': ['error', 3],
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...HYGIENE],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { allowDefaultCaseForExhaustiveSwitch: true, considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-extraneous-class': [
        'error',
        { allowWithDecorator: true, allowStaticOnly: false },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      // The frameworks declare plain shapes (views, options) as classes; object literals fill them everywhere.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: [
      'src/config/**',
      '**/*.spec.ts',
      'src/cli/**',
      // The event store is a program of its own, with the variables of the original.
      'src/eventstore-server/server.main.ts',
    ],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only src/config reads the environment.' },
      ],
    },
  },
  {
    files: [
      'src/domain/**/*.ts',
      'src/engine/**/*.ts',
      'src/simulation/**/*.ts',
      'projections/**/*.ts',
    ],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        'process',
        'setTimeout',
        'setInterval',
        'setImmediate',
        'queueMicrotask',
        'performance',
        'crypto',
        'fetch',
        'console',
        'Buffer',
      ],
      'no-restricted-syntax': ['error', ...HYGIENE, ...CLOCKS],
    },
  },
  {
    // A Nest module is a class that holds nothing.
    files: ['**/*.module.ts'],
    rules: { '@typescript-eslint/no-extraneous-class': 'off' },
  },
  {
    files: ['**/*.spec.ts', 'test/**/*.ts', '**/*.contract.ts'],
    rules: {
      'max-lines-per-function': 'off',
      // What an HTTP answer holds is what the test is about.
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
    },
  },
);
