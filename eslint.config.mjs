import tseslint from 'typescript-eslint';
import { mayImportRule } from './scripts/folders.mjs';

const node = (names) => names.map((name) => ({ name, message: 'Only engine/process starts child processes.' }));
const childProcess = node(['child_process', 'node:child_process']);
const noFramework = {
  group: ['@nestjs/*', 'typeorm', 'typeorm/*', 'express', 'rxjs'],
  message: 'The engine is free of frameworks.',
};
const restrict = (patterns, paths = childProcess) => ({
  'no-restricted-imports': ['error', { paths, patterns }],
});
const onlyTheApi = 'The console runs in a browser and knows the service by its API alone.';
const noEnv = {
  'no-restricted-properties': [
    'error',
    { object: 'process', property: 'env', message: 'Only kernel/config reads the environment.' },
  ],
};

export default tseslint.config(
  { ignores: ['dist/**', 'coverage/**', '**/*.js', '**/*.mjs', '.berkut/**', 'data/**', 'console/src/api/schema.ts'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // DTO classes are shapes that carry the API document; they have no behaviour and are made as literals.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // Marked as deprecated to be seen where it is used, not because it will go: for issuers without TLS on the machine itself.
      '@typescript-eslint/no-deprecated': [
        'error',
        { allow: [{ from: 'package', package: 'openid-client', name: 'allowInsecureRequests' }] },
      ],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  { files: ['src/**/*.ts'], rules: { ...restrict([]), ...noEnv } },
  { files: ['src/engine/**/*.ts'], rules: restrict([noFramework]) },
  { files: ['src/engine/process/**/*.ts'], rules: restrict([noFramework], []) },
  {
    files: ['src/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    plugins: { folders: { rules: { 'may-import': mayImportRule } } },
    rules: { 'folders/may-import': 'error' },
  },
  {
    files: ['console/src/**/*.{ts,tsx}'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { group: ['node:*', '@nestjs/*', 'express'], message: onlyTheApi },
            { regex: String.raw`^(\.\./)+src/`, message: onlyTheApi },
          ],
        },
      ],
    },
  },
  { files: ['src/kernel/config/**/*.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    files: ['**/*.spec.ts', '**/*.e2e.ts', 'test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      'no-console': 'off',
      'no-restricted-properties': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
