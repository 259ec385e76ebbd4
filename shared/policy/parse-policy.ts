import { type Document, isMap, isNode, LineCounter, parseDocument } from 'yaml';
import type * as z from 'zod';
import { nearestName } from './nearest-name.ts';
import { knownNames, policySchema, writtenPolicySchema } from './schema.ts';
import type { Policy, PolicyProblem } from './types.ts';

/** The largest policy file, in bytes: it must fit into a row twice. */
export const maxPolicyBytes = 128 * 1024;

/** Nobody reads more than this before mending the first ones. */
const maxErrors = 50;

/** A policy with the plain value that the file holds, or everything that is wrong with the file. */
export type ParsedPolicy =
  | { readonly policy: Policy; readonly value: unknown }
  | { readonly errors: readonly PolicyProblem[] };

type Path = readonly (string | number)[];
type Issue = z.core.$ZodIssue;

/**
 * Reads a policy file (YAML 1.2). Gives the policy with its defaults, or every error (the first 50) with line, column, path and what to do; never throws and never takes a
 * part of a file that has an error. An empty file is the default policy. What is stored may be older than the demand that exceptions have owners.
 */
export function parsePolicy(text: string, as: 'written' | 'stored' = 'written'): ParsedPolicy {
  if (Buffer.byteLength(text) > maxPolicyBytes)
    return {
      errors: [
        {
          line: 1,
          column: 1,
          path: '',
          text: `the file is larger than ${maxPolicyBytes / 1024} KB; write scopes with globs instead of many entries`,
        },
      ],
    };
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    version: '1.2',
    schema: 'core',
    merge: false,
    prettyErrors: false,
    logLevel: 'error',
  });
  if (document.errors.length > 0) {
    return {
      errors: document.errors
        .slice(0, maxErrors)
        .map((error) => problem(lines, error.pos[0], [], yamlText(error.code, error.message))),
    };
  }
  let value: unknown;
  try {
    // a few aliases are convenience, thousands are a bomb
    value = document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (error) {
    return {
      errors: [
        problem(
          lines,
          0,
          [],
          `the file cannot be used: ${firstLine(error instanceof Error ? error.message : String(error))}; write it without aliases`,
        ),
      ],
    };
  }
  const parsed = (as === 'stored' ? policySchema : writtenPolicySchema).safeParse(value);
  if (parsed.success) return { policy: parsed.data, value };
  const errors = parsed.error.issues.slice(0, 10 * maxErrors).flatMap((issue) => problemsOf(issue, document, lines));
  return { errors: errors.sort((a, b) => a.line - b.line || a.column - b.column).slice(0, maxErrors) };
}

/** One line for people: `line 3, column 9: services[0].mode: …`. */
export const problemText = ({ line, column, path, text }: PolicyProblem): string =>
  `line ${line}, column ${column}: ${path === '' ? '' : `${path}: `}${text}`;

function yamlText(code: string, message: string): string {
  if (code === 'DUPLICATE_KEY') return 'this key is there twice; leave one of them';
  if (message.includes('call stack')) return 'this is nested too deeply; a policy has four levels';
  return `this is no YAML: ${firstLine(message)}`;
}

const firstLine = (text: string): string => (text.split('\n')[0] ?? '').slice(0, 300);
const pathText = (path: Path): string =>
  path
    .map((step, at) =>
      typeof step === 'number' ? `[${step}]` : at === 0 ? step.slice(0, 80) : `.${step.slice(0, 80)}`,
    )
    .join('');

function problem(lines: LineCounter, offset: number, path: Path, text: string): PolicyProblem {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col), path: pathText(path), text };
}

function problemsOf(issue: Issue, document: Document, lines: LineCounter): PolicyProblem[] {
  const path = issue.path.filter((step): step is string | number => typeof step !== 'symbol');
  if (issue.code !== 'unrecognized_keys')
    return [problem(lines, offsetOf(document, path), path, textOf(issue, document.getIn(path)))];
  const known = knownNames[path.map((step) => (typeof step === 'number' ? '*' : step)).join('.')] ?? [];
  return issue.keys.slice(0, maxErrors).map((key) => {
    const near = nearestName(key, known);
    const advice = near === undefined ? `known here: ${known.join(', ')}` : `did you mean ${near}?`;
    return problem(lines, offsetOf(document, [...path, key], 'key'), [...path, key], `unknown key; ${advice}`);
  });
}

/** Where a path stands in the text: a key for what a map holds, else the value, else the nearest thing around it. */
function offsetOf(document: Document, path: Path, of: 'key' | 'value' = 'value'): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find(({ key }) => isNode(key) && String(key) === String(last));
      // the value is what is wrong, where it stands on the key's line; the key, where the value is missing or another map
      const value = pair?.value;
      if (of === 'value' && length === path.length && isNode(value) && value.range && !isMap(value))
        return value.range[0];
      if (pair !== undefined && isNode(pair.key) && pair.key.range) return pair.key.range[0];
    }
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function textOf(issue: Issue, value: unknown): string {
  const written =
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? JSON.stringify(value).slice(0, 80)
      : value === undefined
        ? 'nothing'
        : value === null
          ? 'null'
          : 'this';
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String);
    const near = typeof value === 'string' ? nearestName(value, values) : undefined;
    return value === undefined
      ? `is missing; write ${orList(values)}`
      : `${written} is not possible; ${near === undefined ? `write ${orList(values)}` : `did you mean ${near}?`}`;
  }
  if (issue.code === 'invalid_type')
    return value === undefined
      ? `is missing; write ${wanted[String(issue.path.at(-1))] ?? kindText(issue.expected)}`
      : `${written} is not possible; write ${kindText(issue.expected)}`;
  if (issue.code === 'invalid_union') return `${written} is not possible; write a number of bytes, or 500 MB, 50 GB`;
  if (issue.code === 'too_small')
    return issue.origin === 'string'
      ? 'is empty; write something'
      : `${written} is too small; ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`;
  if (issue.code === 'too_big')
    return issue.origin === 'string'
      ? `is too long; at most ${issue.maximum} characters`
      : issue.origin === 'array'
        ? `has too many entries; at most ${issue.maximum}`
        : `${written} is too large; at most ${issue.maximum}`;
  // what is not there has no value to show
  if (issue.code === 'custom' && value === undefined) return issue.message;
  return issue.code === 'custom' || issue.code === 'invalid_format' ? `${written}: ${issue.message}` : issue.message;
}

const orList = (values: readonly string[]): string =>
  values.length < 2 ? values.join('') : `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;

const wanted: Readonly<Record<string, string>> = {
  reason: 'why it is accepted',
  service: 'a glob of cluster/name, such as prod/*',
  repository: 'a glob of repositories, such as team/*',
  tags: 'a semver range (^1.2), glob:1.2.* or regexp:^1\\.2',
};

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list (lines that begin with "- ")',
  object: 'names with values (name: value)',
};
const kindText = (expected: string): string => kinds[expected] ?? expected;
