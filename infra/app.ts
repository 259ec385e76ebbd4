import { buildApp } from './build-app.ts';
import { ConfigError } from './config.ts';

// What the CDK's command line runs (cdk.json).
try {
  buildApp().app.synth();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
