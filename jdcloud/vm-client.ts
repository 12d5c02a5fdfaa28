import { createHttpClient, type HttpClient, type HttpClientOptions } from './http-client.js';
import { checkIds, keypairQuery, listOf, pageOf } from './list-queries.js';
import { createImageApi, createInstanceApi } from './operations.js';
import { filterPairs, scalarPairs } from './query-encoding.js';
import { Keypair, Quota } from './schemas.js';
import type { VmApi } from './vm-api.js';

export type VmClientOptions = HttpClientOptions;

/** A {@link VmApi} over HTTP. `close` ends its idle connections; `answeredAt` tells JD Cloud's time, as its last answer did. */
export type VmClient = VmApi & Pick<HttpClient, 'answeredAt' | 'unanswered' | 'close'>;

/**
 * Makes a client of JD Cloud's VM API. One call is one HTTP request, signed with a date and nonce
 * of its own; nothing is retried and no redirect or proxy variable is followed. The one exception: a
 * call refused with 401, and so not performed, goes out again at once when the credentials have rotated
 * since, or when its date was stale, with a corrected one. Each request first passes its region's gate.
 *
 * Every function throws a JdCloudError and nothing else, save two cases: when the caller's signal
 * aborted, the signal's own reason is thrown, so that a cancellation stays one; and what `beforeSend`
 * throws is thrown as it is.
 * Throws an Error at once when `endpoint` is no base URL.
 * @see docs/jdcloud.md
 */
export function createVmClient(options: VmClientOptions): VmClient {
  const http = createHttpClient(options);
  return {
    ...createInstanceApi(http),
    ...createImageApi(http),
    ...createAccountApi(http),
    answeredAt: http.answeredAt,
    unanswered: http.unanswered,
    close: http.close,
  };
}

function createAccountApi(http: HttpClient): Pick<VmApi, 'describeKeypairs' | 'describeQuotas'> {
  return {
    async describeKeypairs(query, options) {
      const call = { operation: 'describeKeypairs', about: `in ${query.regionId}`, regionId: query.regionId };
      const { requestId, result } = await http.call(
        {
          ...call,
          method: 'GET',
          path: ['keypairs'],
          query: keypairQuery(call, query),
          result: pageOf('keypairs', Keypair),
        },
        options,
      );
      return { requestId, keypairs: result.items, totalCount: result.totalCount };
    },

    async describeQuotas({ regionId, resourceTypes, imageId }, options) {
      const call = { operation: 'describeQuotas', about: `in ${regionId}`, regionId };
      checkIds(call, 'resourceTypes', resourceTypes);
      const filters = filterPairs([{ name: 'resourceTypes', values: resourceTypes }]);
      const { requestId, result } = await http.call(
        {
          ...call,
          method: 'GET',
          path: ['quotas'],
          query: [...scalarPairs({ imageId }), ...filters],
          result: listOf('quotas', Quota),
        },
        options,
      );
      return { requestId, quotas: result.items };
    },
  };
}
