/** How to start the registry. */
export interface RegistryOptions {
  /** everything is kept below this folder; it is made when missing, and must not be shared with another running registry */
  readonly folder: string;
  /** address to listen on; 127.0.0.1 when absent */
  readonly host?: string;
  /** TCP port; 0 or absent for any free one */
  readonly port?: number;
  /** called after a manifest is durable, also when it was there before (a tag moved, or was pushed again): a hint, at least once */
  readonly onPush?: (event: RegistryPush) => void;
  /** called after a tag or a manifest is gone: a hint, at least once */
  readonly onDelete?: (event: RegistryDelete) => void;
  /** told of what went wrong inside (answered as 500, or thrown by a listener); a process warning when absent */
  readonly onFault?: (fault: unknown) => void;
  /** the clock; the machine's when absent */
  readonly now?: () => Date;
  /** names besides loopback by which clients reach us: `host.docker.internal` (any of our port) or `name:port` */
  readonly allowedHosts?: readonly string[];
}

/** A manifest was pushed; one event for each tag that the push named, or one without a tag. */
export interface RegistryPush {
  readonly repository: string;
  /** of the manifest, as the registry serves it */
  readonly digest: string;
  readonly tag?: string;
  /** of the manifest */
  readonly mediaType: string;
  /** what kind of artifact it is: `artifactType`, else the config's media type (image-spec, manifest, artifact usage) */
  readonly artifactType?: string;
  /** digest of the manifest that it refers to: an SBOM, a signature */
  readonly subject?: string;
  /** bytes of the manifest */
  readonly size: number;
  readonly at: Date;
}

/**
 * Something is gone. With a `tag`: that tag, which named `digest`. Without one: the manifest `digest`; the tags that named it were told of
 * before it, one by one.
 */
export interface RegistryDelete {
  readonly repository: string;
  readonly digest?: string;
  readonly tag?: string;
  readonly at: Date;
}

/** A registry that serves. */
export interface Registry {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** `127.0.0.1:<port>`, what image names begin with */
  readonly host: string;
  /** Stops listening, cuts what is in flight and settles when nothing writes any more. What is half uploaded is dropped. */
  close(): Promise<void>;
}
