/** What the tool that installed an image's packages says of them, as plain purls: they are there, whoever finds them. */
export interface Installed {
  /** the command that says it */
  readonly by: string;
  readonly purls: readonly string[];
}

/** What a recipe makes: the trees of an image's layers, base first, or an image as `docker save` writes it. */
export type Made =
  | { readonly trees: readonly string[]; readonly installed?: Installed }
  | { readonly archive: string; readonly installed?: undefined };

/** How a real image is made with its ecosystem's own tools, from its own registry. */
export interface Recipe {
  readonly name: string;
  /** programs that it needs on the PATH */
  readonly needs: readonly string[];
  /** Makes it below `folder`; what it throws is said, and the recipe left out. */
  make(folder: string): Promise<Made>;
}
