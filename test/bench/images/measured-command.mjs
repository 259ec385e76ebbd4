// Runs the `drydock` command with the arguments that follow, and writes what it took to file descriptor 3.
import { writeSync } from 'node:fs';

process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  writeSync(3, JSON.stringify({ cpuMs: (user + system) / 1000, rssMb: process.resourceUsage().maxRSS / 1024 }));
});

await import('../../../bin/drydock.mjs');
