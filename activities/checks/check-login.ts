import { isOfThisAttemptOrLater } from '../../contracts/fleet/fleet-ids.js';
import type { ValidationIssue } from '../../contracts/rebuild-plan.js';
import { hostnameProblem, metadataProblems, passwordProblems } from '../../jdcloud/parameter-rules.js';
import { type Check, type Facts, isWindows } from './facts.js';
import { markerOf, mergeMetadata, ownMetadata } from './metadata.js';

/** Password, key, platform, hostname and metadata: what the rebuilt system is entered by and starts with. */
export function checkLogin(facts: Facts): ValidationIssue[] {
  return [checkLoginOf, checkHostname, checkMetadata, checkRequestId].flatMap((check) => check(facts));
}

/** Whether a system can be entered at all by the password and key of the request. */
export function checkLoginOf(facts: Facts): ValidationIssue[] {
  return [checkPassword, checkKey, checkPlatform].flatMap((check) => check(facts));
}

const checkPassword: Check = ({ password, image }) => {
  if (password === undefined || 'isGenerated' in password) return [];
  const problems =
    'problem' in password
      ? [password.problem]
      : passwordProblems(password.value, isWindows(image) ? 'Administrator' : 'root');
  return problems.map((message) => ({ code: 'password', field: 'passwordRef', message: `Password: ${message}` }));
};

const checkKey: Check = ({ keypair, request }) =>
  keypair !== null
    ? []
    : [
        {
          code: 'key-not-found',
          field: 'keyNames',
          message: `Key pair ${request.keyNames?.[0]} does not exist in this region.`,
        },
      ];

const checkPlatform: Check = ({ image, request }) => {
  if (!isWindows(image)) return [];
  const issues: ValidationIssue[] = [];
  const add = (field: string, message: string) => issues.push({ code: 'platform-login', field, message });
  if (request.passwordRef === undefined) add('passwordRef', 'Windows is entered by password: give passwordRef.');
  if ((request.keyNames?.length ?? 0) > 0) add('keyNames', 'Windows takes no SSH key.');
  if (request.passWordAuth === 'no') add('passWordAuth', 'Windows needs passWordAuth yes.');
  return issues;
};

const checkHostname: Check = ({ request, image }) => {
  if (request.hostname === undefined) return [];
  const problem = hostnameProblem(request.hostname, isWindows(image) ? 'windows' : 'linux');
  return problem === null ? [] : [{ code: 'hostname', field: 'hostname', message: problem }];
};

/** A VM that carries the request's id as its marker was rebuilt by it, in a run that Temporal no longer knows. */
const checkRequestId: Check = ({ request: { requestId }, customData }) => {
  const marker = markerOf(customData);
  if (requestId === undefined || marker === null) return [];
  if (marker !== requestId && !isOfThisAttemptOrLater(marker, requestId)) return [];
  const message = `The VM was rebuilt by request ${marker} before. Ask with another request id to rebuild it again.`;
  return [{ code: 'already-rebuilt', field: 'requestId', message }];
};

const checkMetadata: Check = ({ request, customData }) => {
  if (request.metadata !== undefined && customData === null) {
    const message =
      "The VM's own metadata cannot be read and would be lost: leave metadata out, or grant the right to read it.";
    return [{ code: 'metadata', field: 'metadata', message }];
  }
  // All of them are sent, so that none is lost: one that JD Cloud took once, and takes no more, would be refused after the stop.
  const pairs = mergeMetadata(ownMetadata(customData), request.metadata);
  const field = request.metadata === undefined ? null : 'metadata';
  return metadataProblems(pairs).map((problem) => {
    const what = field === null ? "the VM's own metadata" : "the metadata, with the VM's own";
    const message = `JD Cloud would refuse ${what}, which is sent along: ${problem}. Change it in the console.`;
    return { code: 'metadata', field, message };
  });
};
