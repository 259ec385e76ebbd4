import { stat } from 'node:fs/promises';
import type { AdvisoryBook } from '#shared/advisories';
import { formatPlatform } from '#shared/oci';
import type { Api } from '../api.ts';
import { allProblems, allWorkloads, imagesFrom, wholeProblem } from '../api-lists.ts';
import {
  type ImageView,
  image,
  knownOf,
  type ListedImage,
  type ProblemView,
  type WorkloadView,
} from '../api-shapes.ts';
import { readArguments } from '../arguments.ts';
import { CommandFailed, type ExitCode, exitCodes, UsageError } from '../exit-codes.ts';
import { nearServices } from '../near-services.ts';
import { apiOptions, apiUsage, openApi } from '../open-api.ts';
import { plainText } from '../plain-text.ts';
import { answersOf, explainText, shownOf } from '../scan/explain-image.ts';
import { type KnownOf, knownLines, severityText } from '../scan/known-of.ts';
import { makeReport } from '../scan/make-report.ts';
import { namedExceptions } from '../scan/named-exceptions.ts';
import { readScanning, scanNamed, scanningOptions, scanningUsage } from '../scan/scan-named.ts';
import { complainOfUnread, endOfReading } from '../scan/unread-images.ts';
import type { Terminal } from '../terminal.ts';
import { serviceName, timeText } from '../words.ts';

export const usage = `drydock explain <vulnerability> [<image>|<service>] [options]

  why a vulnerability is found, or is not: which record says so and what the others say, the comparison that decided,
  who rates it by which vector, what the CVE List says, what was withdrawn, why it is hidden or shown, where it runs, which fix there is.
  Without more: in what runs. With a service (cluster/name): in that one and the images that it runs. With an image: in that image, by the running stack if it has read it, else by a scan of it.

  --policy <file>          with an image that is scanned: which exceptions of this policy accept it
${apiUsage}${scanningUsage}
  drydock explain CVE-2014-0160
  drydock explain CVE-2014-0160 prod/checkout
  drydock explain CVE-2014-0160 ./layout --policy policy.yaml
`;

/** Explains one vulnerability. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values, positionals } = readArguments(
    args,
    {
      ...apiOptions,
      ...scanningOptions,
      policy: { type: 'string' },
      quiet: { type: 'boolean', short: 'q', default: false },
    },
    ['<vulnerability>', '[image or service]'],
  );
  const [id = '', named] = positionals;
  if (!/^[A-Za-z0-9][A-Za-z0-9:._~-]{2,127}$/.test(id))
    throw new UsageError(
      `${JSON.stringify(id)} is no id of a vulnerability; write one such as CVE-2014-0160 or GHSA-jfh8-c2jp-5v3q`,
    );
  if (named === undefined) {
    terminal.write(await explainRunning(id, values, terminal));
    return exitCodes.ok;
  }
  const service = await serviceOfStack(named, values);
  if (service !== undefined) {
    terminal.write(await explainService(id, service, values, terminal));
    return exitCodes.ok;
  }
  const known = await imageOfStack(named, values);
  if (known !== undefined) {
    terminal.write(explainKnown(id, named, known, terminal, await knownOfStack(await openApi(values), id)));
    return exitCodes.ok;
  }
  await refuseMistyped(named, values, terminal);
  const exceptions = await namedExceptions(values.policy, terminal.complain);
  const { scanned, unread, book } = await scanNamed(named, readScanning(values), terminal);
  for (const each of scanned) {
    const name = scanned.length === 1 ? named : `${named} (${formatPlatform(each.image.platform)})`;
    terminal.write(
      explainText(
        id,
        name,
        await answersOf(id, each, book, makeReport(each, exceptions).findings),
        each.coverage,
        terminal,
        await knownOfBook(book, id),
      ),
    );
  }
  complainOfUnread(unread, terminal);
  return endOfReading(scanned.length, unread, terminal);
}

type StackOptions = Parameters<typeof openApi>[0];

/** What the stack knows of an id beside findings; an older stack knows nothing. */
const knownOfStack = async (api: Api, id: string): Promise<KnownOf> =>
  (await api.find(`/advisories/${encodeURIComponent(id)}`, knownOf)) ?? { withdrawn: [] };

