/** A piece of Erlang source: a text, an atom (quoted or not), a number and the like, or one mark. */
export interface ErlangToken {
  readonly kind: 'text' | 'atom' | 'mark';
  readonly value: string;
}

// white space and comments; a text; a quoted atom; $c; <<; #{ and all marks; anything else up to one of them
const piece =
  /[ \t\r\n\f]+|%[^\n]*|"((?:[^"\\]|\\[\s\S])*)"|'((?:[^'\\]|\\[\s\S])*)'|\$(?:\\[\s\S]|[\s\S])|([{}[\](),.|#=><:])|([^\s%"'${}[\](),.|#=><:]+)/y;

/**
 * Cuts Erlang terms into tokens (Erlang Reference Manual, "Data Types"), in one pass: time grows with the length alone. Escapes in texts stay as
 * they are written. Throws SyntaxError where nothing fits, as with a text that does not end.
 */
export function* erlangTokens(source: string): Generator<ErlangToken> {
  let at = 0;
  while (at < source.length) {
    piece.lastIndex = at;
    const match = piece.exec(source);
    if (match === null) throw new SyntaxError(`no Erlang term at character ${at}`);
    at = piece.lastIndex;
    const [, text, quoted, mark, word] = match;
    if (text !== undefined) yield { kind: 'text', value: text };
    else if (quoted !== undefined) yield { kind: 'atom', value: quoted };
    else if (mark !== undefined) yield { kind: 'mark', value: mark };
    else if (word !== undefined) yield { kind: 'atom', value: word };
  }
}
