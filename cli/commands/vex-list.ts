import { allVex } from '../api-lists.ts';
import type { VexView } from '../api-shapes.ts';
import { readArguments } from '../arguments.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { apiOptions, apiUsage, openApi } from '../open-api.ts';
import { safeJson } from '../safe-json.ts';
import { tableLines } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { counted, timeText } from '../words.ts';

export const usage = `drydock vex list [options]

  the VEX documents that people brought to a stack: what they are called, who issued and who imported them

  --all            those that were taken back too, with who and when
  --json           as data
${apiUsage}`;

/** Lists the VEX documents of a stack. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values } = readArguments(args, {
    ...apiOptions,
    all: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  });
  const api = await openApi(values);
  const documents = await allVex(api, values.all);
  if (values.json) {
    terminal.write(`${safeJson({ schemaVersion: 1, documents })}\n`);
    return exitCodes.ok;
  }
  terminal.write(`${terminal.paint('bold', counted(documents.length, 'VEX document'))}\n`);
  if (documents.length === 0) return exitCodes.ok;
  const lines = tableLines<VexView>(
    [
      { head: 'ID', cell: ({ id }) => id, least: 24, good: 60, cut: 'middle' },
      { head: 'SAYS', cell: ({ statements }) => counted(statements, 'statement') },
      { head: 'AUTHOR', cell: ({ author }) => author ?? '', least: 10, cut: 'middle', spare: 1 },
      { head: 'IMPORTED', cell: ({ importedAt }) => timeText(importedAt ?? '') },
      { head: 'BY', cell: ({ by }) => by ?? '', least: 10, cut: 'middle' },
      ...(values.all
        ? [
            {
              head: 'TAKEN BACK',
              cell: ({ removed }: VexView) => (removed === undefined ? '' : `${timeText(removed.at)} by ${removed.by}`),
            },
          ]
        : []),
    ],
    documents,
    { columns: terminal.columns, paintHead: (text) => terminal.paint('bold', text) },
  );
  terminal.write(`\n${lines.join('\n')}\n\nnext: drydock vex remove <id>\n`);
  return exitCodes.ok;
}
