import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeLayers } from '#shared/inventory';
import { buildLayer, type TarInput } from '#shared/oci';
import { factsOf, imageOf } from './images.ts';

/** A step of a layer, in the order of its tar. */
type Step =
  | { readonly do: 'file'; readonly path: string; readonly text: string }
  | { readonly do: 'folder' | 'whiteout' | 'opaque'; readonly path: string }
  | { readonly do: 'link'; readonly path: string; readonly target: string };

const names = ['a', 'b', 'c'];
const path = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));

/** Few names, so that steps meet; links only when asked for. */
const steps = (links: boolean): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({ do: fc.constant('file' as const), path, text: fc.constantFrom('1', '2', '3', '4') }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constantFrom('folder' as const, 'whiteout' as const, 'opaque' as const), path }),
      },
      ...(links
        ? [
            {
              weight: 1,
              arbitrary: fc.record({ do: fc.constant('link' as const), path, target: path.map((to) => `/${to}`) }),
            },
          ]
        : []),
    ),
    { maxLength: 10 },
  );

/** Layers that write through a link to a link, and put something else in that one's place before or after: too seldom to wait for. */
const linkTakenOnTheWay = (
  [
    { do: 'file', path: 'b/a', text: '1' },
    { do: 'folder', path: 'b/a' },
    { do: 'link', path: 'b/a', target: '/c' },
    { do: 'whiteout', path: 'b/a' },
  ] as const
).flatMap((other): [Step[][]][] => {
  const through: Step = { do: 'file', path: 'a/c', text: '1' };
  return [
    [through, other],
    [other, through],
  ].map((top) => [[[{ do: 'link', path: 'a', target: '/b/a' }], [{ do: 'link', path: 'b/a', target: '/b' }], top]]);
});

const content = (text: string): string => `#!/bin/sh\n${text}\n`;

function entryOf(step: Step): TarInput {
  const slash = step.path.lastIndexOf('/') + 1;
  switch (step.do) {
    case 'file':
      return { path: step.path, content: content(step.text), mode: 0o755 };
    case 'folder':
      return { path: `${step.path}/` };
    case 'link':
      return { path: step.path, kind: 'symlink', linkTarget: step.target };
    case 'whiteout':
      return { path: `${step.path.slice(0, slash)}.wh.${step.path.slice(slash)}`, content: '' };
    default:
      return { path: `${step.path}/.wh..wh..opq`, content: '' };
  }
}

const textOf = (step: Step): string => (step.do === 'file' ? step.text : '');

/** The plainest file system that can be: path -> node. It unpacks a layer as a runtime does. */
class Model {
  readonly nodes = new Map<string, { readonly kind: 'file' | 'folder' | 'link'; readonly text: string }>();
  /** true when a layer, through links of lower ones, took the place of a folder that it had written into: then more may be kept */
  disorderly = false;

  /** Where a path really is; undefined when a link leads around or through a file. */
  real(name: string, depth = 0): string | undefined {
    if (depth > 40) return undefined;
    let at = '';
    const parts = name.split('/');
    for (const [index, part] of parts.entries()) {
      const next = at === '' ? part : `${at}/${part}`;
      const node = this.nodes.get(next);
      if (index === parts.length - 1) return next;
      if (node?.kind === 'file') return undefined;
      if (node?.kind !== 'link') {
        at = next;
        continue;
      }
      const behind = this.real(`${node.text.slice(1)}/.`, depth + 1);
      if (behind === undefined) return undefined;
      at = behind.slice(0, -2);
    }
    return at;
  }

  drop(name: string): void {
    this.empty(name);
    this.nodes.delete(name);
  }

  empty(name: string): void {
    for (const key of [...this.nodes.keys()]) if (key.startsWith(`${name}/`)) this.nodes.delete(key);
  }

  /** Makes the folders above; false when a file is in the way (a runtime refuses such a layer). */
  parents(name: string): boolean {
    const parts = name.split('/').slice(0, -1);
    for (let count = 1; count <= parts.length; count += 1) {
      const folder = parts.slice(0, count).join('/');
      const node = this.nodes.get(folder);
      if (node === undefined) this.nodes.set(folder, { kind: 'folder', text: '' });
      else if (node.kind !== 'folder') return false;
    }
    return true;
  }

