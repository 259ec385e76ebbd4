import type { ExecutableExtractor } from './executable-extractor.ts';

const mark = Buffer.from('UPX!', 'latin1');
/** UPX puts its mark right behind the segments of the stub that unpacks the program */
const markedWithin = 1024;

/** Programs that unpack themselves when they run: what they are made of cannot be read. */
export const packedProgram: ExecutableExtractor = {
  name: 'packed',
  version: 2,
  wants: () => true,
  begin({ program, head }) {
    if (typeof program !== 'string' || !head.subarray(0, markedWithin).includes(mark)) return undefined;
    return {
      end: () => [
        {
          kind: 'trouble',
          code: 'unreadable-evidence',
          text: 'a program packed by UPX: what it is made of cannot be read',
        },
      ],
    };
  },
};
