import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { billOfInventory } from '../../shared/inventory/index.ts';
import { type Bill, sbomForms, sbomVersion, writeBill } from '../../shared/sbom/index.ts';
import { everyDistribution, inventoryOfEverything } from '../shared/inventory/every-package.ts';
import { fullBill } from '../shared/sbom/bills.ts';

// What `npm test` holds against the schemas, given to the tools of the SPDX project too, which know more than the schemas say. They are Python:
// DRYDOCK_PYTHON names an interpreter that has them.

const python = process.env.DRYDOCK_PYTHON ?? 'python3';
const execute = promisify(execFile);

/** Reads a document; prints why it is not sound, and nothing when it is. */
const tools = {
  '2.3': {
    name: 'spdx-tools 0.8.5',
    module: 'spdx_tools',
    program: `
import sys
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
for message in validate_full_spdx_document(parse_file(sys.argv[1])): print(message.validation_message)
`,
  },
  '3.0': {
    name: 'spdx-python-model 0.0.6',
    module: 'spdx_python_model',
    program: `
import sys
from spdx_python_model.bindings import v3_0_1 as spdx
with open(sys.argv[1]) as file: spdx.JSONLDDeserializer().read(file, spdx.SHACLObjectSet())
`,
  },
} as const;

async function complaintOf(program: string, file: string): Promise<string> {
  try {
    const { stdout } = await execute(python, ['-c', program, file], { maxBuffer: 2 ** 26 });
    return stdout.trim();
  } catch (error) {
    const { stderr = '', message } = error as { readonly stderr?: string; readonly message: string };
    return stderr.trim().split('\n').at(-1) || message;
  }
}

/** Writes the bills of all that can be in an image, and prints what each tool says of each. Fails the process when one of them is not sound. */
export async function bench(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'drydock-validators-'));
  try {
    const bills = new Map<string, Bill>([['hostile', fullBill]]);
    for (const id of everyDistribution) {
      const inventory = await inventoryOfEverything(id);
      const tool = { name: 'drydock', version: '0' };
      bills.set(id, billOfInventory(inventory, { name: id, digest: inventory.image, tool, files: true }));
    }
    for (const version of sbomForms['spdx-json']) {
      const { name, module, program } = tools[version];
      if ((await complaintOf(`import ${module}`, '')) !== '') {
        console.log(`SPDX ${version}: NOT CHECKED, ${python} has no ${name} (pip install ${name.replace(' ', '==')})`);
        continue;
      }
      const chosen = sbomVersion('spdx-json', version);
      if (chosen === undefined) throw new Error(`there is no SPDX ${version}`);
      let sound = 0;
      for (const [id, bill] of bills) {
        const file = path.join(folder, `${id}.spdx.json`);
        writeFileSync(file, writeBill(bill, chosen));
        const complaint = await complaintOf(program, file);
        if (complaint === '') sound += 1;
        else console.log(`SPDX ${version} of ${id}: ${complaint.slice(0, 1000)}`);
      }
      console.log(`SPDX ${version}: ${sound} of ${bills.size} documents are sound, says ${name}`);
      if (sound < bills.size) process.exitCode = 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