  /** False when a runtime could not unpack this layer. */
  apply(layer: readonly Step[]): boolean {
    for (const step of layer) {
      if (step.do !== 'whiteout' && step.do !== 'opaque') continue;
      const at = this.real(step.do === 'opaque' ? `${step.path}/.` : step.path);
      if (at === undefined) return false;
      if (step.do === 'opaque') this.empty(at.slice(0, -2));
      else this.drop(at);
    }
    const written: string[] = [];
    for (const step of layer) {
      if (step.do === 'whiteout' || step.do === 'opaque') continue;
      const at = this.real(step.path);
      if (at === undefined || !this.parents(at)) return false;
      const node = this.nodes.get(at);
      this.disorderly ||= written.some((name) => name === at || name.startsWith(`${at}/`)) && node?.kind !== 'folder';
      this.disorderly ||= step.do !== 'folder' && written.some((name) => name.startsWith(`${at}/`));
      if (step.do !== 'folder') written.push(at);
      if (step.do === 'folder') {
        if (node?.kind !== 'folder') {
          this.drop(at);
          this.nodes.set(at, { kind: 'folder', text: '' });
        }
        continue;
      }
      this.drop(at);
      this.nodes.set(
        at,
        step.do === 'link' ? { kind: 'link', text: step.target } : { kind: 'file', text: textOf(step) },
      );
    }
    return true;
  }

  files(): string[] {
    return [...this.nodes]
      .flatMap(([name, { kind, text }]) => (kind === 'file' ? [`${name} ${sha(content(text))}`] : []))
      .sort();
  }
}

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

/** `certain` is false when a layer is one that no tool writes, which coverage has to say. */
async function merged(
  layers: readonly (readonly Step[])[],
): Promise<{ readonly files: string[]; readonly certain: boolean }> {
  const built = layers.map((layer) => buildLayer(layer.map(entryOf), { compression: 'none' }));
  const facts = await Promise.all(built.map((layer) => factsOf(layer)));
  const { executables, coverage } = mergeLayers({ image: await imageOf(built), facts });
  const files = executables.map(({ path: name, sha256 }) => `${name} ${sha256}`).sort();
  return { files, certain: !coverage.reasons.some(({ text }) => text.includes('has written into')) };
}

/** The layer does not write through a link that it makes itself. */
const isDirect = (layer: readonly Step[]): boolean => {
  const made = layer.flatMap((step) => (step.do === 'link' ? [step.path] : []));
  return !layer.some((step) =>
    made.some((link) => step.path.startsWith(`${link}/`) || (step.path === link && step.do !== 'link')),
  );
};

/** No layer makes a folder of a link of a lower layer and removes something by that link's name: which comes first is not defined. */
const isDefined = (layers: readonly (readonly Step[])[]): boolean => {
  const links = new Set(layers.flat().flatMap((step) => (step.do === 'link' ? [step.path] : [])));
  return layers.every((layer) => {
    const made = layer.flatMap((step) => (links.has(step.path) ? [`${step.path}/`] : []));
    const removals = layer.filter((step) => step.do === 'whiteout' || step.do === 'opaque');
    return !removals.some((step) => made.some((folder) => `${step.path}/`.startsWith(folder)));
  });
};

const images = (links: boolean): fc.Arbitrary<Step[][]> => fc.array(steps(links), { minLength: 1, maxLength: 4 });

describe('merging, against a file system', () => {
  test('without links: exactly the files that a runtime would have', async () => {
    await fc.assert(
      fc.asyncProperty(images(false), async (layers) => {
        const model = new Model();
        fc.pre(layers.every((layer) => model.apply(layer)));
        const { files, certain } = await merged(layers);
        if (certain) expect(files).toEqual(model.files());
        else expect(files).toEqual(expect.arrayContaining(model.files()));
      }),
      { numRuns: 300 },
    );
  });

  test('with folder links: exactly the files, when no layer writes through a link that it makes itself', async () => {
    await fc.assert(
      fc.asyncProperty(images(true), async (layers) => {
        fc.pre(layers.every(isDirect) && isDefined(layers));
        const model = new Model();
        fc.pre(layers.every((layer) => model.apply(layer)));
        const { files, certain } = await merged(layers);
        if (certain && !model.disorderly) expect(files).toEqual(model.files());
      }),
      { numRuns: 300 },
    );
  });

  test('with links of any kind: no file that a runtime would have is missing without a word', async () => {
    await fc.assert(
      fc.asyncProperty(images(true), async (layers) => {
        const model = new Model();
        fc.pre(layers.every((layer) => model.apply(layer)));
        const { files, certain } = await merged(layers);
        if (certain) expect(files).toEqual(expect.arrayContaining(model.files()));
      }),
      { numRuns: 300, examples: linkTakenOnTheWay },
    );
  });
});
