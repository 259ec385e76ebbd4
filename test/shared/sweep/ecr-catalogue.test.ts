import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { ECRClient } from '@aws-sdk/client-ecr';
import { afterEach, describe, expect, it } from 'vitest';
import { type ListedImage, RepositoryClosed } from '#shared/sweep';
import { ecrCatalogue } from '../../../shared/sweep/adapters/ecr-catalogue.ts';

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** ECR's JSON protocol over real HTTP: each operation answers with what is given for its page, or refuses by the name of an error. */
async function catalogueOf(answers: Readonly<Record<string, readonly (object | string)[]>>) {
  const server: Server = createServer(async (request, response) => {
    const { nextToken = '0' } = (await json(request)) as { readonly nextToken?: string };
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const pages = answers[operation] ?? [];
    const page = pages[Number(nextToken)];
    const more = Number(nextToken) + 1 < pages.length ? { nextToken: String(Number(nextToken) + 1) } : {};
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    if (typeof page === 'string') response.writeHead(400).end(JSON.stringify({ __type: page, message: 'no' }));
    else response.end(JSON.stringify({ ...page, ...more }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const client = new ECRClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  });
  open.push(() => {
    client.destroy();
    server.close();
  });
  return ecrCatalogue({ client, registry: '1.dkr.ecr.eu-central-1.amazonaws.com' });
}

async function imagesOf(answers: readonly (object | string)[]): Promise<ListedImage[]> {
  const images: ListedImage[] = [];
  for await (const image of (await catalogueOf({ DescribeImages: answers })).images('app')) images.push(image);
  return images;
}

describe('what ECR lists', () => {
  it('are repositories and images of all pages, with what it says of them', async () => {
    const catalogue = await catalogueOf({
      DescribeRepositories: [
        { repositories: [{ repositoryName: 'app' }] },
        { repositories: [{ repositoryName: 'team/base' }, {}] },
      ],
    });
    const names: string[] = [];
    for await (const name of catalogue.repositories()) names.push(name);
    expect(names).toEqual(['app', 'team/base']);
    const images = await imagesOf([
      {
        imageDetails: [
          {
            imageDigest: digest('a'),
            imageTags: ['1', 'latest'],
            imageSizeInBytes: 1_000,
            imagePushedAt: 1_764_000_000,
          },
        ],
      },
      { imageDetails: [{ imageDigest: digest('b') }] },
    ]);
    const place = { registry: '1.dkr.ecr.eu-central-1.amazonaws.com', repository: 'app' };
    expect(images).toEqual([
      { ...place, digest: digest('a'), tags: ['1', 'latest'], bytes: 1_000, pushedAt: '2025-11-24T16:00:00.000Z' },
      { ...place, digest: digest('b'), tags: [] },
    ]);
  });

  it('are no archived images, and none that only belong to another', async () => {
    const images = await imagesOf([
      {
        imageDetails: [
          { imageDigest: digest('a'), imageStatus: 'ARCHIVED' },
          { imageDigest: digest('b'), subjectManifestDigest: digest('a') },
          { imageDigest: digest('c'), imageStatus: 'ACTIVE' },
        ],
      },
    ]);
    expect(images.map((image) => image.digest)).toEqual([digest('c')]);
  });

  it('are no signatures, but VEX with the image that it is attached to', async () => {
    const images = await imagesOf([
      {
        imageDetails: [
          { imageDigest: digest('b'), subjectManifestDigest: digest('a'), artifactMediaType: 'application/spdx+json' },
          {
            imageDigest: digest('c'),
            subjectManifestDigest: digest('a'),
            artifactMediaType: 'application/vnd.openvex+json',
          },
        ],
      },
    ]);
    expect(images).toMatchObject([{ digest: digest('c'), attachedTo: digest('a'), tags: [] }]);
  });

  it('is nothing of a repository that is gone, which is not the same as one that may not be listed', async () => {
    expect(await imagesOf(['RepositoryNotFoundException'])).toEqual([]);
    await expect(imagesOf(['AccessDeniedException'])).rejects.toBeInstanceOf(RepositoryClosed);
    await expect(imagesOf([{ imageDetails: [] }, 'ServerException'])).rejects.toMatchObject({
      name: 'ServerException',
    });
  });
});