async function knownOfBook(book: AdvisoryBook, id: string): Promise<KnownOf> {
  const cve = (await book.cves())?.lookup(id.toUpperCase());
  return { ...(cve === undefined ? {} : { cve }), withdrawn: await book.withdrawn(id) };
}

async function explainRunning(id: string, stack: StackOptions, terminal: Terminal): Promise<string> {
  const api = await openApi(stack).catch((error: unknown) => {
    throw error instanceof CommandFailed
      ? new CommandFailed(`${error.message}; or name an image: drydock explain ${id} <image>`, { cause: error })
      : error;
  });
  const found: ProblemView[] = [];
  for (const problem of await allProblems(api))
    if (names(id, problem, problem.records)) found.push(await wholeProblem(api, problem));
  const known = await knownOfStack(api, id);
  if (found.length === 0)
    return [
      `${id} is in nothing that runs, as far as it could be judged (drydock status says how far)`,
      ...knownLines(known),
    ]
      .map((line) => `${plainText(line)}\n`)
      .join('');
  const more = knownLines(known).map((line) => `${plainText(line)}\n`);
  return [
    ...found.map((problem) => problemText(problem, terminal)),
    ...(more.length === 0 ? [] : [more.join('')]),
  ].join('\n');
}

const names = (
  id: string,
  subject: { readonly vulnerability: string; readonly aliases: readonly string[] },
  records: readonly string[],
): boolean =>
  [subject.vulnerability, ...subject.aliases, ...records].some((each) => each.toLowerCase() === id.toLowerCase());

function problemText(problem: ProblemView, terminal: Terminal): string {
  const { severity, kev, exposures, risk } = problem;
  const lines = [
    `severity  ${severityText(severity)}${problem.malicious ? '; the package itself is malware' : ''}`,
    ...(risk === undefined
      ? []
      : [
          `risk      ${risk.score} of 100`,
          ...risk.factors.map(({ name, points, text }) => `          ${String(points).padStart(3)}  ${name}: ${text}`),
        ]),
    ...(kev === undefined
      ? []
      : [`exploited since ${kev.dateAdded}${kev.ransomware ? ', by ransomware too' : ''} (CISA KEV)`]),
    `records   ${problem.records.join(', ')}${problem.aliases.length === 0 ? '' : `; also known as ${problem.aliases.join(', ')}`}`,
    `decided   ${problem.why}`,
    `fix       ${problem.fixedIn ?? 'none is known yet'}`,
    ...exposures.map(
      ({ workload, packages, since, accepted, exposed }) =>
        `runs in   ${serviceName(workload)}: ${packages.join(', ')}, since ${timeText(since)}${exposed?.reach === 'internet' ? `; the internet reaches it: ${exposed.why}` : ''}${accepted === undefined ? '' : `; accepted until ${accepted.until}: ${accepted.reason}`}`,
    ),
    ...problem.history.map(({ at, transition, text }) => `history   ${timeText(at)}  ${transition}: ${text}`),
  ];
  return [
    terminal.paint('bold', plainText(`${problem.vulnerability} in ${problem.package}: ${problem.state}`)),
    ...(problem.summary === undefined ? [] : [plainText(problem.summary)]),
    '',
    ...lines.map(plainText),
    '',
  ].join('\n');
}

/** The service that the stack knows by this name; undefined when there is no stack, or no such service. */
async function serviceOfStack(named: string, stack: StackOptions): Promise<WorkloadView | undefined> {
  return (await servicesOfStack(named, stack))?.find(({ cluster, name }) => `${cluster}/${name}` === named);
}

/** Every service, for a name that may be one; undefined when it cannot be one, or there is no stack. */
async function servicesOfStack(named: string, stack: StackOptions): Promise<readonly WorkloadView[] | undefined> {
  if (!/^[^/:@.][^/:@]*\/[^/:@]+$/.test(named)) return undefined;
  const api = await openApi(stack).catch(() => undefined);
  return api === undefined ? undefined : allWorkloads(api).catch(() => undefined);
}

