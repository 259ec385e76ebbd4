/**
 * A step of an image's history without the values that were given to it: `ENV TOKEN=…`, `RUN |1 … /bin/sh -c make`. What is kept of an image is shown to
 * many, and values of variables and build arguments are where secrets lie. (What a command says in its own words is left as it is.)
 */
export function withoutValues(step: string): string {
  const variable = /^(\/bin\/sh -c #\(nop\)\s+)?(ENV|ARG)(\s+)([A-Za-z_][\w.-]*)[=\s]/.exec(step);
  if (variable !== null) {
    const [, nothing = '', instruction, space, name] = variable;
    return `${nothing}${instruction}${space}${name}=…`;
  }
  const build = /^((?:RUN )?\|\d+) /.exec(step);
  if (build?.[1] === undefined) return step;
  const shell = / \/\S+ /.exec(step.slice(build[1].length));
  return shell === null ? `${build[1]} …` : `${build[1]} …${step.slice(build[1].length + shell.index)}`;
}

/** `PATH` of `PATH=/usr/bin`: the names of variables, each once. */
export function namesOfVariables(lines: readonly string[]): string[] {
  return [...new Set(lines.map((line) => line.split('=', 1)[0] ?? '').filter((name) => name !== ''))];
}
