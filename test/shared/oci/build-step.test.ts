import { describe, expect, test } from 'vitest';
import { parseImageConfig } from '#shared/oci';

const step = (createdBy: string): string | undefined =>
  parseImageConfig(Buffer.from(JSON.stringify({ history: [{ created_by: createdBy }] }))).history[0]?.createdBy;

describe('values in the history of an image', () => {
  test.each([
    ['ENV DB_PASSWORD=hunter2', 'ENV DB_PASSWORD=…'],
    ['ENV A=1 TOKEN=hunter2', 'ENV A=…'],
    ['ENV GREETING hunter2', 'ENV GREETING=…'],
    ['/bin/sh -c #(nop)  ENV TOKEN=hunter2', '/bin/sh -c #(nop)  ENV TOKEN=…'],
    ['ARG TOKEN=hunter2', 'ARG TOKEN=…'],
    ['RUN |2 A=1 TOKEN=hunter2 /bin/sh -c npm ci # buildkit', 'RUN |2 … /bin/sh -c npm ci # buildkit'],
    ['|1 TOKEN=hunter2 a b /bin/sh -c make', '|1 … /bin/sh -c make'],
    ['|1 URL=/hunter2/x', '|1 …'],
    ['RUN |1 TOKEN=hunter2 /bin/bash -o pipefail -c make', 'RUN |1 … /bin/bash -o pipefail -c make'],
  ])('given %s, then it reads %s', (raw, shown) => {
    expect(step(raw)).toBe(shown);
  });

  test.each(['RUN /bin/sh -c apt-get update', 'COPY . /app # buildkit', 'CMD ["node"]', 'ARG TOKEN', 'ENVIRONMENT x'])(
    'given %s, then it stays as it is',
    (raw) => {
      expect(step(raw)).toBe(raw);
    },
  );
});
