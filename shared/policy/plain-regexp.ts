/** A regular expression that cannot be read here, with the place in it. */
export class PlainRegexpError extends Error {
  override readonly name = 'PlainRegexpError';
  readonly code = 'bad-regexp';
}

type Test = (code: number) => boolean;
type Step =
  | { readonly kind: 'one'; readonly test: Test }
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  | { readonly kind: 'fork'; readonly ways: readonly number[] }
  | { readonly kind: 'match' };

type Node =
  | { readonly kind: 'one'; readonly test: Test }
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'all'; readonly nodes: readonly Node[] }
  | { readonly kind: 'any'; readonly nodes: readonly Node[] }
  | { readonly kind: 'repeat'; readonly node: Node; readonly least: number; readonly most: number };

const largestProgram = 5000;
const inRange =
  (low: string, high: string): Test =>
  (code) =>
    code >= low.charCodeAt(0) && code <= high.charCodeAt(0);
const either =
  (...tests: readonly Test[]): Test =>
  (code) =>
    tests.some((test) => test(code));
const not =
  (test: Test): Test =>
  (code) =>
    !test(code);
const digit = inRange('0', '9');
const word = either(digit, inRange('a', 'z'), inRange('A', 'Z'), inRange('_', '_'));
const space = (code: number): boolean => ' \t\n\r\v\f\u00a0\ufeff'.includes(String.fromCharCode(code));
const classes: Readonly<Record<string, Test>> = {
  d: digit,
  D: not(digit),
  w: word,
  W: not(word),
  s: space,
  S: not(space),
};

/**
 * A regular expression whose matching takes time in proportion to the text, whatever the expression (all states go forward together, after Thompson):
 * a tag made to hurt cannot. Knows characters, `.`, classes, groups, `|`, `? * + {m,n}`, `^`, `$`, `\d \w \s`; no look-around, no back-references. Throws PlainRegexpError.
 */
export function plainRegexp(source: string): (text: string) => boolean {
  const program: Step[] = [];
  emit(new Parser(source).parse(), program);
  program.push({ kind: 'match' });
  return (text) => run(program, text);
}

