import type { Tag, TaskDefinition } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { copyTaskDefinition } from '#root/shared/fleet/adapters/copy-task-definition.ts';
import cases from './copy-task-definition-cases.json' with { type: 'json' };

interface Case {
  readonly name: string;
  readonly source: TaskDefinition;
  readonly tags: readonly Tag[];
  readonly change: { readonly changeId: string; readonly images: Record<string, string> };
  readonly input: object;
  readonly missing: readonly string[];
}

describe('copying a task definition', () => {
  for (const one of cases.cases as unknown as readonly Case[])
    it(one.name, () => {
      const before = structuredClone(one.source);
      const { input, missing } = copyTaskDefinition(one.source, one.tags, one.change);
      expect(input).toStrictEqual(one.input);
      expect(missing).toEqual(one.missing);
      expect(one.source).toEqual(before);
    });
});