/** Refuses a service that the stack does not have: it would be looked for at Docker Hub. Throws CommandFailed. */
async function refuseMistyped(named: string, stack: StackOptions, terminal: Terminal): Promise<void> {
  const all = (await exists(named)) ? undefined : await servicesOfStack(named, stack);
  const near = nearServices(
    named,
    (all ?? []).map(({ cluster, name }) => `${cluster}/${name}`),
  );
  if (near.length > 0)
    throw new CommandFailed(
      `the stack has no service ${named}; it has ${near.join(', ')} (an image of that name: write docker.io/${named})`,
    );
  if (all !== undefined) terminal.complain(`the stack has no service ${named}; it is read as an image`);
}

const exists = async (file: string): Promise<boolean> => (await stat(file).catch(() => undefined)) !== undefined;

/** What is told of it in a service, and what its images say, hidden findings too. */
async function explainService(
  id: string,
  service: WorkloadView,
  stack: StackOptions,
  terminal: Terminal,
): Promise<string> {
  const api = await openApi(stack);
  const here = (await allProblems(api, service.id)).filter(
    (problem) => names(id, problem, problem.records) && problem.exposures.length > 0,
  );
  const parts = here.map((problem) => problemText(problem, terminal));
  for (const digest of service.runningDigests) {
    const known = await api.find(`/images/${digest}`, image);
    const named = `${service.cluster}/${service.name} (${digest.slice(0, 19)})`;
    parts.push(
      known === undefined
        ? plainText(`${named} was not read yet, so nothing is known of it`).concat('\n')
        : explainKnown(id, named, known, terminal),
    );
  }
  if (service.runningDigests.length === 0)
    parts.push(`${plainText(`${service.cluster}/${service.name} runs nothing now`)}\n`);
  parts.push(
    knownLines(await knownOfStack(api, id))
      .map((line) => `${plainText(line)}\n`)
      .join(''),
  );
  return parts.filter((part) => part !== '').join('\n');
}

/** The image that the stack has under this name or digest; undefined when there is no stack, or it does not know it. */
async function imageOfStack(named: string, stack: StackOptions): Promise<ImageView | undefined> {
  if (/^[./~\\]|^(?:registry|oci-dir|oci|archive|docker):/.test(named)) return undefined;
  const api = await openApi(stack).catch(() => undefined);
  const found = api === undefined ? undefined : await listedAs(named, api).catch(() => undefined);
  return found === undefined ? undefined : api?.find(`/images/${found.digest}`, image);
}

/** The newest image that people may mean by this. */
async function listedAs(named: string, api: Api): Promise<ListedImage | undefined> {
  for await (const listed of imagesFrom(api)) {
    const { digest, names } = listed;
    const isIt =
      digest === named ||
      (/^[0-9a-f]{12,}$/.test(named) && digest.includes(`:${named}`)) ||
      names.some(({ registry, repository, tags }) =>
        tags.some((tag) => [`${repository}:${tag}`, `${registry}/${repository}:${tag}`].includes(named)),
      );
    if (isIt) return listed;
  }
  return undefined;
}

function explainKnown(
  id: string,
  named: string,
  known: ImageView,
  terminal: Terminal,
  beside: KnownOf = { withdrawn: [] },
): string {
  const answers = known.findings
    .filter((finding) =>
      names(
        id,
        finding,
        finding.records.map((record) => record.id),
      ),
    )
    .map((finding) => ({
      affected: true,
      package: `${finding.package.name} ${finding.package.version}`,
      records: finding.records.map((record) => record.id),
      why: finding.why,
      ...(finding.fixedIn === undefined ? {} : { fixedIn: finding.fixedIn }),
      severity: severityText(finding.severity),
      said: finding.records.map(
        ({ id: record, fixedIn }) =>
          `${record}: ${fixedIn === undefined ? 'no fix that it knows' : `fixed in ${fixedIn}`}`,
      ),
      ...shownOf(finding),
    }));
  return explainText(id, named, answers, known.coverage, terminal, beside);
}
