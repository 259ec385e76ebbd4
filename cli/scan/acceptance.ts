import type { Exception } from '#shared/policy';
// past the room's front door, behind which policies are read, with YAML: every scan would load that
import { endsText, exceptionFor } from '../../shared/policy/exceptions.ts';
import type { ReportFinding, ScannedImage } from './report.ts';

/**
 * What exceptions say of a finding in an image that nothing runs yet: those for services accept nothing here. The same decision that the stack makes.
 */
export function acceptanceOf(
  finding: Omit<ReportFinding, 'accepted' | 'acceptanceEnded'>,
  { image, root, reference }: Pick<ScannedImage, 'image' | 'root' | 'reference'>,
  exceptions: readonly Exception[],
  now: Date,
): Pick<ReportFinding, 'accepted' | 'acceptanceEnded'> {
  const { vulnerability, aliases, records, package: found, fixedIn, kev, epss, places, malicious } = finding;
  const { exception, ended } = exceptionFor(
    exceptions,
    {
      aliases: [vulnerability, ...aliases, ...records.map(({ id }) => id)],
      package: found.matchedName,
      malicious,
      paths: places.map(({ path }) => path),
      digests: [image.digest, root],
      ...(reference === undefined ? {} : { repository: `${reference.registry}/${reference.repository}` }),
      ...(fixedIn === null ? {} : { fixedIn }),
      ...(kev === null ? {} : { exploitedSince: kev.dateAdded }),
      ...(epss === null ? {} : { epss: epss.score }),
    },
    now,
  );
  const accepted =
    exception === undefined
      ? null
      : {
          reason: exception.reason,
          until: endsText(exception),
          owner: exception.owner ?? null,
          justification: exception.justification ?? null,
        };
  return { accepted, acceptanceEnded: accepted === null ? (ended[0]?.why ?? null) : null };
}
