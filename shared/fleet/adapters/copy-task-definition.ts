import type { ContainerDefinition, RegisterTaskDefinitionCommandInput, Tag, TaskDefinition } from '@aws-sdk/client-ecs';

/** The tags by which a revision says that we made it, for which change, and of which revision it is the copy. */
export const changeTag = 'drydock:change-id';
/** The revision that a revision of ours was copied from. */
export const sourceTag = 'drydock:source-revision';

// The fields that RegisterTaskDefinition takes back of what DescribeTaskDefinition gave (reference aws.md 3.1).
const kept = [
  'family',
  'taskRoleArn',
  'executionRoleArn',
  'networkMode',
  'volumes',
  'placementConstraints',
  'requiresCompatibilities',
  'cpu',
  'memory',
  'pidMode',
  'ipcMode',
  'proxyConfiguration',
  'inferenceAccelerators',
  'ephemeralStorage',
  'runtimePlatform',
  'enableFaultInjection',
] as const satisfies readonly (keyof TaskDefinition & keyof RegisterTaskDefinitionCommandInput)[];

/** What a copy differs in from its original. */
export interface CopyChange {
  readonly changeId: string;
  /** new image references by container name; every other container stays as it is */
  readonly images: Readonly<Record<string, string>>;
}

/**
 * The input that registers a copy of `source` with some images replaced: an allow-list of fields (what AWS adds to a description is refused when sent
 * back), undefined values and `aws:` tags dropped, our own tags set. Returns the names of containers that were to change and are not there.
 */
export function copyTaskDefinition(
  source: TaskDefinition,
  tags: readonly Tag[],
  change: CopyChange,
): { readonly input: RegisterTaskDefinitionCommandInput; readonly missing: readonly string[] } {
  const containers: ContainerDefinition[] = (source.containerDefinitions ?? []).map((container) => {
    const image =
      container.name !== undefined && Object.hasOwn(change.images, container.name)
        ? change.images[container.name]
        : undefined;
    return image === undefined ? { ...container } : { ...container, image };
  });
  const names = new Set(containers.map((container) => container.name));
  const copied = Object.fromEntries(
    kept.flatMap((field) => (source[field] === undefined ? [] : [[field, source[field]]])),
  );
  const own: Tag[] = [
    { key: changeTag, value: change.changeId },
    ...(source.taskDefinitionArn === undefined ? [] : [{ key: sourceTag, value: source.taskDefinitionArn }]),
  ];
  const others = tags.filter(
    (tag) =>
      tag.key !== undefined &&
      tag.key !== '' &&
      !/^aws:/i.test(tag.key) &&
      tag.key !== changeTag &&
      tag.key !== sourceTag,
  );
  return {
    input: { ...copied, family: source.family, containerDefinitions: containers, tags: [...others, ...own] },
    missing: Object.keys(change.images).filter((name) => !names.has(name)),
  };
}
