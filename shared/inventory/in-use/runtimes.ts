/** A program that runs code which lies beside it: which packages it may load, and where its own libraries lie. */
export interface Runtime {
  /** what its file is called */
  readonly program: RegExp;
  /** types of the packages that it may load */
  readonly loads: readonly string[];
  /** libraries that it may load without having been linked with them */
  readonly modules: RegExp;
}

const runtimes: readonly Runtime[] = [
  {
    program: /^(?:python\d?(?:\.\d+)?|pypy\d?(?:\.\d+)?)$/,
    loads: ['pypi', 'conda'],
    modules: /(?:^|\/)(?:python\d(?:\.\d+)?|pypy[^/]*|site-packages|dist-packages|lib-dynload)\//,
  },
  {
    program: /^(?:node|nodejs|bun|deno)$/,
    loads: ['npm'],
    modules: /\.node$|(?:^|\/)node_modules\//,
  },
  {
    program: /^(?:java|jsvc)$/,
    loads: ['maven', 'jvm'],
    modules: /(?:^|\/)(?:jvm|jdk|jre|java|openjdk)[^/]*\//,
  },
  { program: /^(?:j?ruby)(?:\d(?:\.\d+)?)?$/, loads: ['gem'], modules: /(?:^|\/)(?:ruby|gems)\// },
  {
    program: /^(?:php(?:-fpm|-cgi)?\d*(?:\.\d+)?|apache2|httpd)$/,
    loads: ['composer', 'pear', 'wordpress', 'wordpress-core'],
    modules: /(?:^|\/)php[^/]*\/|(?:^|\/)(?:apache2|httpd)\/modules\//,
  },
  { program: /^perl(?:\d(?:\.\d+)*)?$/, loads: ['cpan'], modules: /(?:^|\/)perl5?\// },
  { program: /^dotnet$/, loads: ['nuget'], modules: /(?:^|\/)(?:dotnet|shared)\// },
  { program: /^(?:R|Rscript)$/, loads: ['cran', 'bioconductor'], modules: /(?:^|\/)R\// },
  { program: /^lua(?:jit)?\d?(?:\.\d+)?$|^(?:openresty|nginx)$/, loads: ['luarocks'], modules: /(?:^|\/)lua\// },
  { program: /^(?:erl|beam\.smp|elixir|mix)$/, loads: ['hex', 'otp'], modules: /(?:^|\/)(?:erlang|elixir)\// },
  { program: /^dart(?:aotruntime)?$/, loads: ['pub'], modules: /(?:^|\/)dart[^/]*\// },
  { program: /^julia$/, loads: ['julia'], modules: /(?:^|\/)julia[^/]*\// },
];

/** The runtime that a program is; undefined: it runs nothing but itself. */
export const runtimeOf = (program: string): Runtime | undefined =>
  runtimes.find((runtime) => runtime.program.test(program));

/** Whether any runtime loads packages of this type, so that without one they are not loaded. */
export const isLoadedByRuntime = (type: string): boolean => runtimes.some(({ loads }) => loads.includes(type));

/** Programs that read commands. */
export const isShell = (name: string): boolean => /^(?:sh|ash|bash|dash|ksh|mksh|zsh|busybox)$/.test(name);

/** Programs that set something and then become the program that their arguments name. */
export const isWrapper = (name: string): boolean =>
  /^(?:tini(?:-static)?|dumb-init|docker-init|catatonit|gosu|su-exec|setpriv|setuidgid|s6-setuidgid|env|exec|nice|ionice|nohup|stdbuf|timeout|chroot|runuser|su|sudo|xvfb-run)$/.test(
    name,
  );

/** Programs that start whatever a file of theirs says, which is not read. */
export const isSupervisor = (name: string): boolean =>
  /^(?:supervisord|s6-svscan|runsvdir|init|systemd|circusd|monit|foreman|honcho|pm2(?:-runtime|-docker)?|npm|npx|yarn|pnpm|corepack|make|bundle|rake|pipenv|poetry|uv|mvn|gradle|catalina\.sh)$/.test(
    name,
  );
