/** A JSON object that passes in chunks, with who knows what behind it. */
export class JsonObject {
  readonly #most: number;
  readonly #parts: Buffer[] = [];
  #size = 0;
  #depth = 0;
  #isText = false;
  #isEscaped = false;
  #isOver = false;

  /** `most`: bytes that it may have. */
  constructor(most: number) {
    this.#most = most;
  }

  /** All of it; undefined when it has no end yet, or more bytes than it may. */
  get bytes(): Buffer | undefined {
    return this.#isOver && this.#depth === 0 ? Buffer.concat(this.#parts, this.#size) : undefined;
  }

  /** Takes the next bytes, which begin with its brace the first time; good during the call only. */
  take(chunk: Buffer): void {
    if (this.#isOver) return;
    const end = this.#endIn(chunk);
    const part = Buffer.from(chunk.subarray(0, end));
    this.#parts.push(part);
    this.#size += part.length;
    this.#isOver = end !== undefined || this.#size > this.#most;
  }

  #endIn(chunk: Buffer): number | undefined {
    for (const [at, byte] of chunk.entries()) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === 0x5c) this.#isEscaped = this.#isText;
      else if (byte === 0x22) this.#isText = !this.#isText;
      else if (this.#isText) continue;
      else if (byte === 0x7b) this.#depth += 1;
      else if (byte === 0x7d) {
        this.#depth -= 1;
        if (this.#depth === 0) return at + 1;
      }
    }
    return undefined;
  }
}
