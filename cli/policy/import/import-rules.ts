import { Document, isSeq, parse, parseDocument, YAMLError } from 'yaml';
import { type Exception, parsePolicy, problemText } from '#shared/policy';
import { CommandFailed } from '../../exit-codes.ts';
import { importGrype } from './grype-rules.ts';
import { importTrivyIgnore } from './trivyignore.ts';
import { importTrivyYaml } from './trivyignore-yaml.ts';
import type { ImportEnds, Imported } from './types.ts';

/** Reads ignore rules of Trivy or Grype, whichever the file holds. Throws CommandFailed for a YAML file of neither. */
export function importRules(text: string, file: string, ends: ImportEnds, owner: string): Imported {
  const { exceptions, refused } = rulesOf(text, file, ends);
  return { exceptions: exceptions.map((each) => ({ ...each, owner })), refused };
}

function rulesOf(text: string, file: string, ends: ImportEnds): Imported {
  if (!/\.ya?ml$/i.test(file)) return importTrivyIgnore(text, ends);
  const value = read(text, file);
  if (Array.isArray(value.vulnerabilities)) return importTrivyYaml(value, ends);
  if (Array.isArray(value.ignore)) return importGrype(value, ends);
  throw new CommandFailed(
    `${file} holds no ignore rules; name a .trivyignore, a .trivyignore.yaml (vulnerabilities) or a .grype.yaml (ignore)`,
  );
}

function read(text: string, file: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = parse(text, { maxAliasCount: 100, logLevel: 'error' });
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch (cause) {
    const why = cause instanceof YAMLError ? cause.message.split('\n')[0] : String(cause).split('\n')[0];
    throw new CommandFailed(`${file} is no YAML: ${why}`, { cause });
  }
}

/** Exceptions as a part of a policy file. */
export const exceptionsText = (exceptions: readonly Exception[]): string =>
  new Document({ ignore: exceptions.map(plain) }).toString({ lineWidth: 0 });

/**
 * A policy file with more exceptions; its comments and order stay, and what it holds already is not added again. Throws CommandFailed when either is no sound policy.
 */
export function mergeExceptions(
  policy: string,
  exceptions: readonly Exception[],
  file: string,
): { readonly text: string; readonly added: number } {
  const before = parsePolicy(policy);
  if ('errors' in before)
    throw new CommandFailed(`${file} is not sound: ${before.errors.map(problemText)[0] ?? ''}; mend it first`);
  const known = new Set(before.policy.ignore.map((each) => JSON.stringify(plain(each))));
  const fresh = exceptions.map(plain).filter((each) => !known.has(JSON.stringify(each)));
  const document = parseDocument(policy, { version: '1.2', schema: 'core' });
  const list = document.get('ignore');
  if (isSeq(list)) for (const each of fresh) list.add(document.createNode(each));
  else if (fresh.length > 0) document.set('ignore', document.createNode(fresh));
  const text = document.toString({ lineWidth: 0 });
  const after = parsePolicy(text);
  if ('errors' in after)
    throw new CommandFailed(`${file} would not be sound: ${after.errors.map(problemText)[0] ?? ''}`);
  return { text, added: fresh.length };
}

/** In the order in which people write it, without an empty scope. */
function plain(exception: Exception): object {
  const { id, scope, reason, justification, owner, until, untilFixed, untilKev, untilEpss, untilExposed } = exception;
  const named = Object.entries(scope).filter(([, value]) => value !== undefined);
  const all = {
    id,
    scope: named.length === 0 ? undefined : Object.fromEntries(named),
    reason,
    justification,
    owner,
    until,
    untilFixed,
    untilKev,
    untilEpss,
    untilExposed,
  } satisfies Record<keyof Exception, unknown>;
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
