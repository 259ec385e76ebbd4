/** What Drydock made or changed that taking its stacks away does not undo. */
export interface Leftovers {
  readonly tables: readonly string[];
  readonly buckets: readonly string[];
  /** definitions that rollouts of ours registered, and whether the service stands on it by what was last known */
  readonly revisions: readonly { readonly definition: string; readonly workload: string; readonly stands: boolean }[];
  /** rollouts that are still under way */
  readonly running: readonly string[];
  /** why the store could not be asked, if so */
  readonly unknown?: string;
  readonly deleteData: boolean;
}

const most = 50;

/** What stays after `npm run destroy`, and what goes, before anything is asked. Pure. */
export function leftoversText(left: Leftovers): string {
  const standing = left.revisions.filter((revision) => revision.stands);
  const data = [...left.tables.map((name) => `table ${name}`), ...left.buckets.map((name) => `bucket ${name}`)];
  return [
    'This takes away: functions, queues, rules, bus, topic, alarms, roles and logs of the stacks DrydockObserve and DrydockRepair,',
    "and the scan role's entry in the registry's list of pull-time exclusions.",
    '',
    'What stays:',
    ...(left.unknown === undefined ? [] : [`  what Drydock did is not known: ${left.unknown}`]),
    ...listed(
      `${standing.length} services go on running the revision that a rollout of Drydock brought them to`,
      standing.map((revision) => `${shortWorkload(revision.workload)}  ${shortDefinition(revision.definition)}`),
    ),
    ...listed(
      `${left.revisions.length} task definition revisions that Drydock registered (tag drydock:change-id)`,
      left.revisions.map((revision) => shortDefinition(revision.definition)),
    ),
    '  images and tags: Drydock has made none; it only reads your registries',
    '  tags drydock:repair that you gave to services: they mean nothing any more',
    ...(left.deleteData ? [] : listed(`${data.length} places with data (deleted with --delete-data only)`, data)),
    '  the bootstrap stack of the CDK (CDKToolkit), which is not ours; the code of the functions lies in its bucket until "npx cdk gc"',
    ...(left.deleteData
      ? ['', 'Deleted for good, with everything that Drydock knows and has proven:', ...lines(data)]
      : []),
    ...(left.running.length === 0
      ? []
      : [
          '',
          `${left.running.length} rollouts are under way; they are told to stop, and what they began is followed to its end before anything is taken away:`,
          ...lines(left.running),
        ]),
    '',
  ].join('\n');
}

const lines = (items: readonly string[]): string[] => [
  ...(items.length === 0 ? ['    none'] : items.slice(0, most).map((item) => `    ${item}`)),
  ...(items.length > most ? [`    and ${items.length - most} more`] : []),
];
const listed = (head: string, items: readonly string[]): string[] =>
  items.length === 0 ? [`  ${head}`] : [`  ${head}:`, ...lines(items)];

/** `account/region/cluster/name` without what is the same everywhere. */
const shortWorkload = (id: string): string => id.split('/').slice(2).join('/');
const shortDefinition = (arn: string): string => arn.replace(/^.*:task-definition\//, '');
