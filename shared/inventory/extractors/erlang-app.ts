import { UnreadableEvidence } from '../errors.ts';
import type { FoundPackage } from '../layer-facts.ts';
import { licensesOf, packageDrafts } from './drafts.ts';
import { type ErlangToken, erlangTokens } from './erlang-terms.ts';
import type { EvidenceFile, Extractor } from './extractor.ts';
import { inFixture } from './fixture.ts';
import { inFolder } from './in-folder.ts';

// what Erlang/OTP and Elixir consist of themselves; Hex gives these names to nobody
const ownApplications = new Set(
  `asn1 common_test compiler cosEvent cosEventDomain cosFileTransfer cosNotification cosProperty cosTime cosTransactions crypto debugger dialyzer
  diameter edoc eldap erl_docgen erl_interface erts et eunit ftp gs hipe ic inets jinterface kernel megaco mnesia observer odbc orber os_mon
  ose otp_mibs parsetools percept public_key reltool runtime_tools sasl snmp ssh ssl stdlib syntax_tools test_server tftp tools typer webtool wx
  xmerl eex elixir ex_unit iex logger mix`.split(/\s+/),
);

const longest = 4 << 20;

/**
 * Erlang and Elixir applications as they are compiled: `ebin/<name>.app`, one Erlang term `{application, Name, [{vsn, "1.2.3"}, ...]}` ("Applications",
 * OTP Design Principles). Their names are those of Hex packages, but for what belongs to Erlang/OTP and Elixir themselves.
 */
export const erlangApp: Extractor = {
  name: 'erlang-app',
  version: 2,
  concerns: { endings: ['.app'] },
  wants({ path, base, size }) {
    if (size === 0 || !base.endsWith('.app') || !inFolder(path, base, 'ebin')) return undefined;
    // common_test keeps the data of a suite beside it
    return inFixture(path) || path.includes('_SUITE_data/') ? undefined : 'content';
  },
  read(file) {
    if (file.bytes.length > longest) throw new UnreadableEvidence(file.path, 'an application of more than 4 MiB');
    const { name, version, licenses } = applicationOf(file);
    // Erlang loads an application only from a file of its name
    if (`${name}.app` !== file.base)
      throw new UnreadableEvidence(file.path, 'this describes an application of another name');
    if (version === undefined || version === '')
      throw new UnreadableEvidence(file.path, 'an Erlang application without a version');
    const found: FoundPackage = {
      type: ownApplications.has(name) ? 'otp' : 'hex',
      name,
      version,
      ...licensesOf(licenses),
    };
    // the broker is an application among those that it consists of
    const isBroker = name === 'rabbit' && file.path.includes('/plugins/rabbit-');
    return packageDrafts(isBroker ? [found, { type: 'program', name: 'rabbitmq', version }] : [found]);
  },
};

interface Application {
  readonly name: string;
  version?: string;
  readonly licenses: string[];
}

const openers = new Set(['{', '[', '(']);
const closers = new Set(['}', ']', ')']);

/** Walks over the term: properties are the pairs that stand in the list of the application, which is two marks deep. */
function applicationOf(file: EvidenceFile): Application {
  let application: Application | undefined;
  let depth = 0;
  let property = '';
  let before: readonly ErlangToken[] = [];
  try {
    for (const token of erlangTokens(file.bytes.toString('utf8'))) {
      if (token.kind === 'mark' && openers.has(token.value)) depth += 1;
      else if (token.kind === 'mark' && closers.has(token.value)) depth -= 1;
      const [third, second, first] = before;
      if (application === undefined) {
        if (before.length === 3 && third?.value === '{' && second?.value === 'application' && first?.value === ',')
          application = { name: token.value, licenses: [] };
        else if (before.length === 3) break;
      } else if (depth === 3 && token.kind === 'atom' && first?.value === '{') property = token.value;
      else if (depth === 3 && token.kind === 'text' && property === 'vsn' && first?.value === ',')
        application.version ??= token.value;
      else if (depth === 4 && token.kind === 'text' && property === 'licenses' && application.licenses.length < 20)
        application.licenses.push(token.value);
      before = [...before.slice(-2), token];
    }
  } catch (cause) {
    throw new UnreadableEvidence(file.path, 'this is no Erlang term', { cause });
  }
  if (application === undefined) throw new UnreadableEvidence(file.path, 'this describes no Erlang application');
  return application;
}
