import { describe } from 'node:test';
import { operationDigest } from '../../../activities/checks/metadata.js';
import { UNKNOWN_OPERATION } from '../../../contracts/names.js';
import { claimRows, type Row } from './check-rows.js';

const marked = (value: string) => ({ customData: { metadata: [{ key: 'Reimage-Operation', value }] } });
const after = (marker: string | null, requestId = 'fleet:web-1f0c53d5:2') => ({
  request: { onlyAfterOperation: operationDigest(marker), requestId },
});
const refusedSince: Row['issues'] = [['rebuilt-since', 'onlyAfterOperation']];
const OPERATION: readonly Row[] = [
  { name: 'that is still the last one', given: { ...after('ticket-1'), ...marked('ticket-1') }, issues: [] },
  { name: 'that was none, and is none', given: after(null), issues: [] },
  { name: "that is the fleet's own", given: { ...after(null), ...marked('fleet:web-1f0c53d5:1') }, issues: [] },
  {
    name: 'that another one came after',
    given: { ...after('ticket-1'), ...marked('ticket-2') },
    issues: refusedSince,
    says: /carries the marker ticket-2\. It is not erased again/,
  },
  { name: 'that was none, and is one now', given: { ...after(null), ...marked('ticket-2') }, issues: refusedSince },
  {
    name: 'that another fleet came after',
    given: { ...after(null), ...marked('fleet:web-abcdef01:1') },
    issues: refusedSince,
  },
  { name: 'that was one, and is none any more', given: after('ticket-1'), issues: refusedSince },
  { name: 'that nobody can read', given: { ...after('ticket-1'), customData: null }, issues: refusedSince },
  {
    name: 'that nobody can read, where there was none',
    given: { ...after(null), customData: null },
    issues: refusedSince,
    says: /does not say whether/,
  },
  {
    name: 'that another one came after, for a request without an id',
    given: { request: { onlyAfterOperation: operationDigest('ticket-1') }, ...marked('fleet:web-1f0c53d5:1') },
    issues: refusedSince,
  },
  {
    name: 'that nobody could read',
    given: { request: { onlyAfterOperation: UNKNOWN_OPERATION }, ...marked('ticket-1') },
    issues: refusedSince,
    says: /does not say whether/,
  },
];

/** A VM that one request has rebuilt last, and others before it. */
const remembering = (last: string, ...before: readonly string[]) => ({
  customData: {
    metadata: [
      { key: 'reimage-operation', value: last },
      { key: 'Reimage-Earlier', value: before.map((marker) => operationDigest(marker)).join(' ') },
    ],
  },
});
const askedBy = (requestId: string) => ({ request: { requestId } });
const refusedForIt: Row['issues'] = [['rebuilt-since', 'requestId']];
const EARLIER: readonly Row[] = [
  {
    name: 'none of which is this one',
    given: { ...askedBy('ticket-3'), ...remembering('ticket-2', 'ticket-1') },
    issues: [],
  },
  {
    name: 'one of which is this one',
    given: { ...askedBy('ticket-1'), ...remembering('ticket-3', 'ticket-2', 'ticket-1') },
    issues: refusedForIt,
    says: /ticket-1 has rebuilt the VM before, and ticket-3 since\. It is not erased again/,
  },
  {
    name: 'one of which is a later attempt of this fleet',
    given: { ...askedBy('fleet:web-1f0c53d5:1'), ...remembering('ticket-1', 'fleet:web-1f0c53d5:2') },
    issues: refusedForIt,
  },
  {
    name: 'one of which is an earlier attempt of this fleet',
    given: { ...askedBy('fleet:web-1f0c53d5:2'), ...remembering('ticket-1', 'fleet:web-1f0c53d5:1') },
    issues: [],
  },
];

describe('what speaks against a rebuild of a VM that other operations have rebuilt', () => {
  claimRows('a last operation', OPERATION);
  claimRows('earlier operations', EARLIER);
});
