import { deflateRawSync, inflateRawSync } from 'node:zlib';

// The bytes of a shard: magic, length of the head (u32), head, length of the index (u32), index, the same of the index of what lies apart (shard-apart.ts), blocks,
// blocks of what lies apart. All but magic and lengths is raw deflate. The index has per name, in byte order: length of the name (u16), the name, length of its
// block (u32).

/** First bytes of a shard; its number goes up when the form or the dictionary changes. */
export const magic = Buffer.from('DRYDOCK-SHARD-2\n', 'latin1');

/** Beyond these a shard is not one of ours. */
export const shardLimits = { head: 1 << 20, index: 256 << 20, block: 256 << 20 } as const;

// Nearly every block is a few hundred bytes of JSON with the same words: a preset dictionary halves them.
const dictionary = Buffer.from(
  [
    '"specific":{"repository":"community"},"specific":{"repository":"main"},"specific":{"status":"needs-triage"}',
    '"related":["CVE-2023-","type":"CVSS_V2","type":"CVSS_V4","score":"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N"',
    '"type":"Ubuntu","score":"medium","from":"record"},"source":"UBUNTU","source":"GHSA","source":"PYSEC","source":"ALPINE","source":"DSA"',
    '{"type":"rating","score":"MODERATE","from":"database"}],{"type":"rating","score":"HIGH","from":"database"}],',
    '{"type":"CVSS_V3","score":"CVSS:3.0/AV:L/AC:H/PR:L/UI:R/S:C/C:L/I:L/A:L","from":"record"},',
    '[{"id":"CVE-2022-","modified":"2025-01-01T00:00:00Z","published":"2024-01-01T00:00:00Z","aliases":["CVE-2024-"],"aliases":[],"upstream":["CVE-2021-"],',
    '"upstream":[],"related":[],"severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H","from":"record"}],"severity":[],',
    '"affected":[{"ranges":[{"type":"SEMVER","events":[{"introduced":"{"last_affected":"{"limit":"',
    '"affected":[{"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1."}]}],"versions":[]}],"summary":" - security update"}]',
  ].join(''),
);

/** Raw deflate with the dictionary. Small blocks take a small window: setting one up costs more than filling it. */
export const squeeze = (bytes: Uint8Array): Buffer =>
  bytes.length < 2_048
    ? deflateRawSync(bytes, { dictionary, level: 9, windowBits: 12, memLevel: 4 })
    : deflateRawSync(bytes, { dictionary, level: 9 });

/** Its reverse; throws zlib's error for damaged bytes and for more than `most` of them. */
export const unsqueeze = (bytes: Uint8Array, most: number): Buffer =>
  inflateRawSync(bytes, { dictionary, maxOutputLength: most });

/** What the head of a shard says. */
export interface ShardHead {
  readonly name: string;
  readonly asOf: string;
}
