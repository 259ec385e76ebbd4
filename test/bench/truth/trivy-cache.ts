import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Empties Trivy's cache but for a Java database with nothing in it: Trivy reads no image that holds a jar without one, and the real one is a download of
 * a gigabyte. Looking hashes up in an empty one is the least work that it can have.
 */
export function emptyTrivyCache(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  const place = path.join(folder, 'java-db');
  mkdirSync(place, { recursive: true });
  const database = new DatabaseSync(path.join(place, 'trivy-java.db'));
  database.exec(`
    CREATE TABLE artifacts (id INTEGER PRIMARY KEY, group_id TEXT, artifact_id TEXT);
    CREATE TABLE indices (artifact_id INTEGER, version TEXT, sha1 BLOB, archive_type TEXT);
    CREATE UNIQUE INDEX artifacts_idx ON artifacts (artifact_id, group_id);
    CREATE UNIQUE INDEX indices_sha1_idx ON indices (sha1);`);
  database.close();
  const now = new Date().toISOString();
  const metadata = { Version: 1, NextUpdate: '2099-01-01T00:00:00Z', UpdatedAt: now, DownloadedAt: now };
  writeFileSync(path.join(place, 'metadata.json'), JSON.stringify(metadata));
}
