import { defineConfig } from 'vitest/config'
import { floors, printFloors } from './server/test/coverage.ts'

// Coverage says something about a run of everything only: `vitest run` with no file or name chosen.
const isWholeRun = process.argv.slice(2).join(' ') === 'run'

export default defineConfig({
  test: {
    include: ['**/*.test.ts', '**/*.test.tsx'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/.data/**'],
    globalSetup: ['server/test/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ['default', printFloors],
    coverage: {
      enabled: isWholeRun,
      provider: 'v8',
      reporter: ['text-summary'],
      include: ['server/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/*.fixture.ts'],
      thresholds: Object.fromEntries(floors.map(({ files, lines }) => [files, { lines }])),
    },
  },
})
