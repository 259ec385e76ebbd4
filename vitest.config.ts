import { defineConfig } from 'vitest/config';

// limits end a test that hangs, nothing waits for them: they are those of a slow machine that has much else to do
const limit = 300_000;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/bench/**', 'node_modules/**'],
    globalSetup: 'test/own-temporary-folder.ts',
    testTimeout: limit,
    hookTimeout: limit,
    teardownTimeout: limit / 5,
    expect: { poll: { timeout: limit / 3 } },
    maxWorkers: 2,
  },
});
