/** What a recipe makes: the trees of an image's layers, base first, or an image as `docker save` writes it. */
export type Made = { readonly trees: readonly string[] } | { readonly archive: string };

/** How a real image is made with its ecosystem's own tools, from its own registry. */
export interface Recipe {
  readonly name: string;
  /** programs that it needs on the PATH */
  readonly needs: readonly string[];
  /** Makes it below `folder`; what it throws is said, and the recipe left out. */
  make(folder: string): Promise<Made>;
}
