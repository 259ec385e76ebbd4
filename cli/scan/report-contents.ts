import { type ExecutableFile, isPrivileged } from '#shared/inventory';
import type { Digest, ImageConfig } from '#shared/oci';
import type { ReportLayer } from './report.ts';

/** What the image says how it runs. Outside text; of environment variables the names only. */
export interface ReportConfig {
  readonly user: string | null;
  readonly workingDir: string | null;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** `8080/tcp` */
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly environment: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** `CMD-SHELL`, `curl -f …`; null: it has none */
  readonly healthCheck: readonly string[] | null;
  readonly history: readonly { readonly createdBy: string | null; readonly emptyLayer: boolean }[];
}

/** A program, script or shared library. */
export interface ReportExecutable {
  readonly path: string;
  readonly sha256: string | null;
  readonly size: number;
  /** permission bits with setuid and setgid, octal: `4755` */
  readonly mode: string;
  /** the line after `#!`; null for ELF files */
  readonly interpreter: string | null;
  /** what loads it: `/lib64/ld-linux-x86-64.so.2`; null for scripts, libraries, and programs that need none */
  readonly loader: string | null;
  /** libraries that it needs */
  readonly needs: readonly string[];
  readonly capabilities: readonly string[];
  /** the package that owns it: `deb:curl` */
  readonly owner: string | null;
  readonly layer: Digest;
  /** that layer's command */
  readonly createdBy: string | null;
  readonly part: ReportLayer['part'];
}

/** The config as reports show it. */
export function reportConfig(config: ImageConfig): ReportConfig {
  return {
    user: config.user ?? null,
    workingDir: config.workingDir ?? null,
    entrypoint: config.entrypoint,
    command: config.command,
    ports: config.exposedPorts,
    volumes: config.volumes,
    environment: config.environment,
    labels: config.labels,
    healthCheck: config.healthCheck ?? null,
    history: config.history.map(({ createdBy, emptyLayer }) => ({ createdBy: createdBy ?? null, emptyLayer })),
  };
}

/** What can run in the image: how much, what of it gives more rights than its caller has, and all of it. */
export function reportExecutables(
  executables: readonly ExecutableFile[],
  layers: readonly ReportLayer[],
): {
  readonly count: number;
  readonly privileged: readonly ReportExecutable[];
  readonly all: readonly ReportExecutable[];
} {
  const byDigest = new Map(layers.map((layer) => [layer.digest, layer]));
  const shown = (file: ExecutableFile): ReportExecutable => ({
    path: file.path,
    sha256: file.sha256 ?? null,
    size: file.size,
    mode: file.mode.toString(8).padStart(4, '0'),
    interpreter: file.interpreter ?? null,
    loader: file.linkage?.loader ?? null,
    needs: file.linkage?.needed.map(({ name }) => name) ?? [],
    capabilities: file.capabilities ?? [],
    owner: file.owner ?? null,
    layer: file.layer,
    createdBy: byDigest.get(file.layer)?.createdBy ?? null,
    part: byDigest.get(file.layer)?.part ?? null,
  });
  return {
    count: executables.length,
    privileged: executables.filter(isPrivileged).map(shown),
    all: executables.map(shown),
  };
}
