import { BadElf, wordsOf } from '../elf/index.ts';
import { UnreadableEvidence } from '../errors.ts';
import { packagesOfList } from './dotnet-deps.ts';
import { packageDrafts } from './drafts.ts';
import type { ExecutableExtractor, ExecutableHeader, ExecutableReading } from './executable-extractor.ts';
import { JsonObject } from './json-object.ts';

/** stands in every .NET host, behind the place of the bundle's header: the SHA-256 of ".net core bundle" and a line feed (runtime, apphost/bundle_marker.cpp) */
const mark = Buffer.from('8b1202b96a612038727b930214d7a03213f5b9e6efae3318ee3b2dce24b36aae', 'hex');
const placeBytes = 8;
/** how the SDK begins every list of dependencies; it is the one file of a bundle that is never compressed beside the runtime's settings */
const listStart = /\{\s{0,8}"runtimeTarget"\s{0,4}:/;
const listWord = Buffer.from('"runtimeTarget"');
const beforeWord = 16;
/** an application with a thousand packages has one megabyte */
const longestList = 16 * 2 ** 20;
/** words that may begin a list: a file that is made of them is given up */
const mostWords = 10_000;
/** a linker puts the table of sections last; what follows was appended */
const leastAppended = 1024;
/** Go's linker puts it first: what follows says nothing then */
const tableInHead = 4096;

/**
 * .NET applications in one file (`PublishSingleFile`): the host with everything else behind it. The mark of a host tells that, and the list of what the
 * application is made of (deps.json) stands in it as it is. The file is looked through as it passes: such programs are large, and the list is anywhere.
 */
export const dotnetBundle: ExecutableExtractor = {
  name: 'dotnet-bundle',
  version: 2,
  wants: ({ size }) => size > tableInHead,
  begin(file) {
    return mayHoldMore(file) ? new Bundle(file.path) : undefined;
  },
};

/** Whether something was appended to a program, by its first bytes. */
function mayHoldMore({ program, head, size }: ExecutableHeader): boolean {
  if (program === 'pe' || program === 'mach-o') return true;
  if (program !== 'elf') return false;
  try {
    // asked of every program: three numbers are enough
    const { is64, native, half } = wordsOf(head[4], head[5]);
    const offset = native(head, is64 ? 40 : 32);
    const table = half(head, is64 ? 58 : 46) * half(head, is64 ? 60 : 48);
    return offset > tableInHead && offset + table + leastAppended < size;
  } catch (error) {
    if (error instanceof BadElf) return false;
    throw error;
  }
}

/** One program that passes: first its mark is looked for, behind it the list. */
class Bundle implements ExecutableReading {
  readonly #path: string;
  /** the last bytes, which may begin what goes on in the next chunk */
  #seam: Buffer = Buffer.alloc(0);
  #isBundle: boolean | undefined;
  #list: JsonObject | undefined;
  #words = 0;

  constructor(path: string) {
    this.#path = path;
  }

  data(chunk: Buffer): void {
    if (this.#isBundle === false) return;
    const view = this.#seam.length === 0 ? chunk : Buffer.concat([this.#seam, chunk]);
    this.#seam = Buffer.alloc(0);
    if (this.#isBundle === undefined) this.#lookForMark(view);
    else if (this.#list !== undefined) this.#list.take(view);
    else this.#lookForList(view);
  }

  skip(): void {
    this.#seam = Buffer.alloc(0);
  }

  end(): ReturnType<ExecutableReading['end']> {
    if (this.#isBundle !== true) return [];
    if (this.#list === undefined)
      throw new UnreadableEvidence(this.#path, 'a .NET application in one file without a list of its packages');
    const { bytes } = this.#list;
    if (bytes === undefined)
      throw new UnreadableEvidence(this.#path, 'a .NET application in one file whose list of packages has no end');
    return packageDrafts(packagesOfList({ path: this.#path, bytes }));
  }

  #lookForMark(view: Buffer): void {
    const at = view.indexOf(mark);
    if (at < 0) {
      this.#keep(view, placeBytes + mark.length - 1);
      return;
    }
    // a host that nothing was put into has no place there
    this.#isBundle = at >= placeBytes && view.subarray(at - placeBytes, at).some((byte) => byte !== 0);
    if (this.#isBundle) this.#lookForList(view.subarray(at + mark.length));
  }

  #lookForList(view: Buffer): void {
    for (let at = view.indexOf(listWord); at >= 0 && this.#words < mostWords; at = view.indexOf(listWord, at + 1)) {
      this.#words += 1;
      const from = Math.max(0, at - beforeWord);
      const found = listStart.exec(view.toString('latin1', from, at + listWord.length + 6));
      if (found === null) continue;
      this.#list = new JsonObject(longestList);
      this.#list.take(view.subarray(from + found.index));
      return;
    }
    this.#keep(view, beforeWord + listWord.length + 6);
  }

  #keep(view: Buffer, bytes: number): void {
    this.#seam = Buffer.from(view.subarray(-bytes));
  }
}
