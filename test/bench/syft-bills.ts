import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { keyDifferences, writeSyftBills } from '../shared/inventory/syft-bills.ts';

// `npm test` reads bills that one version of Syft wrote and that are kept; here the Syft that is on the PATH writes them anew.

/** Has Syft write the bills of small images of four systems in eleven forms, and prints which packages have other keys than in their image. */
export async function bench(): Promise<void> {
  const version = versionOfSyft();
  if (version === undefined) {
    console.log('SKIPPED: no bill is read; syft is not on the PATH');
    return;
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'drydock-syft-'));
  try {
    const bills = writeSyftBills(folder);
    let same = 0;
    for (const bill of bills) {
      const differences = await keyDifferences(bill);
      if (differences.length === 0) same += 1;
      for (const difference of differences) console.log(`${bill.image} as ${bill.form}: ${difference}`);
    }
    console.log(`${same} of ${bills.length} bills of ${version} have the package keys that their image has`);
    if (same < bills.length) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function versionOfSyft(): string | undefined {
  try {
    return execFileSync('syft', ['--version'], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}
