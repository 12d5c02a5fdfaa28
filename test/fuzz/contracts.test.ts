import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import * as z from 'zod';
import { isFailureType } from '../../contracts/failures.js';
import { ImageId, InstanceId, parseRebuildWorkflowId, rebuildWorkflowId, RegionId } from '../../contracts/ids.js';
import { RebuildRequest } from '../../contracts/rebuild-request.js';
import { parseSecretRef, SecretRef } from '../../contracts/secret-ref.js';
import { requestFor } from '../fixtures/requests.js';
import { answer } from './answer.js';
import { holds } from './holds.js';
import { hostileJson, hostileText, hostileValue, objectWith, spoiled, textOf } from './hostile.js';

const DIRECTORY = new URL('../../contracts/', import.meta.url);

/** Every schema that contracts/ exports, folders in it and one added later included. */
const files = (await readdir(DIRECTORY, { recursive: true })).filter((file) => file.endsWith('.ts'));
const schemas = (await Promise.all(files.map(schemasOf))).flat();

async function schemasOf(file: string): Promise<[string, z.ZodType][]> {
  const module: object = await import(new URL(file, DIRECTORY).href);
  return Object.entries(module).filter((entry): entry is [string, z.ZodType] => entry[1] instanceof z.ZodType);
}

const keysOf = (schema: z.ZodType) => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : []);

describe('contracts, given nonsense', () => {
  assert.ok(schemas.length > 40);
  for (const [name, schema] of schemas) {
    it(`${name} refuses it by field, or takes what survives being written and read again`, async () => {
      const input = fc.oneof(hostileJson, objectWith(keysOf(schema), hostileJson));
      await holds(
        fc.property(input, (value) => {
          const accepted = answer(schema, value);
          if (accepted !== null) assert.equal(answer(schema, JSON.parse(accepted)), accepted);
        }),
        60,
      );
    });
  }

  it('RebuildRequest takes a field only when it is what JSON can hold', async () => {
    const valid = { ...requestFor('i-a1'), imageId: 'img-1', requestedBy: 'ops', reason: 'patch', metadata: [] };
    await holds(
      fc.property(spoiled(valid, hostileValue), (value) => {
        const accepted = answer(RebuildRequest, value);
        if (accepted !== null) assert.equal(answer(RebuildRequest, JSON.parse(accepted)), accepted);
      }),
      300,
    );
  });

  it('no message repeats a value: it may be a password in the wrong field', async () => {
    const secret = 'Sw0rdfish-is-no-reference';
    const field = fc.constantFrom(...Object.keys(RebuildRequest.shape));
    const wrapped = fc.constantFrom(secret, [secret], { a: secret }, [{ key: secret, value: secret }], `\0${secret}`);
    await holds(
      fc.property(field, wrapped, (name, value) => {
        const parsed = RebuildRequest.safeParse({ ...requestFor('i-a1'), [name]: value });
        assert.ok(!JSON.stringify(parsed.error ?? '').includes(secret));
      }),
      100,
    );
  });
});

const isUnicode = (text: string) => Buffer.from(text).toString() === text;
const parsedWith = (fields: object): Partial<RebuildRequest> =>
  RebuildRequest.safeParse({ ...requestFor('i-a1'), ...fields }).data ?? {};

describe('texts of the contracts, given nonsense', () => {
  it('an id that is accepted stands for itself in a URL and in a workflow id', async () => {
    for (const Id of [InstanceId, ImageId, RegionId]) {
      await holds(
        fc.property(hostileText, (text) => {
          if (Id.safeParse(text).success) assert.equal(encodeURIComponent(text), text);
        }),
        500,
      );
    }
  });

  it('a workflow id is read back as the VM it was made of, and any other text as none', async () => {
    await holds(
      fc.property(hostileText, hostileText, (regionId, instanceId) => {
        const id = rebuildWorkflowId({ regionId, instanceId });
        const isVm = RegionId.safeParse(regionId).success && InstanceId.safeParse(instanceId).success;
        assert.deepEqual(parseRebuildWorkflowId(id), isVm ? { regionId, instanceId } : null);
      }),
      500,
    );
  });

  it('a failure type is one of the table, not of every object', async () => {
    await holds(
      fc.property(hostileText, (text) => assert.equal(isFailureType(text), false)),
      300,
    );
  });

  it('a reference splits and joins again; what is none is refused without being repeated', async () => {
    const texts = fc.oneof(
      hostileText,
      hostileText.map((text) => `env:${text}`),
      hostileText.map((text) => `exec:${text}`),
    );
    await holds(
      fc.property(texts, (text) => {
        const isAccepted = SecretRef.safeParse(text).success;
        try {
          const { scheme, target } = parseSecretRef(text);
          assert.equal(`${scheme}:${target}`, text);
        } catch (error) {
          assert.ok(!isAccepted && error instanceof Error);
          assert.equal(error.message, 'not a secret reference');
        }
      }),
      500,
    );
  });

  it('what is shown in lists is one line that every store of text takes', async () => {
    await holds(
      fc.property(hostileText, (text) => {
        const { requestedBy = '-' } = parsedWith({ requestedBy: text });
        assert.ok(isUnicode(requestedBy));
        assert.match(requestedBy, /^[^\p{Cc}\p{Zl}\p{Zp}]+$/u);
      }),
      500,
    );
  });

  it('what goes to JD Cloud as it was written is Unicode', async () => {
    await holds(
      fc.property(hostileText, hostileText, (key, value) => {
        const { metadata = [] } = parsedWith({ metadata: [{ key, value }] });
        for (const pair of metadata) assert.ok(isUnicode(pair.key) && isUnicode(pair.value));
      }),
      500,
    );
  });
});

describe('huge texts', () => {
  /** A pattern that goes over the text for each of its characters takes many seconds for this. */
  const LENGTH = 64 * 1024;
  const WITHIN_MS = 1_000;

  const PIECES = ['a', '0', '-', '.', ' ', '=', '"', 'a=', 'é', '\n'];
  const shapesOf = (text: string) => [text, [text], [{ key: text, value: text }], { [text]: text }, `exec:${text}`];

  for (const field of Object.keys(RebuildRequest.shape)) {
    it(`in ${field} are read in a time that grows with their length only`, () => {
      for (const piece of PIECES) {
        for (const value of shapesOf(textOf({ piece, length: LENGTH }))) {
          const before = process.cpuUsage();
          answer(RebuildRequest, { ...requestFor('i-a1'), [field]: value });
          const usedMs = process.cpuUsage(before).user / 1000;
          assert.ok(usedMs < WITHIN_MS, `${usedMs} ms for ${JSON.stringify(piece)} over and over`);
        }
      }
    });
  }
});
