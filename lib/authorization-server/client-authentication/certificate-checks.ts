import { belongTogether, certificateKeyProblem, certificateProblem } from './certificate-pair.js';
import type { TlsClientAuthentication } from './client-authentication.js';
import { unknownMembers } from '../../common/options/member-faults.js';

const MEMBERS = [
  'method',
  'certificate',
  'key',
] as const satisfies (keyof TlsClientAuthentication)[];

/** What is wrong with `clientAuthentication` by certificate. Never repeats anything of the key. */
export function certificateFaults(path: string, options: object): string[] {
  const { certificate, key }: Record<string, unknown> = { ...options };
  const faults = [
    ...unknownMembers(path, options, MEMBERS),
    ...partFaults(`${path}.certificate`, certificate, certificateProblem),
    ...partFaults(`${path}.key`, key, certificateKeyProblem),
  ];
  const bothThere = typeof certificate === 'string' && typeof key === 'string';
  if (faults.length === 0 && bothThere && !belongTogether(certificate, key)) {
    faults.push(
      `${path}.key: does not belong to the certificate. Give the one that it was made with; the certificate of the client stands before its chain.`,
    );
  }
  return faults;
}

function partFaults(
  path: string,
  value: unknown,
  problemOf: (value: unknown) => string | undefined,
): string[] {
  if (typeof value === 'function') return [];
  if (value === undefined) return [`${path}: missing. Give PEM text, or a function that gets it.`];
  const problem = problemOf(value);
  return problem === undefined
    ? []
    : [`${path}: ${problem}. Give PEM text with real line breaks, not encrypted.`];
}