class Parser {
  readonly #source: string;
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    if (source.length > 300) throw new PlainRegexpError('the expression is over 300 characters');
    this.#source = source;
  }

  parse(): Node {
    const node = this.#alternatives();
    if (this.#at < this.#source.length) this.#fail('a ) without (');
    return node;
  }

  #fail(what: string): never {
    throw new PlainRegexpError(`${what}, at character ${this.#at + 1}`);
  }

  #next(): string {
    return this.#source[this.#at] ?? '';
  }

  #alternatives(): Node {
    const nodes: Node[] = [];
    do {
      const sequence: Node[] = [];
      while (this.#next() !== '' && this.#next() !== '|' && this.#next() !== ')') sequence.push(this.#repeated());
      nodes.push({ kind: 'all', nodes: sequence });
    } while (this.#take('|'));
    return nodes.length === 1 && nodes[0] !== undefined ? nodes[0] : { kind: 'any', nodes };
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at) || text === '') return false;
    this.#at += text.length;
    return true;
  }

  #repeated(): Node {
    const node = this.#atom();
    const counted = /^\{(\d{1,3})(,(\d{0,3}))?\}/.exec(this.#source.slice(this.#at));
    let bounds: readonly [number, number] | undefined;
    if (this.#take('*')) bounds = [0, Number.POSITIVE_INFINITY];
    else if (this.#take('+')) bounds = [1, Number.POSITIVE_INFINITY];
    else if (this.#take('?')) bounds = [0, 1];
    else if (counted !== null) {
      this.#at += counted[0].length;
      const least = Number(counted[1]);
      bounds = [
        least,
        counted[2] === undefined ? least : counted[3] === '' ? Number.POSITIVE_INFINITY : Number(counted[3]),
      ];
    }
    if (bounds === undefined) return node;
    if (node.kind === 'start' || node.kind === 'end') this.#fail('an anchor is not repeated');
    if (bounds[0] > bounds[1]) this.#fail('the numbers of {m,n} are the wrong way round');
    // lazy or not is the same for "does it match"
    this.#take('?');
    return { kind: 'repeat', node, least: bounds[0], most: bounds[1] };
  }

  #atom(): Node {
    if (this.#take('(')) {
      if (!this.#take('?:') && this.#next() === '?') this.#fail('look-around and named groups are not known here');
      this.#depth += 1;
      if (this.#depth > 50) this.#fail('groups go too deep');
      const node = this.#alternatives();
      this.#depth -= 1;
      if (!this.#take(')')) this.#fail('a ( without )');
      return node;
    }
    if (this.#take('^')) return { kind: 'start' };
    if (this.#take('$')) return { kind: 'end' };
    if (this.#take('[')) return { kind: 'one', test: this.#set() };
    if (this.#take('.'))
      return { kind: 'one', test: (code) => code !== 10 && code !== 13 && code !== 0x2028 && code !== 0x2029 };
    if ('*+?{}]'.includes(this.#next())) this.#fail(`${this.#next()} must be written \\${this.#next()}`);
    return { kind: 'one', test: this.#character() };
  }

  #character(): Test {
    const character = this.#next();
    if (character === '') this.#fail('the expression ends too early');
    this.#at += 1;
    if (character !== '\\') return inRange(character, character);
    const escaped = this.#next();
    const named = Object.hasOwn(classes, escaped) ? classes[escaped] : undefined;
    if (named === undefined && !/[^A-Za-z0-9]/.test(escaped)) this.#fail(`\\${escaped} is not known here`);
    this.#at += 1;
    return named ?? inRange(escaped, escaped);
  }

  #set(): Test {
    const negated = this.#take('^');
    const tests: Test[] = [];
    while (this.#next() !== ']') {
      const from = this.#at;
      const one = this.#character();
      const low = this.#source[this.#at - 1] ?? '';
      const plain = this.#source[from] !== '\\' || !Object.hasOwn(classes, low);
      if (plain && this.#next() === '-' && !['', ']'].includes(this.#source[this.#at + 1] ?? '')) {
        this.#at += 1;
        if (this.#next() === '\\') this.#at += 1;
        const high = this.#next();
        this.#at += 1;
        if (high < low) this.#fail(`${low}-${high} is the wrong way round`);
        tests.push(inRange(low, high));
      } else tests.push(one);
    }
    this.#at += 1;
    return negated ? not(either(...tests)) : either(...tests);
  }
}

function emit(node: Node, program: Step[]): void {
  if (program.length > largestProgram)
    throw new PlainRegexpError('the expression repeats too much; write smaller numbers in {m,n}');
  if (node.kind === 'repeat') emitRepeat(node.node, node.least, node.most, program);
  else if (node.kind === 'any') emitAny(node.nodes, program);
  else if (node.kind === 'all') for (const each of node.nodes) emit(each, program);
  else if (node.kind === 'one') program.push({ kind: 'one', test: node.test });
  else program.push({ kind: node.kind });
}

function emitAny(nodes: readonly Node[], program: Step[]): void {
  const fork = program.push({ kind: 'fork', ways: [] }) - 1;
  const starts: number[] = [];
  const ends: number[] = [];
  for (const node of nodes) {
    starts.push(program.length);
    emit(node, program);
    ends.push(program.push({ kind: 'fork', ways: [] }) - 1);
  }
  program[fork] = { kind: 'fork', ways: starts };
  for (const end of ends) program[end] = { kind: 'fork', ways: [program.length] };
}

function emitRepeat(node: Node, least: number, most: number, program: Step[]): void {
  for (let count = 0; count < least; count += 1) emit(node, program);
  if (most === Number.POSITIVE_INFINITY) {
    const fork = program.push({ kind: 'fork', ways: [] }) - 1;
    emit(node, program);
    program.push({ kind: 'fork', ways: [fork] });
    program[fork] = { kind: 'fork', ways: [fork + 1, program.length] };
    return;
  }
  const forks: number[] = [];
  for (let count = least; count < most; count += 1) {
    forks.push(program.push({ kind: 'fork', ways: [] }) - 1);
    emit(node, program);
  }
  for (const fork of forks) program[fork] = { kind: 'fork', ways: [fork + 1, program.length] };
}

function run(program: readonly Step[], text: string): boolean {
  let now = new Set<number>();
  const reach = (from: number, at: number, into: Set<number>): void => {
    const open = [from];
    for (let step = open.pop(); step !== undefined; step = open.pop()) {
      if (into.has(step)) continue;
      into.add(step);
      const what = program[step];
      if (what?.kind === 'fork') open.push(...what.ways);
      else if ((what?.kind === 'start' && at === 0) || (what?.kind === 'end' && at === text.length))
        open.push(step + 1);
    }
  };
  for (let at = 0; at <= text.length; at += 1) {
    // a match may begin anywhere
    reach(0, at, now);
    if (now.has(program.length - 1)) return true;
    const next = new Set<number>();
    const code = text.charCodeAt(at);
    for (const step of now) {
      const what = program[step];
      if (what?.kind === 'one' && at < text.length && what.test(code)) reach(step + 1, at + 1, next);
    }
    now = next;
  }
  return now.has(program.length - 1);
}
