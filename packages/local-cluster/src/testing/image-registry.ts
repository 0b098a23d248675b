import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** An uncompressed tar of plain files. */
function tarOf(files: Readonly<Record<string, string>>): Buffer {
  const parts = Object.entries(files).flatMap(([path, text]) => {
    const content = Buffer.from(text);
    const header = Buffer.alloc(512);
    header.write(path, 0, 100);
    header.write('0000644\0', 100);
    header.write('0000000\0', 108);
    header.write('0000000\0', 116);
    header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('00000000000\0', 136);
    header.write('        ', 148);
    header.write('0', 156);
    header.write('ustar\x0000', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

/** A registry on loopback that serves images made here. */
export async function openImageRegistry() {
  const blobs = new Map<string, { bytes: Buffer; type: string }>();
  const put = (bytes: Buffer, type: string) => {
    const digest = digestOf(bytes);
    blobs.set(digest, { bytes, type });
    return { mediaType: type, digest, size: bytes.length };
  };
  const server = createServer((request, response) => {
    const digest =
      decodeURIComponent(request.url ?? '')
        .split('/')
        .at(-1) ?? '';
    const found = blobs.get(digest);
    if (found === undefined) return response.writeHead(404, { 'content-type': 'application/json' }).end('{"errors":[]}');
    response.writeHead(200, { 'content-type': found.type, 'content-length': found.bytes.length, 'docker-content-digest': digest });
    return response.end(request.method === 'HEAD' ? undefined : found.bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Makes an image of one application layer; the answer is its digest. */
    addImage(files: Readonly<Record<string, string>>, entrypoint: readonly string[]): string {
      const layer = put(tarOf(files), 'application/vnd.oci.image.layer.v1.tar');
      const config = {
        architecture: 'amd64',
        os: 'linux',
        config: { WorkingDir: '/app', Entrypoint: entrypoint, Labels: { 'fairway.dev/base': 'none' } },
        rootfs: { type: 'layers', diff_ids: [layer.digest] },
      };
      const manifest = {
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        config: put(Buffer.from(JSON.stringify(config)), 'application/vnd.oci.image.config.v1+json'),
        layers: [{ ...layer, annotations: { 'fairway.dev/layer': 'application' } }],
      };
      return put(Buffer.from(JSON.stringify(manifest)), manifest.mediaType).digest;
    },
    close: (): Promise<void> =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
