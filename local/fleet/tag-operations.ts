import * as z from 'zod';
import { FleetError } from './errors.ts';
import { read, tagsInput, text } from './inputs.ts';
import { resourcePart } from './names.ts';
import type { Operation } from './operation.ts';
import type { Tag } from './rows.ts';
import type { Tx } from './state.ts';

const MOST_TAGS = 50;

export const tagOperations: Readonly<Record<string, Operation>> = {
  TagResource: {
    bucket: 'tag-modify',
    run: (tx, input) => {
      const { resourceArn, tags } = read(z.object({ resourceArn: text, tags: tagsInput }), input);
      change(tx, resourceArn, (old) => {
        const merged = new Map(old.map(({ key, value }) => [key, value]));
        for (const { key, value } of tags) merged.set(key, value);
        return [...merged].map(([key, value]) => ({ key, value }));
      });
      return {};
    },
  },
  UntagResource: {
    bucket: 'tag-modify',
    run: (tx, input) => {
      const { resourceArn, tagKeys } = read(z.object({ resourceArn: text, tagKeys: z.array(text).max(50) }), input);
      change(tx, resourceArn, (old) => old.filter(({ key }) => !tagKeys.includes(key)));
      return {};
    },
  },
  ListTagsForResource: {
    bucket: 'cluster-read',
    run: (tx, input) => ({ tags: find(tx, read(z.object({ resourceArn: text }), input).resourceArn).row.tags }),
  },
};

function find(tx: Tx, arn: string) {
  const kinds = { cluster: 'cluster', service: 'service', task: 'task', 'task-definition': 'definition' } as const;
  const type = resourcePart(arn).split('/')[0] ?? '';
  if (!arn.startsWith('arn:') || !(type in kinds)) {
    throw new FleetError(
      'InvalidParameterException',
      'Invalid identifier: Identifier is not an ARN that can be tagged.',
    );
  }
  const kind = kinds[type as keyof typeof kinds];
  const row = tx.get(kind, arn);
  if (row === undefined || ('status' in row && row.status === 'INACTIVE' && kind !== 'definition')) {
    const name = { cluster: 'cluster', service: 'service', task: 'task', definition: 'task definition' }[kind];
    throw new FleetError('InvalidParameterException', `The specified ${name} was not found: ${arn}`);
  }
  return { kind, row };
}

function change(tx: Tx, arn: string, change: (old: readonly Tag[]) => readonly Tag[]): void {
  const { kind, row } = find(tx, arn);
  const tags = change(row.tags);
  if (tags.length > MOST_TAGS) {
    throw new FleetError('InvalidParameterException', `A resource cannot have more than ${MOST_TAGS} tags.`);
  }
  // The row keeps its kind: only its tags are replaced.
  tx.put(kind, { ...row, tags } as never);
}
